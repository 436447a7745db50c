"""The paired bootstrap: how much better the challenger is than the champion, and how sure that is.

Both models are measured on the same resampled rows, so what makes a window hard or easy falls out of the difference. The
interval is the percentile interval of Efron and Tibshirani, An Introduction to the Bootstrap (1993), chapter 13. Rows that
share a cause (a day's weather) are drawn together as a cluster (Davison and Hinkley, Bootstrap Methods and Their
Application (1997), section 3.8).
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .metrics import LOWER_IS_BETTER, METRICS, Floats, Scored

_CELLS = 4_000_000
"""Weights held in memory at a time."""


@dataclass(frozen=True)
class Gain:
    """What one metric says. `gain` is above 0 where the challenger is better, whichever way the metric counts."""

    champion: float
    challenger: float
    gain: float
    lower: float
    """The gain is at least this with the stated confidence (one-sided)."""

    upper: float


def gains(
    champion: Scored,
    challenger: Scored,
    clusters: NDArray[np.intp],
    *,
    names: list[str],
    resamples: int,
    confidence: float,
    seed: int,
) -> dict[str, Gain]:
    """The gain in each metric, with its one-sided bounds.

    :param clusters: cluster of each row, counted from 0; rows of one cluster are drawn together
    """
    drawn: dict[str, list[Floats]] = {name: [] for name in names}
    for weights in _weights(clusters, resamples, seed):
        for name in names:
            drawn[name].append(_gain(name, champion, challenger, weights))
    return {name: _summary(name, champion, challenger, drawn[name], confidence) for name in names}


def point(name: str, rows: Scored) -> float:
    """The metric of the rows as they are; NaN where it does not exist, as the ROC curve of a single class."""
    return float(METRICS[name](rows, np.ones((1, len(rows.label))))[0])


def gain_of(name: str, champion: float, challenger: float) -> float:
    """How much better the challenger is."""
    return champion - challenger if name in LOWER_IS_BETTER else challenger - champion


def _summary(name: str, champion: Scored, challenger: Scored, drawn: list[Floats], confidence: float) -> Gain:
    both = point(name, champion), point(name, challenger)
    all_drawn = np.concatenate(drawn)
    known = all_drawn[np.isfinite(all_drawn)]  # a resample of one class has no ROC curve
    lower, upper = np.quantile(known, [1 - confidence, confidence]) if known.size else (np.nan, np.nan)
    return Gain(*both, gain_of(name, *both), float(lower), float(upper))


def _gain(name: str, champion: Scored, challenger: Scored, weights: Floats) -> Floats:
    metric, sign = METRICS[name], -1 if name in LOWER_IS_BETTER else 1
    return sign * (metric(challenger, weights) - metric(champion, weights))


def _weights(clusters: NDArray[np.intp], resamples: int, seed: int) -> Iterator[Floats]:
    """How often each row is drawn, a block of resamples at a time."""
    random = np.random.default_rng(seed)
    count = int(clusters.max()) + 1
    block = max(1, _CELLS // len(clusters))
    for start in range(0, resamples, block):
        size = min(block, resamples - start)
        times = np.stack(
            [np.bincount(random.integers(0, count, count), minlength=count) for _ in range(size)]
        )
        yield times.astype(np.float64)[:, clusters]
