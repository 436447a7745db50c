"""Some rows of a table, drawn evenly in one pass, and as the body of a request."""

import csv
import io
import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from .reading import Chunk, DataError, Values

Value = str | float | None


@dataclass(frozen=True)
class Sample:
    """Rows in the order in which they were drawn, and how many there were to draw from."""

    names: tuple[str, ...]
    rows: list[tuple[Value, ...]]
    total: int

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
            return "".join(json.dumps(dict(zip(self.names, row, strict=True))) + "\n" for row in self.rows)
        raise DataError(
            f"content_type {content_type!r} is not known; give text/csv or application/jsonlines."
        )


def drawn(chunks: Iterable[Chunk], count: int, seed: int) -> Sample:
    """So many rows, each equally likely; all, in a random order, where there are no more.

    The same seed draws the same rows of the same table, in whatever chunks it comes.
    """
    random = np.random.default_rng(seed)
    kept: list[tuple[float, tuple[Value, ...]]] = []
    names: tuple[str, ...] = ()
    total = 0
    for chunk in chunks:
        rows = max(map(len, chunk.values()), default=0)
        keys = random.random(rows)
        names = names or tuple(chunk)
        if tuple(chunk) != names:
            raise DataError(f"the columns change between rows: {', '.join(chunk)} after {', '.join(names)}.")
        limit = kept[-1][0] if len(kept) == count else np.inf
        chosen = [row for row in np.argsort(keys)[:count].tolist() if keys[row] < limit]
        if chosen:
            columns = [_values(chunk[name], chosen) for name in names]
            new = [
                (float(keys[row]), row_values)
                for row, row_values in zip(chosen, zip(*columns, strict=True), strict=True)
            ]
            kept = sorted([*kept, *new], key=lambda item: item[0])[:count]
        total += rows
    return Sample(names, [values for _, values in kept], total)


def _values(values: Values, rows: Sequence[int]) -> list[Value]:
    if values.numbers is None:
        return [values.texts[row].as_py() for row in rows]
    found = values.numbers[list(rows)].tolist()
    return [None if math.isnan(each) else each if values.fractional else int(each) for each in found]


def _text(value: str | float) -> str:
    return value if isinstance(value, str) else repr(value)
