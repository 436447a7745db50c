"""Bias metrics of one group of rows, with their sampling noise, in the form of Clarify's `analysis.json`."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .bias_metrics import Counts, Metric, UndefinedError
from .fliptest import DESCRIPTION as FLIPTEST
from .sketch import Floats

_DRAWS = 500
_MOST_SUBGROUPS = 1_000
_USABLE = 0.95
"""Share of the draws that must give a finite value, for their deviation to say anything."""


@dataclass(frozen=True)
class Measured:
    """A metric's value, None where it has none; `deviation` is its standard error, None where it cannot be told."""

    name: str
    description: str
    value: float | None
    error: str | None = None
    deviation: float | None = None
    neutral: float = 0.0

    def document(self) -> dict[str, Any]:
        """As in `analysis.json`: infinity is a text there, and a value that is none has an error beside it."""
        value: float | str | None = self.value
        if self.value is not None and math.isinf(self.value):
            value = "Infinity" if self.value > 0 else "-Infinity"
        error = {"error": self.error} if self.error else {}
        return {"name": self.name, "description": self.description, "value": value, **error}


def measured(metrics: Sequence[Metric], counts: Counts) -> list[Measured]:
    """Each metric of some counts.

    The standard error is that of a bootstrap: rows drawn with replacement are counts drawn from a multinomial.
    """
    whole = counts.sum(axis=0, keepdims=True)
    draws = _draws(whole)
    grouped = _draws(counts) if any(metric.grouped for metric in metrics) else []
    return [
        _measured(metric, counts, grouped) if metric.grouped else _measured(metric, whole, draws)
        for metric in metrics
    ]


def fliptest(flips: Callable[[], Floats]) -> Measured:
    """The mean of the flips; its standard error takes the neighbours as given."""
    try:
        found = flips()
    except UndefinedError as error:
        return Measured("FT", FLIPTEST, None, str(error))
    return Measured("FT", FLIPTEST, float(found.mean()), deviation=float(found.std() / math.sqrt(len(found))))


def value_of(metric: dict[str, Any]) -> float | None:
    """The value that a row of `analysis.json` has, None where it has none."""
    value = metric.get("value")
    return None if value is None else float(value)


def _draws(counts: Counts) -> list[Counts]:
    """None where the rows are in so many subgroups that a draw says little and costs much."""
    rows = int(counts.sum())
    if not rows or len(counts) > _MOST_SUBGROUPS:
        return []
    draws = np.random.default_rng(0).multinomial(rows, (counts / rows).ravel(), size=_DRAWS)
    return [draw.reshape(counts.shape).astype(np.float64) for draw in draws]


def _measured(metric: Metric, counts: Counts, replicates: Sequence[Counts]) -> Measured:
    try:
        value = metric.value(counts)
    except UndefinedError as error:
        return Measured(metric.name, metric.description, None, str(error), neutral=metric.neutral)
    finite = [each for draw in replicates if math.isfinite(each := _or_nan(metric, draw))]
    told = len(finite) >= _USABLE * len(replicates) and math.isfinite(value)
    return Measured(
        metric.name,
        metric.description,
        value,
        deviation=float(np.std(finite)) if told and finite else None,
        neutral=metric.neutral,
    )


def _or_nan(metric: Metric, counts: Counts) -> float:
    try:
        return metric.value(counts)
    except UndefinedError:
        return math.nan
