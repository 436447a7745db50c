"""How far two distributions are apart. Formulas are those of Deequ's `Distance`, with repeated values counted right."""

import math
from collections.abc import Mapping

import numpy as np

from .sketch import Floats

NUMERIC_NOISE = 1.8
CATEGORICAL_NOISE = math.sqrt(-math.log(0.003 / 2) / 2)
_SMALLEST_SHARE = 1e-4
_FEW = 5
_FEW_OF_TWO = 10
_TOLERATED = 0.2


def noise(factor: float, n: float, m: float) -> float:
    """The distance that two samples of one distribution, of n and m values, exceed three times in a thousand.

    Deequ's Robust distance is what lies beyond it; it rounds the factor for numbers and does not for categories.
    """
    return factor * math.sqrt((n + m) / (n * m))


class NumericComparison:
    """The largest gap between two cumulative distributions: the two-sample Kolmogorov-Smirnov distance.

    The baseline is a step function over weighted points. Between two of them it is flat and the current distribution
    only grows, so the gap is largest at a point or just before one: counts at the points are enough, whatever the
    size of the current data and wherever its values lie.
    """

    def __init__(self, points: Floats, weights: Floats) -> None:
        self.points, inverse = np.unique(points, return_inverse=True)
        shares = np.bincount(inverse.ravel(), weights=weights) / weights.sum()
        self._baseline = np.minimum(np.cumsum(shares), 1.0)
        self._below = np.zeros(len(self.points))
        self._up_to = np.zeros(len(self.points))
        self.count = 0

    def add(self, values: Floats) -> None:
        """Counts current values, in any order and in as many parts as there are."""
        ordered = np.sort(values)
        self._below += np.searchsorted(ordered, self.points, side="left")
        self._up_to += np.searchsorted(ordered, self.points, side="right")
        self.count += len(values)

    def distance(self) -> float:
        """Between 0 and 1; NaN if there are no current values."""
        if not self.count:
            return math.nan
        before = np.concatenate([[0.0], self._baseline[:-1]])
        gaps = (self._below / self.count - before, self._up_to / self.count - self._baseline)
        return min(1.0, float(max(np.abs(gap).max() for gap in gaps)))


def l_infinity(baseline: Mapping[str, float], current: Mapping[str, float]) -> float:
    """The largest difference of shares over the union of the categories; NaN if either side is empty."""
    n, m = sum(baseline.values()), sum(current.values())
    if not n or not m:
        return math.nan
    # Sorted, so that the same data give the same last digit.
    union = sorted({*baseline, *current})
    return max(abs(baseline.get(each, 0) / n - current.get(each, 0) / m) for each in union)


def chi_squared(baseline: Mapping[str, float], current: Mapping[str, float]) -> tuple[float, float]:
    """Statistic and p-value over the baseline's categories; NaN twice if fewer than two are left.

    The smallest category is merged into the next smallest while too many expected counts are small.
    """
    n, m = sum(baseline.values()), sum(current.get(each, 0) for each in baseline)
    if not n or not m:
        return math.nan, math.nan
    cells = sorted((count / n * m, float(current.get(each, 0))) for each, count in baseline.items())
    while len(cells) > 1 and _too_small([expected for expected, _ in cells]):
        (e1, o1), (e2, o2), *rest = cells
        cells = sorted([(e1 + e2, o1 + o2), *rest])
    if len(cells) < 2:  # noqa: PLR2004  one category has no distribution
        return math.nan, math.nan
    statistic = sum((observed - expected) ** 2 / expected for expected, observed in cells)
    return statistic, chi_squared_tail(statistic, len(cells) - 1)


def chi_squared_tail(statistic: float, degrees: int) -> float:
    """Probability that chi-square with so many degrees of freedom exceeds the statistic."""
    x = statistic / 2
    if x == 0:
        return 1.0
    a, tail = (1.0, math.exp(-x)) if degrees % 2 == 0 else (0.5, math.erfc(math.sqrt(x)))
    while a < degrees / 2:
        tail += math.exp(a * math.log(x) - x - math.lgamma(a + 1))
        a += 1
    return min(1.0, tail)


def psi(baseline: Floats, current: Floats) -> float:
    """Population stability index of two rows of counts; a share below 0.0001 counts as 0.0001, so it is finite."""
    if not baseline.sum() or not current.sum():
        return math.nan
    p, q = (np.maximum(side / side.sum(), _SMALLEST_SHARE) for side in (baseline, current))
    return float(((p - q) * np.log(p / q)).sum())


def _too_small(expected: list[float]) -> bool:
    if len(expected) == 2:  # noqa: PLR2004  the rule for two categories is another one
        return min(expected) < _FEW_OF_TWO
    return sum(each < _FEW for each in expected) > _TOLERATED * len(expected)
