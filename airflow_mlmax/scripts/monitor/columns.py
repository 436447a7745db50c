"""What one pass over a table learns of each column, in memory that does not grow with the rows."""

import math
import weakref
from collections.abc import Iterator
from tempfile import SpooledTemporaryFile

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from .reading import Values
from .sketch import Floats

TRACKED = 50_000
"""Different texts of one column that are counted; beyond them, values that are new are only counted together."""

_IN_MEMORY = 1 << 20
_BLOCK = 8 * 65_536
_NUMBER = r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$"
_FRACTIONAL_SPELLING = r"[.eEnN]"


class Numbers:
    """Moments of a column's numbers, and the numbers themselves in a file, so that they can be gone through again."""

    def __init__(self) -> None:
        self.count = 0
        self.finite = 0
        self.whole = 0
        self.negative = 0
        self.mean = 0.0
        self.sum = 0.0
        self._squares = 0.0
        self.min, self.max = math.inf, -math.inf
        self._file = SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115  lives as long as this object
        weakref.finalize(self, self._file.close)

    def add(self, values: Floats) -> None:
        self._file.write(values.tobytes())
        self.count += len(values)
        values = values[np.isfinite(values)]
        if not len(values):
            return
        self.whole += int((values == np.floor(values)).sum())
        self.negative += int((values < 0).sum())
        self.min, self.max = min(self.min, float(values.min())), max(self.max, float(values.max()))
        self._add_moments(len(values), float(values.sum()), float(values.mean()), values)

    def _add_moments(self, more: int, total: float, mean: float, values: Floats) -> None:
        """Chan's way to merge two sets of moments without losing digits."""
        delta, count = mean - self.mean, self.finite + more
        self._squares += float(((values - mean) ** 2).sum()) + delta**2 * self.finite * more / count
        self.mean += delta * more / count
        self.sum += total
        self.finite = count

    @property
    def std_dev(self) -> float:
        """Of the population."""
        return math.sqrt(self._squares / self.finite) if self.finite else 0.0

    def chunks(self) -> Iterator[Floats]:
        """All numbers again, in order."""
        self._file.seek(0)
        while block := self._file.read(_BLOCK):
            yield np.frombuffer(block)


class Texts:
    """How often each text occurs, up to `TRACKED` different ones."""

    def __init__(self) -> None:
        self.counts: dict[str, int] = {}
        self.untracked = 0

    def add(self, values: pa.Array) -> None:
        for item in pc.value_counts(values).to_pylist():
            text, count = item["values"], item["counts"]
            if text in self.counts:
                self.counts[text] += count
            elif len(self.counts) < TRACKED:
                self.counts[text] = count
            else:
                self.untracked += count


class Column:
    """One column over all chunks.

    :param as_text: count the numbers by their spelling too, because the column is or ought to be one of texts
    """

    def __init__(self, name: str, as_text: bool) -> None:
        self.name = name
        self.as_text = as_text
        self.missing = 0
        self.present = 0
        self.fractional = False
        self.temporal = False
        self.numbers = Numbers()
        self.texts = Texts()

    def add(self, values: Values) -> None:
        self.temporal |= values.temporal
        if values.numbers is not None:
            present = values.numbers[~np.isnan(values.numbers)]
            self._count(len(values), len(present))
            self.fractional |= values.fractional and len(present) > 0
            self._add_numbers(present, None)
            return
        texts = values.texts.drop_null()
        self._count(len(values), len(texts))
        if values.spelled:
            texts = self._take_numbers(texts)
        self.texts.add(texts)

    @property
    def inferred_type(self) -> str:
        """`Integral`, `Fractional`, `String` if any value is a text, or `Unknown` where there is no value."""
        if not self.present:
            return "Unknown"
        if self.numbers.count < self.present:
            return "String"
        return "Fractional" if self.fractional else "Integral"

    @property
    def mixed(self) -> bool:
        """Whether numbers stand among texts, and were not counted as texts."""
        return not self.as_text and 0 < self.numbers.count < self.present

    def _count(self, rows: int, present: int) -> None:
        self.present += present
        self.missing += rows - present

    def _take_numbers(self, texts: pa.Array) -> pa.Array:
        """Adds what spells a number and gives the rest."""
        if len(texts) and not _may_be_number(
            texts[0].as_py()
        ):  # a cast that fails costs ten times one that does not
            return self._take_some(texts)
        try:
            numbers = pc.cast(texts, pa.float64())
        except pa.ArrowInvalid:
            return self._take_some(texts)
        self._add_numbers(_numpy(numbers), texts)
        return texts.slice(0, 0)

    def _take_some(self, texts: pa.Array) -> pa.Array:
        texts = pc.utf8_trim_whitespace(texts)
        spelt = pc.match_substring_regex(texts, _NUMBER)
        if pc.any(spelt).as_py():
            self._add_numbers(_numpy(pc.cast(texts.filter(spelt), pa.float64())), texts.filter(spelt))
        return texts.filter(pc.invert(spelt))

    def _add_numbers(self, numbers: Floats, spelling: pa.Array | None) -> None:
        if not len(numbers):
            return
        if spelling is not None and not self.fractional:
            self.fractional = pc.any(pc.match_substring_regex(spelling, _FRACTIONAL_SPELLING)).as_py()
        self.numbers.add(numbers)
        if self.as_text:
            self.texts.add(pa.array(map(_spelled, numbers.tolist())) if spelling is None else spelling)


def _may_be_number(text: str) -> bool:
    """Arrow casts no text that Python does not."""
    try:
        float(text)
    except ValueError:
        return False
    return True


def _numpy(numbers: pa.Array) -> Floats:
    values: Floats = numbers.to_numpy(zero_copy_only=False)
    return values


def _spelled(number: float) -> str:
    return str(int(number)) if number.is_integer() else repr(number)
