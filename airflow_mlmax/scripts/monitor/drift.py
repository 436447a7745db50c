"""How far each feature has drifted from its baseline, or why that cannot be said: never a pass by default."""

import math
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from .baseline import Feature
from .columns import Column
from .distances import (
    CATEGORICAL_NOISE,
    NUMERIC_NOISE,
    NumericComparison,
    chi_squared,
    l_infinity,
    noise,
    psi,
)
from .profile import MOST_CATEGORIES
from .sketch import weighted

OK, DRIFT, NOT_EVALUATED = "ok", "drift", "not_evaluated"
_LISTED = 20


@dataclass(frozen=True, kw_only=True)
class Drift:
    """The comparison of one feature; `n` and `m` are the present values of baseline and current data."""

    feature: str
    state: str
    method: str | None = None
    distance: float | None = None
    """A distance; of ChiSquared a p-value."""

    threshold: float | None = None
    n: int = 0
    m: int = 0
    psi: float | None = None
    smallest_visible: float | None = None
    """The smallest raw distance that is drift, given the sizes of both sides."""

    reason: str | None = None
    new_categories: tuple[str, ...] = ()
    vanished_categories: tuple[str, ...] = ()

    def document(self) -> dict[str, Any]:
        """Plain JSON, without what does not apply."""
        return {key: value for key, value in asdict(self).items() if value is not None and value != ()}


def compare(feature: Feature, column: Column) -> Drift:
    """The drift of a column from the feature of the same name."""
    n, m = int(feature.present), column.present
    numeric = bool(feature.sketch)
    reason = _obstacle(feature, column, numeric)
    if reason is None and numeric:
        return _numeric(feature, column, n)
    if reason is None:
        return _categorical(feature, column, n)
    return Drift(feature=feature.name, state=NOT_EVALUATED, n=n, m=m, reason=reason)


def _obstacle(feature: Feature, column: Column, numeric: bool) -> str | None:
    """Why the two sides cannot be compared; the first reason of several."""
    listed = feature.categories
    obstacles = [
        (not feature.limits.compare, "comparison is switched off"),
        (not feature.present, "the baseline has no value"),
        (not column.present, "no value is present"),
        (column.temporal, "dates and times are not compared"),
        (numeric and not column.numbers.count, "the baseline has numbers, no value is one"),
        (not numeric and not listed, "the baseline has no distribution"),
        (
            not numeric and (sum(listed.values()) < feature.present or len(listed) > MOST_CATEGORIES),
            f"more than {MOST_CATEGORIES} categories in the baseline",
        ),
        (not numeric and column.texts.untracked > 0, f"more than {len(column.texts.counts)} categories now"),
    ]
    return next((reason for hinders, reason in obstacles if hinders), None)


def _numeric(feature: Feature, column: Column, n: int) -> Drift:
    comparison = NumericComparison(*weighted(feature.sketch))
    inner = np.array([bucket["lower_bound"] for bucket in feature.buckets[1:]])
    current = np.zeros(len(inner) + 1)
    for values in column.numbers.chunks():
        comparison.add(values)
        current += np.bincount(np.searchsorted(inner, values, side="right"), minlength=len(current))
    baseline = np.array([bucket["count"] for bucket in feature.buckets])
    return _judged(
        feature,
        comparison.distance(),
        (NUMERIC_NOISE, n, comparison.count),
        psi=psi(baseline, current) if len(baseline) else math.nan,
    )


def _categorical(feature: Feature, column: Column, n: int) -> Drift:
    baseline, current = feature.categories, column.texts.counts
    new = sorted(current.keys() - baseline.keys(), key=lambda each: (-current[each], each))
    gone = sorted(baseline.keys() - current.keys(), key=lambda each: (-baseline[each], each))
    union = sorted({*baseline, *current})
    index = psi(
        np.array([baseline.get(each, 0) for each in union], dtype=np.float64),
        np.array([current.get(each, 0) for each in union], dtype=np.float64),
    )
    lists = {"new_categories": tuple(new[:_LISTED]), "vanished_categories": tuple(gone[:_LISTED])}
    if feature.limits.chi_squared:
        unseen = sum(current[each] for each in new) / column.present
        return _tested(feature, column, unseen, psi=index, **lists)
    distance = l_infinity(baseline, {key: float(value) for key, value in current.items()})
    return _judged(feature, distance, (CATEGORICAL_NOISE, n, column.present), psi=index, **lists)


def _judged(
    feature: Feature, raw: float, sample: tuple[float, int, int], *, psi: float, **more: Any
) -> Drift:
    factor, n, m = sample
    numeric, limits = factor == NUMERIC_NOISE, feature.limits
    threshold = limits.numeric if numeric else limits.categorical
    tolerated = noise(factor, n, m) if limits.robust else 0.0
    distance = max(0.0, raw - tolerated)
    kind = "KolmogorovSmirnov" if numeric else "LInfinity"
    state, reason = (DRIFT if distance > threshold else OK), None
    if threshold < 1 <= threshold + tolerated:
        state, reason = NOT_EVALUATED, "too few values: not even a distance of 1 would be drift"
    return Drift(
        feature=feature.name,
        state=state,
        reason=reason,
        method=f"{kind} {'Robust' if limits.robust else 'Simple'}",
        distance=distance,
        threshold=threshold,
        n=n,
        m=m,
        psi=psi if math.isfinite(psi) else None,
        smallest_visible=threshold + tolerated,
        **more,
    )


def _tested(feature: Feature, column: Column, unseen: float, *, psi: float, **more: Any) -> Drift:
    """Chi-square, which does not see categories that the baseline lacks: their share is compared beside it."""
    counts = {key: float(value) for key, value in column.texts.counts.items()}
    _, p = chi_squared(feature.categories, counts)
    threshold = feature.limits.categorical
    state, reason = (DRIFT if p < threshold else OK), None
    if unseen > threshold:
        state, reason = DRIFT, f"{unseen:.1%} of the values are in categories that the baseline lacks"
    elif math.isnan(p):
        state, reason = NOT_EVALUATED, "fewer than two categories are left to test"
    return Drift(
        feature=feature.name,
        state=state,
        reason=reason,
        method="ChiSquared",
        distance=None if math.isnan(p) else p,
        threshold=threshold,
        n=int(feature.present),
        m=column.present,
        psi=psi if math.isfinite(psi) else None,
        **more,
    )
