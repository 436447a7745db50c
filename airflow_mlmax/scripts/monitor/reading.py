"""Tables as the analyzer reads them: files of a folder in chunks, each column as numbers or as text."""

import csv
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq

from .sketch import Floats

MISSING = ["", "NaN", "nan", "null", "NULL"]
"""What stands for no value in CSV."""

_CSV_BLOCK = 1 << 20
"""Bytes; Arrow reads up to 32 blocks ahead."""

_ROWS = 65_536


class DataError(ValueError):
    """The data cannot be read as the request says; the message is for the person who made the request."""


@dataclass(frozen=True)
class Values:
    """One column of a chunk: `numbers`, with NaN for no value, or `texts`, with null for none."""

    numbers: Floats | None = None
    texts: Any = None
    fractional: bool = False
    """The numbers are of a type with decimals, whatever their values."""

    spelled: bool = False
    """The texts may spell numbers, as in a format without types."""

    temporal: bool = False
    """The texts are dates or times."""

    def __len__(self) -> int:
        return len(self.texts if self.numbers is None else self.numbers)


Chunk = Mapping[str, Values]


def read(folder: Path, layout: Mapping[str, Any], columns: Sequence[str] | None = None) -> Iterator[Chunk]:
    """The chunks of all files below a folder, in the order of their names; of `columns` only, if given.

    :param layout: `{"csv": {"header": true}}`, `{"json": {"lines": true}}` (or `line`) or `{"parquet": {}}`
    :raises DataError: for another layout, or a file that is not what the layout says
    """
    if len(layout) != 1 or (kind := next(iter(layout))) not in {"csv", "json", "parquet"}:
        raise DataError(f"dataset_format {json.dumps(layout)} is unknown; give one of csv, json or parquet.")
    for path in sorted(filter(_holds_data, folder.rglob("*"))):
        try:
            if kind == "csv":
                header = (layout["csv"] or {}).get("header", False)
                yield from _csv_chunks(path, str(header).lower() == "true", columns)
            elif kind == "json":
                yield from _json_chunks(path, columns)
            else:
                yield from _parquet_chunks(path, columns)
        except (pa.ArrowInvalid, ValueError) as error:
            raise DataError(f"{path.relative_to(folder)} cannot be read as {kind}: {error}") from error


def _holds_data(path: Path) -> bool:
    """Not for empty files, nor for those that Spark and others put beside data, such as `_SUCCESS`."""
    return path.is_file() and path.stat().st_size > 0 and not path.name.startswith(("_", "."))


def unique(names: Sequence[str]) -> list[str]:
    """Names of columns, told apart: a second `x` becomes `x#2`, a column without a name `_c` and its position."""
    taken: dict[str, None] = {}
    for position, name in enumerate(names):
        own = first = name or f"_c{position}"
        number = 2
        while own in taken:
            own, number = f"{first}#{number}", number + 1
        taken[own] = None
    return list(taken)


def _csv_chunks(path: Path, header: bool, columns: Sequence[str] | None) -> Iterator[Chunk]:
    with pa.input_stream(str(path)) as stream:
        line = stream.read(_CSV_BLOCK).splitlines()[0]  # of bytes: the block may end within a character
    first = next(csv.reader([line.decode("utf-8-sig")]))
    names = unique(first if header else [""] * len(first))
    wanted = [name for name in names if columns is None or name in columns]
    yield {
        name: Values(texts=pa.array([], pa.string()), spelled=True) for name in wanted
    }  # a file may be no more
    batches = pyarrow.csv.open_csv(
        str(path),
        read_options=pyarrow.csv.ReadOptions(
            column_names=names, skip_rows=int(header), block_size=_CSV_BLOCK
        ),
        parse_options=pyarrow.csv.ParseOptions(newlines_in_values=True, ignore_empty_lines=len(names) > 1),
        convert_options=pyarrow.csv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.string()),
            null_values=MISSING,
            strings_can_be_null=True,
            include_columns=wanted,
        ),
    )
    for batch in batches:
        yield {
            name: Values(texts=column, spelled=True)
            for name, column in zip(wanted, batch.columns, strict=True)
        }


def _json_chunks(path: Path, columns: Sequence[str] | None) -> Iterator[Chunk]:
    with path.open(encoding="utf-8") as file:
        lines = (line for line in file if line.strip())
        while rows := [json.loads(line) for line in islice(lines, _ROWS)]:
            if not all(isinstance(row, dict) for row in rows):
                raise DataError("every line must be a JSON object.")
            names = list(dict.fromkeys(name for row in rows for name in row))
            yield {
                name: json_values([row.get(name) for row in rows])
                for name in names
                if columns is None or name in columns
            }


def json_values(values: list[Any]) -> Values:
    """A column of JSON's own types; one of numbers only is one of numbers."""
    kinds = {type(value) for value in values if value is not None}
    if kinds <= {int, float}:
        numbers = np.array([np.nan if value is None else value for value in values], dtype=np.float64)
        return Values(numbers=numbers, fractional=float in kinds)
    texts = [value if value is None or isinstance(value, str) else json.dumps(value) for value in values]
    return Values(texts=pa.array(texts, pa.string()), spelled=bool(kinds & {int, float}))


def _parquet_chunks(path: Path, columns: Sequence[str] | None) -> Iterator[Chunk]:
    with pq.ParquetFile(path) as file:
        names = unique(file.schema_arrow.names)
        narrow = (
            None if columns is None or len(set(names)) < len(names) else [n for n in names if n in columns]
        )
        for batch in file.iter_batches(batch_size=_ROWS, columns=narrow):
            own = names if narrow is None else batch.schema.names
            yield {
                name: _arrow_values(column)
                for name, column in zip(own, batch.columns, strict=True)
                if columns is None or name in columns
            }


def _arrow_values(column: Any) -> Values:
    kind = column.type
    if pa.types.is_dictionary(kind):
        return _arrow_values(column.dictionary_decode())
    if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        numbers = pc.cast(column, pa.float64(), safe=False).to_numpy(zero_copy_only=False)
        return Values(numbers=numbers, fractional=not pa.types.is_integer(kind))
    if pa.types.is_nested(kind):
        texts = [None if value is None else json.dumps(value, default=str) for value in column.to_pylist()]
        return Values(texts=pa.array(texts, pa.string()))
    return Values(texts=pc.cast(column, pa.string()), temporal=pa.types.is_temporal(kind))
