"""Some rows of a table, drawn evenly in one pass, and as the body of a request."""

import csv
import io
import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from .reading import Chunk, DataError, Values

Value = str | float | None


@dataclass(frozen=True)
class Sample:
    """Rows in the order in which they were drawn, and how many there were to draw from."""

    names: tuple[str, ...]
    rows: list[tuple[Value, ...]]
    total: int
    spelled: frozenset[str] = frozenset()
    """Columns of a format without types, whose texts may spell numbers."""

    def body(self, content_type: str, header: bool) -> str:
        """The rows as a model's `input_fn` is given them.

        :raises DataError: for a content type that is neither CSV nor JSON lines
        """
        kind = content_type.partition(";")[0].strip().lower()
        if kind == "text/csv":
            text = io.StringIO()
            writer = csv.writer(text, lineterminator="\n")
            writer.writerows([self.names] if header else [])
            writer.writerows([["" if each is None else _text(each) for each in row] for row in self.rows])
            return text.getvalue()
        if kind in {"application/jsonlines", "application/x-jsonlines", "application/jsonl"}:
            return "".join(json.dumps(record) + "\n" for record in self._records())
        raise DataError(
            f"content_type {content_type!r} is not known; give text/csv or application/jsonlines."
        )

    def after(self, first: "Sample") -> "Sample":
        """These rows behind those of another sample, in the columns of these."""
        places = [first.names.index(name) if name in first.names else None for name in self.names]
        rows = [tuple(None if place is None else row[place] for place in places) for row in first.rows]
        return replace(self, rows=[*rows, *self.rows], spelled=self.spelled | first.spelled)

    def first(self, count: int) -> "Sample":
        """The first rows alone."""
        return replace(self, rows=self.rows[:count])

    def document(self) -> dict[str, Any]:
        """Plain JSON, from which `of` makes it again; infinity, which JSON has not, becomes a text."""
        rows = [
            [repr(each) if isinstance(each, float) and not math.isfinite(each) else each for each in row]
            for row in self.rows
        ]
        return {"names": list(self.names), "spelled": sorted(self.spelled), "rows": rows}

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> "Sample":
        rows = [tuple(row) for row in document["rows"]]
        return cls(tuple(document["names"]), rows, len(rows), frozenset(document["spelled"]))

    def _records(self) -> Iterator[dict[str, Value]]:
        """Rows by name; where every text of a column spells a number, they are numbers."""
        columns = [
            _read(column) if name in self.spelled else column
            for name, column in zip(self.names, zip(*self.rows, strict=True), strict=True)
        ]
        return (dict(zip(self.names, row, strict=True)) for row in zip(*columns, strict=True))


def drawn(chunks: Iterable[Chunk], count: int, seed: int) -> Sample:
    """So many rows, each equally likely; all, in a random order, where there are no more.

    The same seed draws the same rows of the same table, in whatever chunks it comes.
    """
    random = np.random.default_rng(seed)
    kept: list[tuple[float, dict[str, Value]]] = []
    names: dict[str, None] = {}
    spelled: set[str] = set()
    total = 0
    for chunk in chunks:
        names |= dict.fromkeys(chunk)
        spelled |= {name for name, values in chunk.items() if values.spelled}
        keys = random.random(max(map(len, chunk.values()), default=0))
        limit = kept[-1][0] if len(kept) == count else np.inf
        chosen = [row for row in np.argsort(keys)[:count].tolist() if keys[row] < limit]
        columns = zip(*(_values(values, chosen) for values in chunk.values()), strict=True)
        new = [
            (float(keys[row]), dict(zip(chunk, values, strict=True)))
            for row, values in zip(chosen, columns, strict=True)
        ]
        kept = sorted([*kept, *new], key=lambda item: item[0])[:count]
        total += len(keys)
    rows = [tuple(values.get(name) for name in names) for _, values in kept]
    return Sample(tuple(names), rows, total, frozenset(spelled))


def _values(values: Values, rows: Sequence[int]) -> list[Value]:
    if values.numbers is None:
        return [values.texts[row].as_py() for row in rows]
    found = values.numbers[list(rows)].tolist()
    return [None if math.isnan(each) else each if values.fractional else int(each) for each in found]


def _read(texts: Sequence[Value]) -> Sequence[Value]:
    try:
        numbers = [None if each is None else float(each) for each in texts]
    except ValueError:
        return texts
    return [int(each) if each is not None and each.is_integer() else each for each in numbers]


def _text(value: str | float) -> str:
    return value if isinstance(value, str) else repr(value)
