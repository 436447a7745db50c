"""Rows that are hard to count, checks of every compiled type on them, and what agreeing on them means."""

import json
import math
from datetime import UTC, date, datetime
from typing import Any

import pyarrow as pa

from airflow_mlmax.quality.data import Data
from airflow_mlmax.quality.results import CheckResult, Engine
from airflow_mlmax.quality.suites import Check, load_suite

SCHEMA = pa.schema(
    {
        "whole": pa.int64(),
        "small": pa.int32(),
        "huge": pa.int64(),
        "real": pa.float64(),
        "single": pa.float32(),
        "text": pa.string(),
        "other": pa.string(),
        "flag": pa.bool_(),
        "moment": pa.timestamp("us"),
        "zoned": pa.timestamp("us", tz="Europe/Berlin"),
        "day": pa.date32(),
        "nothing": pa.float64(),
    }
)
VALUES: dict[str, list[Any]] = {
    "whole": [-2, -1, 0, 1, 2, 3],
    "small": [0, 1, 2],
    "huge": [2**53, 2**53 + 1, 2**53 + 2, -(2**53) - 1],
    "real": [-2.5, 0.0, 0.1, 1.0, 3.25, math.nan, math.inf, -math.inf],
    "single": [0.5, 1.5, math.nan, math.inf],
    "text": ["", "a", "b1é", "A", "é", "日本語", "😀😀", "a b", "a\n", "12", "٣"],
    "other": ["a", "é", "12", "2020-02-29", "2021-02-29"],
    "flag": [True, False],
    "moment": [datetime(2020, 1, 1), datetime(2020, 6, 1, 12), datetime(1969, 12, 31, 23)],  # noqa: DTZ001
    "zoned": [datetime(2020, 1, 1, tzinfo=UTC), datetime(2020, 6, 1, tzinfo=UTC)],
    "day": [date(2020, 1, 1), date(2020, 6, 1), date(1900, 1, 1)],
    "nothing": [None],
}
NUMBERS, TIMES = ("whole", "small", "real", "single", "nothing"), ("moment", "zoned", "day")
SETS: dict[str, list[Any]] = {
    "whole": [0, 1, None],
    "huge": [2**53 + 1],
    "real": [0, 0.1],
    "text": ["a", "é", ""],
    "flag": [True],
}
VALUES_TO = "expect_column_values_to"
Described = tuple[str, dict[str, Any]]
PATTERNS = [r"^a", r"a$", r"\d", r"^\w+$", r"[ée]", r"^.$", r"(?<!a) b"]


def _value_checks() -> list[Described]:
    """Checks of values, on every column that they take."""
    found = [
        (kind, {"column": name})
        for name in SCHEMA.names
        for kind in (f"{VALUES_TO}_not_be_null", f"{VALUES_TO}_be_null", f"{VALUES_TO}_be_unique")
    ]
    found += [
        (f"{VALUES_TO}_be_between", {"column": name, **bounds})
        for name in NUMBERS
        for bounds in ({"min_value": 0, "max_value": 1}, {"min_value": 0.1, "strict_min": True})
    ]
    found += [(f"{VALUES_TO}_be_between", {"column": name, "min_value": "2020-01-02"}) for name in TIMES]
    found.append((f"{VALUES_TO}_be_between", {"column": "huge", "max_value": 2**53, "strict_max": True}))
    found += [
        (f"{VALUES_TO}_{what}", {"column": name, "value_set": values})
        for name, values in SETS.items()
        for what in ("be_in_set", "not_be_in_set")
    ]
    found += [*_text_checks(), *_row_checks()]
    return [*found, *((kind, {**kwargs, "mostly": 0.5}) for kind, kwargs in dict(found).items())]


def _text_checks() -> list[Described]:
    text = {"column": "text"}
    found = [
        (f"{VALUES_TO}_{what}_regex", {**text, "regex": pattern})
        for pattern in PATTERNS
        for what in ("match", "not_match")
    ]
    found += [
        (f"{VALUES_TO}_match_regex_list", {**text, "regex_list": [r"\d", "^a"], "match_on": how})
        for how in ("any", "all")
    ]
    return [
        *found,
        (f"{VALUES_TO}_match_regex_list", {**text, "regex_list": ["b"]}),
        (f"{VALUES_TO}_not_match_regex_list", {**text, "regex_list": [r"\d", "^a"]}),
        (f"{VALUES_TO}_match_strftime_format", {"column": "other", "strftime_format": "%Y-%m-%d"}),
        ("expect_column_value_lengths_to_be_between", {**text, "min_value": 1, "max_value": 2}),
        ("expect_column_value_lengths_to_equal", {**text, "value": 2}),
    ]


def _row_checks() -> list[Described]:
    """Comparisons of columns, also of two types."""
    found: list[Described] = [("expect_compound_columns_to_be_unique", {"column_list": ["whole", "text"]})]
    for first, second in (("whole", "small"), ("real", "whole"), ("real", "single"), ("moment", "day")):
        pair = {"column_A": first, "column_B": second}
        greater = "expect_column_pair_values_a_to_be_greater_than_b"
        found += [(greater, pair), (greater, {**pair, "or_equal": True})]
        found.append(("expect_column_pair_values_to_be_equal", pair))
    for names in (["text", "other"], ["moment", "zoned", "day"], ["whole", "small"], ["real", "single"]):
        found.append(("expect_multicolumn_values_to_be_equal", {"column_list": names}))
        found.append(("expect_select_column_values_to_be_unique_within_record", {"column_list": names}))
    return found


def _table_checks() -> list[Described]:
    """Checks of aggregates, of categories, of the schema and of the number of rows."""
    names, bounds = list(SCHEMA.names), {"min_value": 0, "max_value": 1.5, "strict_max": True}
    shares = ("proportion_of_unique_values", "proportion_of_non_null_values")
    found = [
        (f"expect_column_{what}_to_be_between", {"column": name, **bounds})
        for name in NUMBERS
        for what in ("min", "max", "mean", "median", "sum", "stdev", *shares)
    ]
    found += [
        (f"expect_column_{what}_to_be_between", {"column": name, "max_value": "2020-03-01"})
        for name in TIMES
        for what in ("min", "max")
    ]
    found += [
        (f"expect_column_distinct_values_to_{what}_set", {"column": name, "value_set": values})
        for name, values in {**SETS, "whole": [0, 1]}.items()
        for what in ("be_in", "contain", "equal")
    ]
    unique = "expect_column_unique_value_count_to_be_between"
    found += [(unique, {"column": name, "min_value": 2}) for name in names]
    return [*found, *_schema_checks(names)]


def _schema_checks(names: list[str]) -> list[Described]:
    return [
        ("expect_table_row_count_to_be_between", {"min_value": 1, "max_value": 4}),
        ("expect_table_row_count_to_equal", {"value": 3}),
        ("expect_table_column_count_to_equal", {"value": len(names)}),
        ("expect_table_column_count_to_be_between", {"max_value": len(names) - 1}),
        ("expect_table_columns_to_match_ordered_list", {"column_list": names}),
        ("expect_table_columns_to_match_ordered_list", {"column_list": names[::-1]}),
        ("expect_table_columns_to_match_set", {"column_set": names[::-1]}),
        ("expect_table_columns_to_match_set", {"column_set": names[:2]}),
        ("expect_table_columns_to_match_set", {"column_set": names[:2], "exact_match": False}),
        ("expect_column_to_exist", {"column": "whole"}),
        ("expect_column_to_exist", {"column": "elsewhere"}),
    ]


def checks_of(described: list[Described]) -> tuple[Check, ...]:
    """The checks as a gate reads them."""
    items = [{"type": kind, "kwargs": kwargs} for kind, kwargs in described]
    return load_suite(json.dumps({"name": "equality", "expectations": items})).checks


CHECKS = checks_of(_value_checks() + _table_checks())
RULES = [check for check in CHECKS if check.is_row_rule]


def rows_of(*rows: dict[str, Any]) -> list[dict[str, Any]]:
    """Rows with a null where nothing is said."""
    return [{**dict.fromkeys(VALUES), **row} for row in rows]


def failing(engine: Engine, data: Data, checks: list[Check]) -> set[tuple[int, int]]:
    """Row and position of the check, for every bad row."""
    data.connection.execute("delete from failing")
    engine.mark_failing(data, checks)
    return set(data.connection.sql("from failing").fetchall())


def differing(fast: list[CheckResult], reference: list[CheckResult]) -> str:
    """The first results that are not the same, to be read; empty if all are."""
    pairs = [pair for pair in zip(fast, reference, strict=True) if not _agree(*pair)]
    return "\n".join(f"{one}\n{other}" for one, other in pairs[:3])


def _agree(fast: CheckResult, reference: CheckResult) -> bool:
    counts = ("success", "element_count", "missing_count", "unexpected_count", "error")
    return all(getattr(fast, name) == getattr(reference, name) for name in counts) and _same(
        fast.observed, reference.observed
    )


def _same(fast: Any, reference: Any) -> bool:
    numbers = [value for value in (fast, reference) if isinstance(value, int | float)]
    if len(numbers) == 2:
        return math.isclose(*numbers, rel_tol=1e-12, abs_tol=1e-12)
    nothing = (None, "nan")
    return fast == reference or (fast in nothing and reference in nothing)
