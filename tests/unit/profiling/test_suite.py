"""The suite that a profile writes holds on the data it was made from, whatever they are."""

import json
import math
import re
import tempfile
from contextlib import closing
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import hypothesis.strategies as st
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, example, given, settings

from airflow_mlmax.profiling.page import page
from airflow_mlmax.profiling.profile import Options, profile
from airflow_mlmax.profiling.report import Report
from airflow_mlmax.profiling.suite import suite_of
from airflow_mlmax.quality.data import open_data
from airflow_mlmax.quality.duckdb_engine import DuckDBEngine
from airflow_mlmax.quality.errors import DataError
from airflow_mlmax.quality.suites import load_suite

BETWEEN = "expect_column_values_to_be_between"
VALUES: dict[str, tuple[Any, st.SearchStrategy[Any]]] = {
    "whole": (pa.int64(), st.integers(-(2**63), 2**63 - 1)),
    "place": (pa.int32(), st.integers(-3, 3)),
    "real": (pa.float64(), st.floats(allow_nan=True, allow_infinity=True)),
    "price": (pa.decimal128(9, 2), st.decimals(-1000, 1000, places=2)),
    "v": (pa.string(), st.text(max_size=8)),
    "code": (pa.string(), st.from_regex(r"[A-Z]{2}[0-9]{1,3}", fullmatch=True)),
    "spelt": (
        pa.string(),
        st.sampled_from(["1", "007", "1.5", "nan", "NA", "", "true", "2020-01-01", "1e400", " 2"]),
    ),
    "counted": (pa.string(), st.integers(-5, 99).map(str)),
    "measured": (pa.string(), st.floats(-1e3, 1e3).map(repr)),
    "day": (pa.date32(), st.dates()),
    "x": (
        pa.timestamp("us", tz="UTC"),
        st.datetimes(datetime(1900, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001  the zone is drawn
    ),
    "n": (pa.bool_(), st.booleans()),
    "nothing": (pa.null(), st.none()),
    "email": (pa.string(), st.emails()),
    "some, \"quoted' column": (pa.int64(), st.integers(0, 9)),
}


@st.composite
def tables(draw: st.DrawFn) -> Any:
    """A table with some of the columns, from one row to a few hundred."""
    names = draw(st.lists(st.sampled_from(list(VALUES)), min_size=1, max_size=5, unique=True))
    rows = draw(st.sampled_from([1, 2, 7, 40]))
    times = draw(st.sampled_from([1, 5]))
    drawn = {
        name: draw(st.lists(st.none() | VALUES[name][1], min_size=rows, max_size=rows)) * times
        for name in names
    }
    return pa.table({name: pa.array(values, VALUES[name][0]) for name, values in drawn.items()})


def written(table: Any, form: str, folder: Path) -> Path:
    path = folder / f"data.{form}"
    if form == "parquet":
        pq.write_table(table, path)
    elif form == "csv":
        pa_csv.write_csv(table, path)
    else:
        rows = [{name: spelt(value) for name, value in row.items()} for row in table.to_pylist()]
        path.write_text("".join(json.dumps(row, allow_nan=False) + "\n" for row in rows))
    return path


def spelt(value: Any) -> Any:
    """As JSON has it: no NaN, no infinity, times as texts."""
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return str(value) if isinstance(value, date | Decimal) else value


def made(path: Path, **options: Any) -> Report:
    with tempfile.TemporaryDirectory() as scratch:
        return profile([path], Path(scratch), path.name, Options(**options))


def aimed_at(path: Path, target: str) -> Report:
    """With a target, where the column can be one."""
    try:
        return made(path, target=target)
    except DataError as error:
        if not re.search("nothing to predict|neither a number nor a choice", str(error)):
            raise
        return made(path)


def failures(path: Path, suite: dict[str, Any]) -> list[Any]:
    """Checks that do not hold on the data, and columns with values of another type than declared."""
    loaded = load_suite(json.dumps(suite))
    with (
        tempfile.TemporaryDirectory() as scratch,
        closing(open_data([path], Path(scratch), None, loaded.columns)) as data,
    ):
        engine = DuckDBEngine()
        assert all(engine.can_run(data, each) for each in loaded.checks)
        return [each for each in engine.run(data, loaded.checks) if not each.success] + [*data.unreadable]


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(tables(), st.sampled_from(["csv", "parquet", "jsonl"]), st.booleans())
@example(pa.table({"real": [1e308, -1e308, math.inf, math.nan] * 10}), "parquet", True)
@example(pa.table({"real": [5e-324, 0.0] * 30}), "parquet", True)
@example(pa.table({"text": ["a\nb", "", " ", '"', "<b>"] * 30}), "parquet", True)
@example(pa.table({"whole": [2**53 + 1, -(2**63)] * 30}), "parquet", True)
def test_a_suite_holds_on_its_own_data(table: Any, form: str, aimed: bool) -> None:
    """Random data of every type and format: strictly loaded, compiled, passed; the same twice; the page is made, its figures are JSON."""
    with tempfile.TemporaryDirectory() as folder:
        path = written(table, form, Path(folder))
        report = aimed_at(path, table.column_names[0]) if aimed else made(path)
        suite = suite_of(report, "random", "1")
        assert failures(path, suite) == []
        assert suite_of(made(path), "random", "1") == suite
        assert page(report).endswith("</html>\n")


def suite_for(tmp_path: Path, columns: dict[str, list[Any]], **options: Any) -> dict[str, Any]:
    path = tmp_path / "data.parquet"
    pq.write_table(pa.table(columns), path)
    return suite_of(made(path, **options), "sample", "1")


def checks(suite: dict[str, Any], column: str) -> dict[str, dict[str, Any]]:
    return {
        each["type"]: {**each["kwargs"], "severity": each["severity"]}
        for each in suite["expectations"]
        if each["kwargs"].get("column") == column
    }


def test_what_makes_other_data_is_critical_and_what_drifts_is_a_warning(tmp_path: Path) -> None:
    """Keys, codes and complete columns close a gate; ranges, categories and gaps are told."""
    rows = 400
    suite = suite_for(
        tmp_path,
        {
            "key": [f"K-{number:04}" for number in range(rows)],
            "carrier": ["UA", "9E", "B6", "DL"] * (rows // 4),
            "distance": [float(number) for number in range(rows)],
            "gust": [None, None, 1.0, 2.0] * (rows // 4),
        },
    )
    key, carrier, distance, gust = (checks(suite, name) for name in ("key", "carrier", "distance", "gust"))
    present = "expect_column_values_to_not_be_null"
    assert key["expect_column_values_to_be_unique"]["severity"] == "critical"
    assert key["expect_column_values_to_match_regex"]["regex"] == "^[A-Z]-[0-9]{4}$"
    assert carrier["expect_column_values_to_match_regex"]["regex"] == "^[0-9A-Z]{2}$"
    assert carrier["expect_column_values_to_be_in_set"] == {
        "column": "carrier",
        "value_set": ["9E", "B6", "DL", "UA"],
        "severity": "warning",
    }
    assert distance[BETWEEN] == {
        "column": "distance",
        "min_value": 0.0,
        "max_value": 500.0,
        "severity": "warning",
    }
    assert distance[present]["severity"] == "critical"
    assert gust[present] == {"column": "gust", "mostly": 0.48, "severity": "warning"}
    assert suite["expectations"][1]["kwargs"] == {"min_value": 200, "max_value": 800}


def test_types_stand_in_the_suite(tmp_path: Path) -> None:
    """CSV has no types, so the suite declares those that were found."""
    path = tmp_path / "data.csv"
    path.write_text(
        "id,zip,when,share,ok,note\n1,00123,2020-01-01T10:00:00Z,0.5,true,x\n2,04567,2020-01-02,1e-3,false,7\n"
    )
    assert suite_of(made(path), "s", "1")["meta"]["columns"] == {
        "id": "integer",
        "zip": "string",
        "when": "timestamp",
        "share": "number",
        "ok": "boolean",
        "note": "string",
    }


@pytest.mark.parametrize(
    ("values", "kwargs"),
    [
        ([0, 1, 2, 3], {"min_value": 0, "max_value": 4}),
        ([-4, 0, 4], {"min_value": -6, "max_value": 6}),
        ([-40.0, -1.0], {"min_value": -50.0, "max_value": 0.0}),
        ([7, 7, 7], None),
        ([math.inf, 1.0], None),
    ],
    ids=["never-negative", "both-signs", "never-positive", "constant", "infinite"],
)
def test_ranges_have_a_margin_and_keep_the_sign(
    values: list[float], kwargs: dict[str, Any] | None, tmp_path: Path
) -> None:
    """A quarter of the range on each side, rounded outwards; none where there is no range."""
    found = checks(suite_for(tmp_path, {"x": values}), "x").get(BETWEEN)
    assert found == (None if kwargs is None else {"column": "x", **kwargs, "severity": "warning"})


def test_personal_columns_are_declared_and_have_no_values(tmp_path: Path) -> None:
    """A suite is a file that travels: what looks personal stands in `meta.sensitive` and nowhere else."""
    columns = {"customer_email": ["ann@example.org", "bob@example.org"] * 100, "gate": ["A", "B"] * 100}
    suite = suite_for(tmp_path, columns, sensitive=["gate"])
    assert suite["meta"]["sensitive"] == ["customer_email", "gate"]
    assert "example.org" not in json.dumps(suite)
    assert checks(suite, "gate").keys() == {"expect_column_values_to_not_be_null"}
