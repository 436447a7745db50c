"""Data files as a table of a DuckDB database on disk: read once, in bounded memory, then checked, split and written."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from .csv_header import header
from .errors import DataError
from .suites import LOGICAL_TYPES

ROW = "__mlmax_row"
FORMATS = ("csv", "parquet", "jsonl")

_ENDINGS = {".csv": "csv", ".parquet": "parquet", ".jsonl": "jsonl", ".ndjson": "jsonl"}
_INTEGERS = frozenset({"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER"})
_CAST = {"integer": "BIGINT", "number": "DOUBLE", "boolean": "BOOLEAN", "timestamp": "TIMESTAMP"}
EXACT_IN_FLOAT = 2**53
_FLOATS = frozenset({"FLOAT", "DOUBLE"})


@dataclass(frozen=True)
class Data:
    """A table under check: `view` shows its typed values, a missing value is null everywhere, NaN included."""

    connection: Any
    format: str
    columns: Mapping[str, str]
    """Logical type by column; `other` for what no check but presence can look at."""

    rows: int
    unreadable: Mapping[str, int]
    """Values by column that are there but are not of the type declared for it."""

    scratch: Path
    """Folder for what is written on the way."""

    view: str = "data"

    def close(self) -> None:
        """Lets go of the database."""
        self.connection.close()

    def without_failing(self) -> "Data":
        """The rows that are not in the table `failing`."""
        self.connection.execute(
            f"create or replace view clean as select * from data where {ROW} not in (select row from failing)"  # noqa: S608
        )
        return replace(self, view="clean", rows=_count(self.connection, "clean"))

    def record_unreadable(self, column: str, position: int) -> None:
        """Notes the rows whose value in a column is not of the declared type as bad by a check."""
        self.connection.execute(
            f"insert into failing select {ROW}, {position} from raw join data using ({ROW}) where {_is_unreadable(column)}"  # noqa: S608
        )

    def failing_rows(self) -> int:
        """How many rows are bad by any check."""
        return _count(self.connection, "(select distinct row from failing)")

    def present(self, column: str) -> int:
        """How many values of a column are not missing."""
        return _count(self.connection, f"{self.view} where {quoted(column)} is not null")

    def frame(self) -> Any:
        """The table for pandas: text as objects, integers with gaps as floats unless a float could not hold them."""
        import pandas as pd  # type: ignore[import-untyped]  # it has no types of its own

        names = ", ".join(map(quoted, self.columns))
        table = self.connection.sql(f"select {names} from {self.view} order by {ROW}").to_arrow_table()  # noqa: S608
        frame = table.to_pandas(types_mapper=_nullable)
        for name, kind in self.columns.items():
            column = frame[name]
            if kind == "string":
                frame[name] = pd.Series(column.astype(object).where(column.notna(), None), dtype=object)
            elif kind == "integer" and (column.isna().all() or column.abs().max() <= EXACT_IN_FLOAT):
                frame[name] = column.astype("float64" if column.isna().any() else "int64")
        return frame

    def exported(self) -> Path:
        """The table as a Parquet file for engines that read their data themselves, with the rows' numbers."""
        path = self.scratch / f"{self.view}.parquet"
        if not path.exists():
            self.connection.execute(f"copy (from {self.view}) to '{_escaped(path)}' (format parquet)")
        return path

    def record_failing(self, row_numbers: Sequence[int], position: int) -> None:
        """Notes rows as bad by a check."""
        self.connection.execute(
            "insert into failing select unnest(?::bigint[]), ?",
            [[int(number) for number in row_numbers], position],
        )


def open_data(
    files: Sequence[Path],
    scratch: Path,
    data_format: str | None = None,
    columns: Mapping[str, str] | None = None,
) -> Data:
    """Reads files of one format into a database below `scratch`.

    :param data_format: `csv`, `parquet` or `jsonl`; by default what the files' names end in
    :param columns: logical type by column: CSV has none of its own, what is not declared is text
    :raises DataError: mixed or unknown formats, unknown types, declared columns that are not there, broken files
    """
    import duckdb

    chosen = data_format or _format_of(files)
    declared = dict(columns or {})
    if unknown := sorted({kind for kind in declared.values() if kind not in LOGICAL_TYPES}):
        raise DataError(f"column types {unknown} are none of {', '.join(LOGICAL_TYPES)}")
    connection = duckdb.connect(str(scratch / "data.duckdb"))
    # Without the first, NaN in Parquet that has statistics is neither counted nor found.
    connection.execute("set disabled_optimizers = 'statistics_propagation'")
    connection.execute("set TimeZone = 'UTC'")
    connection.execute("set memory_limit = '1GB'")
    connection.execute("set temp_directory = ?", [str(scratch / "spill")])
    try:
        connection.execute(
            f"create table raw as select row_number() over () - 1 as {ROW}, * from {_source(connection, files, chosen)}"  # noqa: S608
        )
    except (duckdb.OutOfMemoryException, duckdb.IOException):
        raise
    except duckdb.Error as error:
        raise DataError(f"the {chosen} data cannot be read: {str(error).splitlines()[0]}") from error
    return _typed(connection, chosen, declared, scratch)


def quoted(name: str) -> str:
    """A column's name in SQL."""
    return '"' + name.replace('"', '""') + '"'


def _typed(connection: Any, chosen: str, declared: Mapping[str, str], scratch: Path) -> Data:
    stored = {name: str(kind) for name, kind, *_ in connection.sql("describe raw").fetchall() if name != ROW}
    # A column that is declared but missing is the suite's business; the data are read as they are.
    wanted = {name: kind for name, kind in declared.items() if name in stored}
    expressions = {name: _expression(name, kind, wanted.get(name)) for name, kind in stored.items()}
    selected = ", ".join(f"{sql} as {quoted(name)}" for name, sql in expressions.items())
    connection.execute(f"create view data as select {ROW}, {selected} from raw")  # noqa: S608
    connection.execute("create table failing (row bigint, position integer)")
    described = {
        name: str(kind) for name, kind, *_ in connection.sql("describe data").fetchall() if name != ROW
    }
    return Data(
        connection=connection,
        format=chosen,
        columns={name: _logical(kind) for name, kind in described.items()},
        rows=_count(connection, "raw"),
        unreadable=_unreadable(connection, [name for name in wanted if wanted[name] in _CAST]),
        scratch=scratch,
    )


def _source(connection: Any, files: Sequence[Path], chosen: str) -> str:
    names = "[" + ", ".join(f"'{_escaped(path)}'" for path in files) + "]"
    if chosen == "parquet":
        return f"read_parquet({names})"
    if chosen == "csv":
        # Told everything, because what DuckDB guesses of a ragged file is another header further down.
        return (
            f"read_csv({names}, columns = {_struct(dict.fromkeys(header(files), 'VARCHAR'))}, header = true, auto_detect = false, "
            "delim = ',', quote = '\"', escape = '\"')"
        )
    lines = f"{names}, format = 'newline_delimited'"
    # Types that JSON itself tells apart are kept; a text that looks like a date stays the text that it is.
    found = connection.sql(f"describe select * from read_json({lines}, sample_size = -1)").fetchall()  # noqa: S608
    types = {name: kind if kind in {"BIGINT", "DOUBLE", "BOOLEAN"} else "VARCHAR" for name, kind, *_ in found}
    return f"read_json({lines}, columns = {_struct(types)})"


def _struct(types: Mapping[str, str]) -> str:
    members = (f"'{_escaped(name)}': '{kind}'" for name, kind in types.items())
    return "{" + ", ".join(members) + "}"


def _escaped(text: object) -> str:
    return str(text).replace("'", "''")


def _expression(name: str, stored: str, declared: str | None) -> str:
    column = quoted(name)
    if declared in _CAST and _CAST[declared] != stored:
        column, stored = _cast(column, stored, declared), _CAST[declared]
    elif declared == "string":
        column, stored = f"cast({column} as VARCHAR)", "VARCHAR"
    if stored in _FLOATS:
        return f"nullif({column}::DOUBLE, 'nan'::DOUBLE)"
    if stored.startswith("DECIMAL"):
        return f"{column}::DOUBLE"
    if stored in _INTEGERS:
        return f"{column}::BIGINT"
    if stored == "TIMESTAMP WITH TIME ZONE":
        return f"make_timestamp(epoch_us({column}))"  # the moment in UTC
    if stored == "DATE" or stored.startswith("TIMESTAMP"):
        return f"{column}::TIMESTAMP"
    return column


def _cast(column: str, stored: str, declared: str) -> str:
    wanted = f"try_cast({column} as {_CAST[declared]})"
    if declared == "integer" and stored not in _INTEGERS:  # DuckDB would round 1.5
        real = f"try_cast({column} as DOUBLE)"
        return f"case when floor({real}) = {real} then {wanted} end"
    if declared == "timestamp" and stored == "VARCHAR":  # without the zone, an offset would be dropped
        return f"make_timestamp(epoch_us(try_cast({column} as TIMESTAMP WITH TIME ZONE)))"
    return wanted


def _logical(kind: str) -> str:
    names = {"BIGINT": "integer", "DOUBLE": "number", "VARCHAR": "string", "BOOLEAN": "boolean"}
    return names.get(kind, "timestamp" if kind == "TIMESTAMP" else "other")


def _unreadable(connection: Any, names: Sequence[str]) -> dict[str, int]:
    counts = {
        name: _count(connection, f"raw join data using ({ROW}) where {_is_unreadable(name)}")
        for name in names
    }
    return {name: count for name, count in counts.items() if count}


def _is_unreadable(name: str) -> str:
    column = quoted(name)
    return f"raw.{column} is not null and data.{column} is null and lower(raw.{column}::VARCHAR) <> 'nan'"


def _format_of(files: Sequence[Path]) -> str:
    found = {_ENDINGS.get(Path(path.name.removesuffix(".gz")).suffix) for path in files}
    if len(found) != 1 or None in found:
        raise DataError(f"the files' names do not tell one format; say which: {', '.join(FORMATS)}")
    return str(found.pop())


def _count(connection: Any, table: str) -> int:
    [(rows,)] = connection.sql(f"select count(*) from {table}").fetchall()  # noqa: S608
    return int(rows)


def _nullable(kind: Any) -> Any:
    import pandas as pd
    import pyarrow as pa

    return {pa.int64(): pd.Int64Dtype(), pa.bool_(): pd.BooleanDtype()}.get(kind)
