"""Which bias metrics are worse than the baseline's, given how many rows they were measured on.

The page "Bias Drift Violations" of SageMaker's developer guide: a value farther from 0 than the baseline's is a
violation. The page "Monitor Bias Drift for Models in Production" takes sampling noise into account: values up to the
baseline's make up the allowed range, the normal bootstrap interval around the observed value says where the true one
lies, and only if the two are disjoint the metric has drifted. Without a confidence the interval is the value alone.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from statistics import NormalDist
from typing import Any

from .bias_report import Measured, value_of
from .drift import DRIFT, NOT_EVALUATED, OK
from .groups import key
from .violations import Violation

CHECK = "bias_drift_check"
STAGES = {"pre_training": "pre_training_bias_metrics", "post_training": "post_training_bias_metrics"}
"""Keys of `analysis.json` by the stage that a metric belongs to."""

_ROUNDING = 1e-9
"""Relative; another order of summation changes the last digits of the same rows' metric."""


@dataclass(frozen=True)
class Facet:
    """The metrics of one group of rows and the rest."""

    stage: str
    name: str
    value: str
    facet_rows: int
    rest_rows: int
    metrics: Sequence[Measured]

    def size(self) -> dict[str, Any]:
        """How many rows it and its rest have, for the verdict."""
        names = {"stage": self.stage, "facet": self.name, "facet_value": self.value}
        return {**names, "facet_rows": self.facet_rows, "rest_rows": self.rest_rows}

    def document(self) -> dict[str, Any]:
        """An entry of a facet in `analysis.json`."""
        return {"value_or_threshold": self.value, "metrics": [metric.document() for metric in self.metrics]}


@dataclass(frozen=True, kw_only=True)
class BiasDrift:
    """The comparison of one metric with the baseline, whose value is the `threshold`."""

    metric: str
    stage: str
    facet: str
    facet_value: str
    state: str
    observed: float | None = None
    threshold: float | None = None
    interval: tuple[float, float] | None = None
    """Where the true value lies, with the confidence that was asked for."""

    facet_rows: int = 0
    rest_rows: int = 0
    reason: str | None = None

    def document(self) -> dict[str, Any]:
        """Plain JSON, without what does not apply; infinity, which JSON has not, is in the reason."""
        found = {name: value for name, value in asdict(self).items() if value is not None}
        return {name: value for name, value in found.items() if value not in (math.inf, -math.inf)}

    def violation(self) -> Violation:
        """The row of `constraint_violations.json`."""
        text = f"Value {self.observed} does not meet the constraint requirement"
        given: dict[str, Any] = self.document()
        named = ("observed", "threshold", "interval", "facet_rows", "rest_rows", "stage")
        details = {name: given[name] for name in given if name in named}
        where = {"facet": self.facet, "facet_value": self.facet_value}
        return Violation(self.metric, CHECK, text, details, named="metric_name", where=where)


def compare(
    baseline: Mapping[str, Any], facets: Sequence[Facet], confidence: float | None, min_rows: int
) -> Iterator[BiasDrift]:
    """Every metric that the baseline or the current data have.

    :param confidence: of the interval, between 0 and 1; None compares the value itself
    :param min_rows: a facet, or its rest, with fewer rows is not evaluated
    """
    known = dict(_entries(baseline))
    for facet in facets:
        for metric in facet.metrics:
            before = known.pop((facet.stage, facet.name, key(facet.value), metric.name), None)
            yield _compared(facet, metric, before, confidence, min_rows)
    for (stage, name, _, metric_name), before in known.items():
        yield BiasDrift(
            metric=metric_name,
            stage=stage,
            facet=name,
            facet_value=before["facet_value"],
            state=NOT_EVALUATED,
            threshold=value_of(before),
            reason="the baseline has this metric, the current data have not",
        )


def _entries(
    baseline: Mapping[str, Any],
) -> Iterator[tuple[tuple[str, str, tuple[str, ...], str], dict[str, Any]]]:
    for stage, word in STAGES.items():
        for name, entries in ((baseline.get(word) or {}).get("facets") or {}).items():
            for entry in entries:
                value = str(entry["value_or_threshold"])
                for metric in entry["metrics"]:
                    yield (stage, name, key(value), metric["name"]), {**metric, "facet_value": value}


def _compared(
    facet: Facet, metric: Measured, before: Mapping[str, Any] | None, confidence: float | None, min_rows: int
) -> BiasDrift:
    threshold = None if before is None else value_of(dict(before))
    reason = _obstacle(facet, metric, before, min_rows)
    interval, state = None, NOT_EVALUATED
    if reason is None and metric.value is not None and threshold is not None:
        interval = _interval(metric, confidence)
        if interval is None:
            reason = "too many of the draws that tell its noise have no finite value"
        else:
            state = DRIFT if _disjoint(interval, _allowed(threshold, metric.neutral)) else OK
    return BiasDrift(
        metric=metric.name,
        stage=facet.stage,
        facet=facet.name,
        facet_value=facet.value,
        state=state,
        observed=metric.value,
        threshold=threshold,
        interval=interval if confidence else None,
        facet_rows=facet.facet_rows,
        rest_rows=facet.rest_rows,
        reason=reason,
    )


def _obstacle(facet: Facet, metric: Measured, before: Mapping[str, Any] | None, min_rows: int) -> str | None:
    """Why a metric cannot be compared; the first reason of several."""
    threshold = None if before is None else value_of(dict(before))
    smaller = min(facet.facet_rows, facet.rest_rows)
    obstacles = [
        (before is None, "the baseline has no such metric"),
        (metric.value is None, metric.error or ""),
        (smaller < min_rows, f"{smaller} rows are in the facet or in the rest, {min_rows} are needed"),
        (metric.value is not None and math.isinf(metric.value), "its value is infinite"),
        (before is not None and threshold is None, "the baseline has no value of it"),
        (threshold is not None and math.isinf(threshold), "the baseline's value is infinite"),
        (
            threshold == 0 and metric.neutral == 1,
            "the baseline's ratio is 0: nothing is farther from 1, so no value is worse",
        ),
    ]
    return next((reason for hinders, reason in obstacles if hinders), None)


def _interval(metric: Measured, confidence: float | None) -> tuple[float, float] | None:
    value = metric.value or 0.0
    if not confidence:
        return value, value
    if metric.deviation is None:
        return None
    reach = NormalDist().inv_cdf((1 + confidence) / 2) * metric.deviation
    return value - reach, value + reach


def _allowed(threshold: float, neutral: float) -> tuple[float, float]:
    """Values no farther from the neutral one than the baseline's; of a ratio, half is as far as twice."""
    if neutral == 1:
        return min(threshold, 1 / threshold), max(threshold, 1 / threshold)
    return -abs(threshold), abs(threshold)


def _disjoint(interval: tuple[float, float], allowed: tuple[float, float]) -> bool:
    slack = _ROUNDING * max(map(abs, allowed))
    return interval[0] > allowed[1] + slack or interval[1] < allowed[0] - slack
