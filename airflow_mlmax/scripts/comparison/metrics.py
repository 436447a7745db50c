"""Metrics of a binary classifier under row weights, for many weightings at once: one row of `weights` is one resample.

With whole-number weights each equals the metric of the data in which every row stands that many times.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_SMALLEST = float(np.finfo(np.float64).eps)


@dataclass(frozen=True)
class Scored:
    """Rows with their truth, 0 or 1, and the probability that a model gave them."""

    label: Floats
    score: Floats


def roc_auc(rows: Scored, weights: Floats) -> Floats:
    """Area under the ROC curve: the chance that a positive row has the higher score, ties counting half."""
    positive, negative = _grouped(rows, weights)
    below = np.cumsum(negative, axis=1) - negative
    wins = (positive * (below + negative / 2)).sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        area: Floats = wins / (positive.sum(axis=1) * negative.sum(axis=1))
    return area


def pr_auc(rows: Scored, weights: Floats) -> Floats:
    """Average precision: precision at each threshold, weighted by the recall that it adds."""
    positive, negative = (part[:, ::-1] for part in _grouped(rows, weights))
    found = np.cumsum(positive, axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        precision = np.where(positive > 0, found / (found + np.cumsum(negative, axis=1)), 0.0)
        average: Floats = (precision * positive).sum(axis=1) / found[:, -1]
    return average


def log_loss(rows: Scored, weights: Floats) -> Floats:
    """Mean negative logarithm of the probability of what happened."""
    sure = np.clip(rows.score, _SMALLEST, 1 - _SMALLEST)
    return _mean(-np.log(np.where(rows.label > 0, sure, 1 - sure)), weights)


def brier(rows: Scored, weights: Floats) -> Floats:
    """Mean squared distance of probability and truth."""
    return _mean((rows.score - rows.label) ** 2, weights)


METRICS: Mapping[str, Callable[[Scored, Floats], Floats]] = {
    "roc_auc": roc_auc,
    "pr_auc": pr_auc,
    "log_loss": log_loss,
    "brier": brier,
}
LOWER_IS_BETTER = frozenset({"log_loss", "brier"})


def _mean(values: Floats, weights: Floats) -> Floats:
    mean: Floats = weights @ values / weights.sum(axis=1)
    return mean


def _grouped(rows: Scored, weights: Floats) -> tuple[Floats, Floats]:
    """Weights of positive and negative rows by score, in ascending order, one column for rows of equal score."""
    order = np.argsort(rows.score, kind="stable")
    score, label = rows.score[order], rows.label[order]
    first = np.flatnonzero(np.r_[True, score[1:] != score[:-1]])
    ordered = weights[:, order]
    positive = np.add.reduceat(ordered * label, first, axis=1)
    return positive, np.add.reduceat(ordered * (1 - label), first, axis=1)
