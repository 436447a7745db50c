"""Columns that tell the same: rank correlation of numbers, Cramér's V of categories, on a sample of rows."""

from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import TYPE_CHECKING, Any

from airflow_mlmax.profiling.numbers import as_number
from airflow_mlmax.profiling.report import Feature, Matrix, Pair
from airflow_mlmax.profiling.table import TABLE, Table
from airflow_mlmax.quality.data import ROW, quoted

if TYPE_CHECKING:
    from numpy.typing import NDArray

STRONG = 0.9
"""From here on two columns count as redundant."""

SAMPLE = 50_000
_WEAK = 0.3
_MOST_PAIRS = 200
_MOST_CATEGORIES = 50
_MOST_COLUMNS = 300
_FEWEST = 3
_NUMBERS = frozenset({"integer", "number", "timestamp"})


def related(table: Table, features: Sequence[Feature]) -> tuple[tuple[Pair, ...], Matrix | None, int]:
    """Pairs by strength, the matrix of all numbers, and how many rows were looked at.

    Spearman's rank correlation takes the rows that have both values; Cramér's V is corrected for chance (Bergsma, A bias-correction
    for Cramér's V, Journal of the Korean Statistical Society 42, 2013).
    """
    step = max(1, -(-table.rows // SAMPLE))
    numbers = [each for each in features if each.type in _NUMBERS and each.distinct > 1][:_MOST_COLUMNS]
    choices = [
        each
        for each in features
        if each.type in {"string", "boolean"} and 1 < each.distinct <= _MOST_CATEGORIES
    ][:_MOST_COLUMNS]
    matrix = _spearman(table, numbers, step) if len(numbers) > 1 else None
    found = [*_strongest(matrix), *_associations(table, choices, step)]
    found.sort(key=lambda pair: (-abs(pair.strength), pair.first, pair.second))
    return tuple(found[:_MOST_PAIRS]), matrix, -(-table.rows // step)


def _strongest(matrix: Matrix | None) -> Iterator[Pair]:
    if matrix:
        for (row, first), (column, second) in combinations(enumerate(matrix.names), 2):
            value = matrix.values[row][column]
            if value is not None and abs(value) >= _WEAK:
                yield Pair(first, second, value, "Spearman")


def _spearman(table: Table, numbers: Sequence[Feature], step: int) -> Matrix:
    import numpy as np

    parts = ", ".join(f"{as_number(each.name, each.type)}::DOUBLE" for each in numbers)
    found = table.connection.execute(f"select {parts} from {TABLE} where {ROW} % {step} = 0").fetchnumpy()  # noqa: S608
    columns: list[NDArray[Any]] = [
        np.ma.filled(np.ma.asarray(values, dtype=float), np.nan) for values in found.values()
    ]
    there = np.array([~np.isnan(values) for values in columns])
    ranks = np.array([_ranks(values, mask) for values, mask in zip(columns, there, strict=True)])
    values = _correlations(ranks, there.astype(float))
    rounded = tuple(
        tuple(None if np.isnan(value) else round(float(value), 4) for value in row) for row in values
    )
    return Matrix(tuple(each.name for each in numbers), rounded)


def _ranks(values: "NDArray[Any]", there: "NDArray[Any]") -> "NDArray[Any]":
    """Mean ranks scaled to -0.5..0.5; 0 where a value is missing."""
    import numpy as np

    _, place, sizes = np.unique(values[there], return_inverse=True, return_counts=True)
    middle = np.cumsum(sizes) - (sizes - 1) / 2
    ranks = np.zeros(len(values))
    ranks[there] = middle[place] / max(len(place), 1) - 0.5
    return ranks


def _correlations(values: "NDArray[Any]", there: "NDArray[Any]") -> "NDArray[Any]":
    """Pearson's correlation of each two rows over the places that both have; NaN where it is not defined."""
    import numpy as np

    both = there @ there.T
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = values @ there.T / both
        square = values**2 @ there.T / both - mean**2
        covariance = values @ values.T / both - mean * mean.T
        found = covariance / np.sqrt(square * square.T)
    enough = (both >= _FEWEST) & (square > 1e-12) & (square.T > 1e-12)  # noqa: PLR2004  what rounding leaves of zero
    limited: NDArray[Any] = np.where(enough, np.clip(found, -1, 1), np.nan)
    return limited


def _associations(table: Table, choices: Sequence[Feature], step: int) -> Iterator[Pair]:
    if len(choices) < 2:  # noqa: PLR2004  # a pair
        return
    names = ", ".join(
        quoted(each.name) for each in choices
    )  # the rows' missing values are a category of their own
    found = table.connection.sql(f"select {names} from {TABLE} where {ROW} % {step} = 0").to_arrow_table()  # noqa: S608
    codes = [
        column.combine_chunks().dictionary_encode().indices.fill_null(-1).to_numpy() + 1 for column in found
    ]
    for (first, one), (second, other) in combinations(zip(choices, codes, strict=True), 2):
        strength = _cramer(one, other)
        if strength >= _WEAK:
            yield Pair(first.name, second.name, round(strength, 4), "Cramér's V")


def _cramer(one: "NDArray[Any]", other: "NDArray[Any]") -> float:
    import numpy as np

    width = int(other.max()) + 1
    counts = np.bincount(one * width + other, minlength=(int(one.max()) + 1) * width).reshape(-1, width)
    counts = counts[counts.sum(axis=1) > 0][:, counts.sum(axis=0) > 0]
    rows, (high, wide) = counts.sum(), counts.shape
    if min(high, wide) < 2 or rows < _FEWEST:  # noqa: PLR2004  # a constant tells nothing
        return 0.0
    expected = counts.sum(axis=1, keepdims=True) * counts.sum(axis=0) / rows
    phi = ((counts - expected) ** 2 / expected).sum() / rows
    left = max(0.0, phi - (high - 1) * (wide - 1) / (rows - 1))
    high, wide = high - (high - 1) ** 2 / (rows - 1), wide - (wide - 1) ** 2 / (rows - 1)
    return float(np.sqrt(left / (min(high, wide) - 1))) if min(high, wide) > 1 else 0.0
