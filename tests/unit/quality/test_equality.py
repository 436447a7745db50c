"""DuckDB and Great Expectations say the same of random data: verdicts, counts and failing rows."""

import json
import math
import tempfile
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import hypothesis.strategies as st
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, Phase, example, given, settings

from airflow_mlmax.quality.data import Data, open_data
from airflow_mlmax.quality.duckdb_engine import DuckDBEngine
from airflow_mlmax.quality.gx_engine import GreatExpectationsEngine
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


def value_checks() -> list[Described]:
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
    found += [
        (f"{VALUES_TO}_{what}_regex", {"column": "text", "regex": pattern})
        for pattern in PATTERNS
        for what in ("match", "not_match")
    ]
    lengths = {"column": "text", "min_value": 1, "max_value": 2}
    found += [
        ("expect_column_value_lengths_to_be_between", lengths),
        ("expect_column_value_lengths_to_equal", {"column": "text", "value": 2}),
        ("expect_compound_columns_to_be_unique", {"column_list": ["whole", "text"]}),
        *pair_checks(),
    ]
    return [*found, *((kind, {**kwargs, "mostly": 0.5}) for kind, kwargs in dict(found).items())]


def pair_checks() -> list[Described]:
    """Comparisons of two columns, also of two types."""
    found: list[Described] = []
    for first, second in (("whole", "small"), ("real", "whole"), ("real", "single"), ("moment", "day")):
        pair = {"column_A": first, "column_B": second}
        greater = "expect_column_pair_values_a_to_be_greater_than_b"
        found += [(greater, pair), (greater, {**pair, "or_equal": True})]
        found.append(("expect_column_pair_values_to_be_equal", pair))
    return found


def table_checks() -> list[Described]:
    """Checks of aggregates, of the schema and of the number of rows."""
    names, bounds = list(SCHEMA.names), {"min_value": 0, "max_value": 1.5, "strict_max": True}
    found = [
        (f"expect_column_{what}_to_be_between", {"column": name, **bounds})
        for name in NUMBERS
        for what in ("min", "max", "mean", "median", "sum", "stdev", "proportion_of_unique_values")
    ]
    found += [
        (f"expect_column_{what}_to_be_between", {"column": name, "max_value": "2020-03-01"})
        for name in TIMES
        for what in ("min", "max")
    ]
    unique = "expect_column_unique_value_count_to_be_between"
    found += [(unique, {"column": name, "min_value": 2}) for name in names]
    return [
        *found,
        ("expect_table_row_count_to_be_between", {"min_value": 1, "max_value": 4}),
        ("expect_table_row_count_to_equal", {"value": 3}),
        ("expect_table_column_count_to_equal", {"value": len(names)}),
        ("expect_table_columns_to_match_ordered_list", {"column_list": names}),
        ("expect_table_columns_to_match_ordered_list", {"column_list": names[::-1]}),
        ("expect_table_columns_to_match_set", {"column_set": names[::-1]}),
        ("expect_table_columns_to_match_set", {"column_set": names[:2]}),
        ("expect_table_columns_to_match_set", {"column_set": names[:2], "exact_match": False}),
        ("expect_column_to_exist", {"column": "whole"}),
        ("expect_column_to_exist", {"column": "elsewhere"}),
    ]


def checks_of(described: list[Described]) -> tuple[Check, ...]:
    items = [{"type": kind, "kwargs": kwargs} for kind, kwargs in described]
    return load_suite(json.dumps({"name": "equality", "expectations": items})).checks


CHECKS = checks_of(value_checks() + table_checks())
ROW = st.fixed_dictionaries({name: st.sampled_from([None, *values]) for name, values in VALUES.items()})


def rows_of(*rows: dict[str, Any]) -> list[dict[str, Any]]:
    return [{**dict.fromkeys(VALUES), **row} for row in rows]


def failing(engine: Engine, data: Data, checks: list[Check]) -> set[tuple[int, int]]:
    data.connection.execute("delete from failing")
    engine.mark_failing(data, checks)
    return set(data.connection.sql("from failing").fetchall())


def agree(fast: CheckResult, reference: CheckResult) -> bool:
    counts = ("success", "element_count", "missing_count", "unexpected_count", "error")
    return all(getattr(fast, name) == getattr(reference, name) for name in counts) and same(
        fast.observed, reference.observed
    )


def same(fast: Any, reference: Any) -> bool:
    numbers = [value for value in (fast, reference) if isinstance(value, int | float)]
    if len(numbers) == 2:
        return math.isclose(*numbers, rel_tol=1e-12, abs_tol=1e-12)
    nothing = {None, "nan"}
    return fast == reference or (not isinstance(fast, list) and fast in nothing and reference in nothing)


@pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")  # numpy, of infinity minus infinity
# Without shrinking, which would take minutes: the message names what differs.
@settings(
    max_examples=4,
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@example(rows=[])
@example(rows=rows_of({}))
@example(rows=rows_of({"whole": 1, "real": math.nan, "text": "b1é", "flag": True, "day": date(2020, 1, 1)}))
@example(rows=rows_of(*({"huge": value, "real": 1.0} for value in (2**53, 2**53 + 1, 2**53 + 1, None))))
@given(rows=st.lists(ROW, max_size=12))
def test_both_engines_say_the_same(rows: list[dict[str, Any]]) -> None:
    """Success, counts, observed values and failing rows of every compiled type are equal."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rows.parquet"
        pq.write_table(pa.Table.from_pylist(rows, schema=SCHEMA), path)
        with closing(open_data([path], Path(folder))) as data:
            fast, reference = DuckDBEngine(), GreatExpectationsEngine()
            pairs = zip(fast.run(data, CHECKS), reference.run(data, CHECKS), strict=True)
            differing = [pair for pair in pairs if not agree(*pair)]
            assert not differing, "\n".join(f"{a}\n{b}" for a, b in differing[:3])
            rules = [check for check in CHECKS if check.is_row_rule]
            assert failing(fast, data, rules) == failing(reference, data, rules)


@pytest.mark.parametrize("ending", ["csv", "jsonl"])
def test_texts_become_the_same_values_for_both_engines(tmp_path: Path, ending: str) -> None:
    """Declared types make one table of a CSV or JSON file, whichever engine looks at it."""
    texts = {
        "csv": "whole,real,day\n1,nan,2020-01-02\n00123,1e3,\nx,,2020-13-01\n",
        "jsonl": '{"whole":"1","real":"nan","day":"2020-01-02"}\n{"whole":"00123","real":"1e3"}\n'
        '{"whole":"x","day":"2020-13-01"}\n',
    }
    path = tmp_path / f"rows.{ending}"
    path.write_text(texts[ending])
    columns = {"whole": "integer", "real": "number", "day": "timestamp"}
    checks = checks_of([("expect_column_values_to_be_null", {"column": name}) for name in columns])
    with closing(open_data([path], tmp_path, columns=columns)) as data:
        assert data.unreadable == {"whole": 1, "day": 1}
        counts = [
            [each.unexpected_count for each in engine.run(data, checks)]
            for engine in (DuckDBEngine(), GreatExpectationsEngine())
        ]
    assert counts == [[2, 1, 1], [2, 1, 1]]
