"""DuckDB says of files what Great Expectations says of the values in them: verdicts, counts and failing rows."""

import csv
import json
import math
from collections.abc import Callable
from contextlib import closing
from datetime import date
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

from airflow_mlmax.quality.data import Data, open_data
from airflow_mlmax.quality.duckdb_engine import DuckDBEngine
from airflow_mlmax.quality.gx_engine import result_of, validated
from airflow_mlmax.quality.results import CheckResult
from airflow_mlmax.quality.suites import Check

Rows = list[dict[str, Any]]
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


def reference(rows: Rows, checks: list[Check]) -> tuple[list[CheckResult], set[tuple[int, int]]]:
    """What Great Expectations says of the rows, and which rows are bad by which rule."""
    found = validated("pandas", frame_of(rows), checks, result_format="COMPLETE")
    rules = {check.position for check in checks if check.is_row_rule}
    bad = {
        (row, position)
        for position in rules & found.keys()
        for row in found[position].result.get("unexpected_index_list") or ()
    }
    return [result_of(check, found.get(check.position)) for check in checks], bad


def as_read(rows: Rows, writer: str) -> Rows:
    """The rows that a file can tell: CSV cannot tell an empty text from none."""
    return (
        [{name: None if value == "" else value for name, value in row.items()} for row in rows]
        if writer == "csv"
        else rows
    )


@pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")  # numpy, of infinity minus infinity
# Without shrinking, which would take minutes: the message names what differs.
@settings(
    max_examples=5,
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
    known = {False: reference(rows, ex.CHECKS)}
    if as_read(rows, "csv") != rows:
        known[True] = reference(as_read(rows, "csv"), ex.CHECKS)
    for writer in WRITERS:
        if writer == "jsonl" and not rows:
            continue  # a file without lines names no columns
        said, bad = known[as_read(rows, writer) != rows]
        with closing(opened(rows, writer, tmp_path_factory.mktemp(writer))) as data:
            engine = DuckDBEngine()
            assert not ex.differing(engine.run(data, ex.CHECKS), said), writer
            assert ex.failing(engine, data, ex.RULES) == bad, writer
