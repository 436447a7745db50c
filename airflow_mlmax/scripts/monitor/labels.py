"""Predictions and their truth, which may come later and from elsewhere: joined by key, and counted."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from .metrics import Labels
from .reading import Chunk, DataError, Values
from .sketch import Floats

Scalar = str | float | None


@dataclass(frozen=True)
class Pairs:
    """Rows that have a truth, as parallel lists; and how many rows, and how many labels, found no partner."""

    truth: list[Scalar]
    predicted: list[Scalar]
    score: list[Scalar]
    unlabelled: int
    orphaned: int

    @property
    def rows(self) -> int:
        return len(self.truth)


@dataclass(frozen=True)
class Names:
    """Which column is what."""

    truth: str
    predicted: str | None
    score: str | None
    key: str | None

    def predictions(self, with_truth: bool) -> list[str]:
        truth = self.truth if with_truth else None
        return [each for each in (truth, self.predicted, self.score, self.key) if each]


def beside(names: Names, chunks: Iterable[Chunk]) -> Pairs:
    """Pairs of predictions that lie beside their truth; a row without one is unlabelled."""
    found = _columns(chunks, [names.truth, *filter(None, (names.predicted, names.score))])
    return _pairs(names, found, found[names.truth], 0)


def joined(names: Names, chunks: Iterable[Chunk], label_chunks: Iterable[Chunk]) -> Pairs:
    """Pairs of predictions with labels of the same key.

    :raises DataError: for a key that is missing, or that stands for more than one prediction or label
    """
    key = names.key or ""
    labels = _columns(label_chunks, [key, names.truth])
    truth = _by_key(labels[key], labels[names.truth], "the labels", key)
    found = _columns(chunks, [key, *filter(None, (names.predicted, names.score))])
    keys = list(_by_key(found[key], found[key], "the predictions", key))
    orphaned = len(truth.keys() - set(keys))
    return _pairs(names, found, [truth.get(each) for each in keys], orphaned)


def label(value: Scalar) -> str:
    """The name of a class, one for all spellings: `1`, `1.0` and `true` are the same."""
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    word = str(value).strip()
    if word.lower() in {"true", "false"}:
        return "1" if word.lower() == "true" else "0"
    return word


def classes(values: list[Scalar]) -> Labels:
    return np.array([label(value) for value in values], dtype=np.str_)


def floats(values: list[Scalar], what: str) -> Floats:
    """Numbers of a column.

    :raises DataError: for a text or a missing value
    """
    bad = next((each for each in values if not isinstance(each, float) or not math.isfinite(each)), 0.0)
    if not isinstance(bad, float) or not math.isfinite(bad):
        raise DataError(f"{what} has {bad!r} where a finite number is needed.")
    return np.array(values, dtype=np.float64)


def _pairs(names: Names, found: dict[str, list[Scalar]], truth: list[Scalar], orphaned: int) -> Pairs:
    rows = [row for row, value in enumerate(truth) if value is not None]

    def of(name: str | None) -> list[Scalar]:
        return [found[name][row] for row in rows] if name else []

    return Pairs(
        truth=[truth[row] for row in rows],
        predicted=of(names.predicted),
        score=of(names.score),
        unlabelled=len(truth) - len(rows),
        orphaned=orphaned,
    )


def _columns(chunks: Iterable[Chunk], names: list[str]) -> dict[str, list[Scalar]]:
    found: dict[str, list[Scalar]] = {name: [] for name in names}
    for chunk in chunks:
        for name in names:
            if name not in chunk:
                raise DataError(f"there is no column {name!r}.")
            found[name] += _scalars(chunk[name])
    return found


def _by_key(keys: list[Scalar], values: list[Scalar], whose: str, name: str) -> dict[str, Scalar]:
    found: dict[str, Scalar] = {}
    for key, value in zip(keys, values, strict=True):
        if key is None:
            raise DataError(f"{whose} have a row without {name!r}, so it cannot be joined.")
        if (word := label(key)) in found:
            raise DataError(f"{whose} have the {name} {word!r} more than once; each must occur once.")
        found[word] = value
    return found


def _scalars(values: Values) -> list[Scalar]:
    if values.numbers is not None:
        return [None if math.isnan(each) else each for each in values.numbers.tolist()]
    texts: list[str | None] = values.texts.to_pylist()
    return [_number(text) if values.spelled else text for text in texts]


def _number(text: str | None) -> Scalar:
    if text is None:
        return None
    try:
        return float(text)
    except ValueError:
        return text
