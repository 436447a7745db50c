"""DuckDB says of files what Great Expectations says of the values in them: verdicts, counts and failing rows."""

import csv
import json
import math
from collections.abc import Callable
from contextlib import closing
from datetime import date, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import expectations as ex
import hypothesis.strategies as st
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, Phase, example, given, settings

from airflow_mlmax.quality import predicates
from airflow_mlmax.quality.data import Data, open_data
from airflow_mlmax.quality.duckdb_engine import DuckDBEngine
from airflow_mlmax.quality.gx_engine import GreatExpectationsEngine, result_of, validated
from airflow_mlmax.quality.results import CheckResult, Engine
from airflow_mlmax.quality.suites import Check

pytestmark = pytest.mark.filterwarnings(
    "ignore:invalid value:RuntimeWarning"
)  # numpy, of infinity minus infinity

Rows = list[dict[str, Any]]
Told = tuple[list[CheckResult], set[tuple[int, int]]]
"""Results of the checks, and the bad rows: their number and the position of the check."""

Write = Callable[[Rows, Path], None]
TYPES = {
    **dict.fromkeys(("whole", "small", "huge"), "integer"),
    **dict.fromkeys(("real", "single", "nothing"), "number"),
    **dict.fromkeys(("text", "other"), "string"),
    **dict.fromkeys(("moment", "zoned", "day"), "timestamp"),
    "flag": "boolean",
}
DTYPES: dict[str, Any] = {
    **dict.fromkeys(("real", "single", "nothing"), "float64"),
    **dict.fromkeys(("text", "other"), object),
    **dict.fromkeys(("moment", "zoned", "day"), "datetime64[us]"),
    "huge": "Int64",
    "flag": "boolean",
}
ROW = st.fixed_dictionaries({name: st.sampled_from([None, *values]) for name, values in ex.VALUES.items()})


def frame_of(rows: Rows) -> pd.DataFrame:
    """The rows as pandas users have them, whole numbers with gaps as floats where these are exact."""
    columns = {}
    for name in TYPES:
        values = [row[name] for row in rows]
        if name == "zoned":
            values = [value and value.replace(tzinfo=None) for value in values]
        columns[name] = pd.Series(
            values, dtype=DTYPES.get(name) or ("float64" if None in values else "int64")
        )
    return pd.DataFrame(columns)[list(ex.VALUES)]


def table_of(rows: Rows) -> pa.Table:
    return pa.Table.from_pylist(rows, schema=ex.SCHEMA)


def write_pandas(rows: Rows, path: Path) -> None:
    frame_of(rows).to_parquet(path, index=False)


def write_polars(rows: Rows, path: Path) -> None:
    import polars as pl

    pl.from_arrow(table_of(rows)).write_parquet(path)


def write_duckdb(rows: Rows, path: Path) -> None:
    import duckdb

    with duckdb.connect() as connection:
        connection.register("rows", table_of(rows))
        connection.execute(f"copy (from rows) to '{path}' (format parquet)")


def write_csv(rows: Rows, path: Path) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        lines = csv.writer(file)
        lines.writerow(ex.VALUES)
        lines.writerows([row[name] for name in ex.VALUES] for row in rows)


def write_json(rows: Rows, path: Path) -> None:
    lines = (json.dumps({name: as_json(row[name]) for name in ex.VALUES}) for row in rows)
    path.write_text("".join(f"{line}\n" for line in lines))


def as_json(value: Any) -> Any:
    return (
        str(value)
        if isinstance(value, date) or (isinstance(value, float) and not math.isfinite(value))
        else value
    )


PARQUET: dict[str, Write] = {
    "pyarrow": lambda rows, path: pq.write_table(table_of(rows), path),
    "pandas": write_pandas,
    **({"polars": write_polars} if find_spec("polars") else {}),
    "duckdb": write_duckdb,
}
WRITERS = {
    **{name: (write, "rows.parquet") for name, write in PARQUET.items()},
    "csv": (write_csv, "rows.csv"),
    "jsonl": (write_json, "rows.jsonl"),
}
UNTYPED = PARQUET.keys() - {"pandas"}
"""Writers whose files need no types declared; pandas writes texts that are all missing without one."""


def opened(rows: Rows, writer: str, folder: Path) -> Data:
    """The rows, from a file that this writer made of them."""
    write, name = WRITERS[writer]
    write(rows, folder / name)
    return open_data([folder / name], folder, columns=None if writer in UNTYPED else TYPES)


def reference(rows: Rows, checks: list[Check]) -> Told:
    """What Great Expectations says of the rows, and which rows are bad by which rule."""
    found = validated("pandas", frame_of(rows), checks, result_format="COMPLETE")
    rules = {check.position for check in checks if check.is_row_rule}
    bad = {
        (row, position)
        for position in rules & found.keys()
        for row in found[position].result.get("unexpected_index_list") or ()
    }
    return [result_of(check, found.get(check.position)) for check in checks], bad


def told(rows: Rows, writer: str, folder: Path) -> Told:
    """What DuckDB says of the rows in a file."""
    engine = DuckDBEngine()
    with closing(opened(rows, writer, folder)) as data:
        return engine.run(data, ex.CHECKS), ex.failing(engine, data, ex.RULES)


def without_empty_texts(rows: Rows) -> Rows:
    """The rows as CSV can tell them: an empty text is a missing one."""
    return [{name: None if value == "" else value for name, value in row.items()} for row in rows]


# Without shrinking, which would take minutes: the message names what differs.
@settings(
    max_examples=4,
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@example(rows=[])
@example(rows=ex.rows_of({}))
@example(
    rows=ex.rows_of({"whole": 1, "real": math.nan, "text": "b1é", "flag": True, "day": date(2020, 1, 1)})
)
@example(rows=ex.rows_of(*({"huge": value, "real": 1.0} for value in (2**53, 2**53 + 1, 2**53 + 1, None))))
@given(rows=st.lists(ROW, max_size=12))
def test_every_file_gives_what_great_expectations_says(
    rows: Rows, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Success, counts, observed values and failing rows of every compiled type are those of the rows in memory."""
    expected = known = reference(rows, ex.CHECKS)
    for writer in WRITERS:
        if writer == "jsonl" and not rows:
            continue  # a file without lines names no columns
        if writer == "csv" and (plain := without_empty_texts(rows)) != rows:
            expected = told(plain, "pyarrow", tmp_path_factory.mktemp("plain"))
        results, bad = told(rows, writer, tmp_path_factory.mktemp(writer))
        assert not ex.differing(results, expected[0]), writer
        assert bad == expected[1], writer
        expected = known


ROWS = ex.rows_of(
    {"whole": 1, "small": 0, "real": 3.25, "text": "b1é", "other": "a", "flag": True, "huge": 2**53 + 1},
    {"whole": 2, "small": 2, "real": -2.5, "text": "12", "other": "12", "moment": datetime(2020, 6, 1)},  # noqa: DTZ001
    {"whole": 2, "real": 0.1, "text": "", "other": "2020-02-29", "day": date(1900, 1, 1)},
    {"small": 1, "real": math.nan, "single": math.inf, "text": "a", "other": "é", "flag": False},
    {"whole": 3, "small": 3, "single": 0.5, "text": "a b", "other": "a"},
)


@pytest.fixture(scope="module")
def expected() -> Told:
    return reference(ROWS, ex.CHECKS)


@pytest.mark.parametrize(
    "engine", [DuckDBEngine(), GreatExpectationsEngine()], ids=lambda engine: engine.name
)
def test_an_engine_says_of_a_file_what_pandas_users_see(
    engine: Engine, expected: Told, tmp_path: Path
) -> None:
    """Either engine, which also shows that the slow one is given the rows of the file."""
    with closing(opened(ROWS, "pyarrow", tmp_path)) as data:
        assert not ex.differing(engine.run(data, ex.CHECKS), expected[0])
        assert ex.failing(engine, data, ex.RULES) == expected[1]


@pytest.mark.parametrize("kind", sorted(predicates.BAD))
def test_a_predicate_turned_round_is_noticed(
    kind: str, expected: Told, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The comparison of engines can fail: where the compiler has one condition wrong, it does."""
    right = predicates.BAD[kind]

    def wrong(subject: predicates.Subject) -> tuple[str, ...]:
        bad, *present = right(subject)
        return (" and ".join([f"({bad}) is not true", *present]), *present)

    checks = [check for check in ex.CHECKS if check.type == kind]
    said = [result for result in expected[0] if result.check.type == kind]
    monkeypatch.setitem(predicates.BAD, kind, wrong)
    with closing(opened(ROWS, "pyarrow", tmp_path)) as data:
        assert ex.differing(DuckDBEngine().run(data, checks), said)


@pytest.mark.parametrize("ending", ["csv", "jsonl"])
def test_texts_become_the_values_that_they_are_declared_as(tmp_path: Path, ending: str) -> None:
    """Nothing is rounded, no zone is dropped, and what is not of its type is told apart from what is missing."""
    given = [
        {"whole": "1", "real": "nan", "day": "2020-01-02T00:00:00+02:00"},
        {"whole": "00123", "real": "1e3", "day": None},
        {"whole": "1.5", "real": None, "day": "2020-13-01"},
        {"whole": str(2**53 + 1), "real": "x", "day": "2020-01-02"},
    ]
    lines = [",".join(given[0]), *(",".join(value or "" for value in row.values()) for row in given)]
    path = tmp_path / f"rows.{ending}"
    path.write_text("\n".join(lines if ending == "csv" else map(json.dumps, given)) + "\n")
    with closing(
        open_data([path], tmp_path, columns={"whole": "integer", "real": "number", "day": "timestamp"})
    ) as data:
        assert data.unreadable == {"whole": 1, "real": 1, "day": 1}
        read = data.connection.sql("select whole, real, day from data order by all").fetchall()
    assert read == [
        (1, None, datetime(2020, 1, 1, 22)),  # noqa: DTZ001
        (123, 1000.0, None),
        (2**53 + 1, None, datetime(2020, 1, 2)),  # noqa: DTZ001
        (None, None, None),
    ]
