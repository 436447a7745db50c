"""Columns that an analysis needs as a whole, in memory: numbers as numbers, texts as codes of the different ones."""

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from .reading import Chunk, DataError, Values
from .sketch import Floats

Mask = NDArray[np.bool_]
Indexes = NDArray[np.intp]

_NONE = -1


@dataclass(frozen=True)
class Cells:
    """One column: `numbers`, with NaN for no value, or `codes` of `words`, with -1 for none."""

    numbers: Floats | None = None
    codes: NDArray[np.int32] | None = None
    words: tuple[str, ...] = ()
    fractional: bool = False
    """The numbers are of a type with decimals, or one of them has some."""

    def __len__(self) -> int:
        return len(self._stored)

    @property
    def present(self) -> Mask:
        """Which rows have a value."""
        found: Mask = self._stored != _NONE if self.numbers is None else ~np.isnan(self.numbers)
        return found

    def take(self, rows: Indexes) -> "Cells":
        """The given rows; a negative number gives a row without a value."""
        lost = rows < 0
        if self.numbers is not None:
            numbers = np.full(len(rows), math.nan)
            numbers[~lost] = self.numbers[rows[~lost]]
            return Cells(numbers=numbers, fractional=self.fractional)
        codes = np.full(len(rows), _NONE, dtype=np.int32)
        codes[~lost] = self._stored[rows[~lost]]
        return Cells(codes=codes, words=self.words)

    def among(self, wanted: Collection[object]) -> Mask:
        """Which rows have one of the wanted values; `1`, `1.0` and `true` are the same."""
        names = {spelled(each) for each in wanted}
        if self.numbers is not None:
            numbers = [float(each) for each in names if _is_number(each)]
            return np.isin(self.numbers, numbers)
        chosen = [code for code, word in enumerate(self.words) if spelled(word) in names]
        return np.isin(self._stored, chosen)

    def categories(self) -> list[str]:
        """The different values, as texts, in their order."""
        if self.numbers is None:
            return sorted({spelled(self.words[code]) for code in np.unique(self._stored) if code != _NONE})
        return [spelled(each) for each in np.unique(self.numbers[self.present]).tolist()]

    def spellings(self) -> list[str | None]:
        """The value of each row as a text, None where there is none."""
        if self.numbers is not None:
            return [None if math.isnan(each) else spelled(each) for each in self.numbers.tolist()]
        words = [*map(spelled, self.words), None]
        return [words[code] for code in self._stored.tolist()]

    def ranks(self) -> Indexes:
        """A number for each row's value, from 0 on; rows without a value share one of their own."""
        _, inverse = np.unique(self._stored, return_inverse=True, equal_nan=True)
        return inverse.reshape(-1)

    @property
    def _stored(self) -> NDArray[np.float64] | NDArray[np.int32]:
        if self.numbers is not None:
            return self.numbers
        assert self.codes is not None  # noqa: S101  one of the two is there
        return self.codes


def spelled(value: object) -> str:
    """The one spelling of a category."""
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    word = str(value).strip()
    if word.lower() in {"true", "false"}:
        return "1" if word.lower() == "true" else "0"
    return spelled(float(word)) if _is_whole(word) else word


def load(chunks: Iterable[Chunk], headers: Sequence[str] | None = None) -> dict[str, Cells]:
    """The whole columns of a table by name, in their order.

    :param headers: names of the columns where the file has none
    :raises DataError: for another number of names than of columns
    """
    parts: dict[str, list[Values]] = {}
    rows = 0
    for chunk in chunks:
        more = max(map(len, chunk.values()), default=0)
        for name in {**parts, **chunk}:
            found = parts.setdefault(name, [_blank(rows)] if rows else [])
            found.append(chunk[name] if name in chunk else _blank(more))
        rows += more
    if headers and parts and len(headers) != len(parts):
        raise DataError(f"headers names {len(headers)} columns, the data have {len(parts)}.")
    names = headers if headers and parts else list(parts)
    return {name: _joined(values) for name, values in zip(names, parts.values(), strict=True)}


def column(table: Mapping[str, Cells], name: str | int) -> str:
    """The name of a column that is given by name or by position.

    :raises DataError: for a column that is not there
    """
    if name in table:
        return str(name)
    if isinstance(name, int) and 0 <= name < len(table):
        return list(table)[name]
    raise DataError(f"there is no column {name!r}.")


def _joined(parts: Sequence[Values]) -> Cells:
    present = [each for each in parts if len(each)]
    numbers = [_numbers(each) for each in present]
    if all(each is not None for each in numbers):
        joined = np.concatenate([np.empty(0), *(each for each in numbers if each is not None)])
        typed = any(each.fractional for each in present)
        decimals = bool(np.isfinite(joined).any() and (np.mod(joined[np.isfinite(joined)], 1) != 0).any())
        return Cells(numbers=joined, fractional=typed or decimals)
    texts = pa.chunked_array([_texts(each) for each in present], pa.string()).dictionary_encode()
    texts = texts.combine_chunks()
    texts = texts.combine_chunks() if isinstance(texts, pa.ChunkedArray) else texts
    codes = pc.fill_null(texts.indices, _NONE).to_numpy(zero_copy_only=False).astype(np.int32)
    return Cells(codes=codes, words=tuple(texts.dictionary.to_pylist()))


def _numbers(values: Values) -> Floats | None:
    """A chunk as numbers, None if one of its values is none."""
    if values.numbers is not None:
        return values.numbers
    if values.texts.null_count == len(values):
        return np.full(len(values), math.nan)
    if not values.spelled:
        return None
    try:
        numbers: Floats = pc.cast(values.texts, pa.float64()).to_numpy(zero_copy_only=False)
    except pa.ArrowInvalid:
        return None
    return numbers


def _texts(values: Values) -> pa.Array:
    if values.numbers is None:
        return values.texts
    return pa.array(
        [None if math.isnan(each) else spelled(each) for each in values.numbers.tolist()], pa.string()
    )


def _blank(rows: int) -> Values:
    return Values(texts=pa.nulls(rows, pa.string()))


def _is_number(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return True


def _is_whole(word: str) -> bool:
    """Whether a text spells a whole number with a point, such as `3.0`; `007` is no spelling of 7."""
    whole, point, decimals = word.partition(".")
    return bool(point) and whole.lstrip("-").isdigit() and set(decimals) <= {"0"} and bool(decimals)
