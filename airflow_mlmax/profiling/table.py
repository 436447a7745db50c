"""The data under profile as one typed table, types found where the format has none."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from airflow_mlmax.quality.data import ROW, open_data, quoted
from airflow_mlmax.quality.errors import DataError
from airflow_mlmax.quality.suites import LOGICAL_TYPES

TABLE = "typed"
_SAMPLE = 20_000
_FLOAT = r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?"
_TIME = r"[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]+)?)?Z?)?"
_NAN = "lower({0}) = 'nan'"
_LIKE = {
    # Written as a machine writes it: a code such as 00123 or 0x1F stays text.
    "integer": f"try_cast({{0}} as BIGINT)::VARCHAR = {{0}} or {_NAN}",
    "number": f"(regexp_full_match({{0}}, '{_FLOAT}') and not regexp_matches({{0}}, '^[+-]?0[0-9]')) or {_NAN}",
    "boolean": "lower({0}) in ('true', 'false')",
    "timestamp": f"regexp_full_match({{0}}, '{_TIME}')",
}
"""Whether a text looks like a value of the type."""

_READABLE = {
    "integer": _LIKE["integer"],
    "number": f"try_cast({{0}} as DOUBLE) is not null or {_NAN}",
    "boolean": _LIKE["boolean"],
    "timestamp": "try_cast({0} as TIMESTAMP) is not null",
}
_CAST = {
    "integer": "try_cast({0} as BIGINT)",
    "number": "nullif(try_cast({0} as DOUBLE), 'nan'::DOUBLE)",
    "boolean": "try_cast({0} as BOOLEAN)",
    "timestamp": "try_cast({0} as TIMESTAMP)",
}
_SOUGHT = {"csv": ("integer", "number", "boolean", "timestamp"), "jsonl": ("timestamp",), "parquet": ()}
"""Types a text column may turn out to have; what Parquet calls text is text."""

_NEARLY = 0.9


class _Share(NamedTuple):
    """Values of a column that look like a type, among those that are there."""

    good: int
    present: int

    @property
    def all(self) -> bool:
        return self.good == self.present > 0

    @property
    def most(self) -> bool:
        return self.good >= _NEARLY * self.present > 0


@dataclass(frozen=True)
class Table:
    """A table `typed` in a database: the columns of the data and the number of each row."""

    connection: Any
    format: str
    rows: int
    columns: Mapping[str, str]
    """Logical type by column; `other` for lists and the like."""

    nearly_numbers: Mapping[str, int]
    """Text columns that hold numbers but for so many values."""

    def ask(self, query: str) -> list[tuple[Any, ...]]:
        """All rows that a query gives."""
        found: list[tuple[Any, ...]] = self.connection.execute(query).fetchall()
        return found

    def row(self, query: str) -> tuple[Any, ...]:
        """The only row that a query gives."""
        [found] = self.ask(query)
        return found


@contextmanager
def open_table(
    files: Sequence[Path],
    scratch: Path,
    data_format: str | None = None,
    columns: Mapping[str, str] | None = None,
) -> Iterator[Table]:
    """The typed table of files of one format, until the block ends.

    :param columns: types of columns that are known; the rest is looked at
    :raises DataError: the files cannot be read, or not with these types
    """
    with closing(open_data(files, scratch, data_format, columns)) as data:
        if data.unreadable and columns:
            name, count = next(iter(data.unreadable.items()))
            raise DataError(
                f"{count:,} values of {name!r} are of no type {columns[name]}; leave its type out to see what they are"
            )
        texts = [
            name for name, kind in data.columns.items() if kind == "string" and name not in (columns or {})
        ]
        found, nearly = _types(data.connection, texts, _SOUGHT[data.format])
        selected = ", ".join(
            f"{_CAST[found[name]].replace('{0}', quoted(name))} as {quoted(name)}"
            if name in found
            else quoted(name)
            for name in data.columns
        )
        data.connection.execute(f"create table {TABLE} as select {ROW}, {selected} from {data.view}")  # noqa: S608
        kinds = {name: found.get(name, kind) for name, kind in data.columns.items()}
        yield Table(data.connection, data.format, data.rows, kinds, nearly)


def declared(table: Table) -> dict[str, str]:
    """Types as a suite declares them, with those the data have by themselves."""
    return {name: kind for name, kind in table.columns.items() if kind in LOGICAL_TYPES}


def _types(
    connection: Any, names: Sequence[str], sought: Sequence[str]
) -> tuple[dict[str, str], dict[str, int]]:
    """Types of text columns, and of those that stay text, how many values are no number where most are."""
    step = f"(select greatest(1, count(*) // {_SAMPLE}) from data)"  # noqa: S608
    everything = {name: list(sought) for name in names}
    sample = _shares(connection, everything, _LIKE, f"where {ROW} % {step} = 0")
    hopes = {name: _hopes(sample, name, sought) for name in names}
    whole = _shares(connection, hopes, _READABLE)
    found, nearly = {}, {}
    for name, kinds in hopes.items():
        if fitting := [kind for kind in kinds if whole[name, kind].all]:
            found[name] = fitting[0]
        elif "number" in kinds and whole[name, "number"].most:
            nearly[name] = whole[name, "number"].present - whole[name, "number"].good
    return found, nearly


def _hopes(sample: Mapping[tuple[str, str], _Share], name: str, sought: Sequence[str]) -> list[str]:
    """Types worth a look at every value."""
    fitting = [kind for kind in sought if sample[name, kind].all or not sample[name, kind].present]
    return fitting or (["number"] if "number" in sought and sample[name, "number"].most else [])


def _shares(
    connection: Any, wanted: Mapping[str, Sequence[str]], tests: Mapping[str, str], where: str = ""
) -> dict[tuple[str, str], _Share]:
    """How many values pass the test of each wanted type, by column and type."""
    keys = [(name, kind) for name, kinds in wanted.items() for kind in kinds]
    if not keys:
        return {}
    parts = [
        f"count(*) filter (where {tests[kind].replace('{0}', quoted(name))}), count({quoted(name)})"
        for name, kind in keys
    ]
    [row] = connection.execute(f"select {', '.join(parts)} from data {where}").fetchall()  # noqa: S608
    return {key: _Share(*row[2 * place : 2 * place + 2]) for place, key in enumerate(keys)}
