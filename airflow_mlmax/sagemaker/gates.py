"""Rules that a model's metrics must satisfy, and why a rule holds or does not."""

import difflib
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_BOUNDS = ("minimum", "maximum", "above", "below")


@dataclass(frozen=True)
class Verdict:
    """What a rule says of one set of metrics."""

    metric: str
    passed: bool
    value: float | None
    """The metric, or None if it is missing or no finite number."""

    text: str
    """The comparison with its numbers, or what is wrong with the metric; one line."""


@dataclass(frozen=True, kw_only=True)
class Bound:
    """The number that a metric is compared with, and how it came about."""

    number: float
    text: str


class MissingMetricError(ValueError):
    """A metric is not in the report, or is there but no finite number."""


@dataclass(frozen=True)
class Rule:
    """One bound of one metric. What cannot be compared never passes: no metric, NaN, infinity, text.

    Exactly one of `minimum`, `maximum`, `above` and `below` is given. Reaching a bound is enough.
    """

    metric: str
    """Path in the report, with dots: `model.roc_auc`."""

    minimum: float | None = None
    maximum: float | None = None

    above: str | None = None
    """Path of another metric that this one must reach or exceed, by at least `by`."""

    below: str | None = None
    """Path of another metric that this one must reach or stay under, by at least `by`."""

    by: float = 0.0

    def __post_init__(self) -> None:
        given = [name for name in _BOUNDS if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError(
                f"rule for {self.metric!r} has {given or 'no bound'}; give one of {', '.join(_BOUNDS)}"
            )
        if self.by and given[0] not in {"above", "below"}:
            raise ValueError(f"rule for {self.metric!r}: `by` goes with `above` or `below`, not {given[0]!r}")
        for name in ("minimum", "maximum", "by"):
            number = getattr(self, name)
            if number is not None and not (_is_finite(number) and (name != "by" or number >= 0)):
                raise ValueError(f"rule for {self.metric!r}: {name} is {number!r}; give a finite number")

    def verdict(self, report: Mapping[str, Any]) -> Verdict:
        """Compares the report's metric with the bound."""
        try:
            value = metric(report, self.metric)
        except MissingMetricError as error:
            return Verdict(self.metric, passed=False, value=None, text=str(error))
        try:
            bound = self._bound(report)
        except MissingMetricError as error:
            return Verdict(self.metric, passed=False, value=value, text=str(error))
        upwards = self.minimum is not None or self.above is not None
        passed = value >= bound.number if upwards else value <= bound.number
        wanted = ("at least" if upwards else "at most") + f" {bound.text}"
        return Verdict(self.metric, passed, value, f"{self.metric} is {value:.6g}, wanted {wanted}")

    def _bound(self, report: Mapping[str, Any]) -> Bound:
        fixed = self.minimum if self.minimum is not None else self.maximum
        if fixed is not None:
            return Bound(number=fixed, text=f"{fixed:.6g}")
        path = self.above or self.below or ""
        other = metric(report, path)
        sign = 1 if self.above is not None else -1
        shift = f" {'+' if sign > 0 else '-'} {self.by:.6g}" if self.by else ""
        return Bound(number=other + sign * self.by, text=f"{path} {other:.6g}{shift}")


def metric(report: Mapping[str, Any], path: str) -> float:
    """The finite number at a dotted path. Raises MissingMetricError with what stands there instead."""
    value: Any = report
    for name in path.split("."):
        if not isinstance(value, Mapping) or name not in value:
            close = difflib.get_close_matches(path, known := sorted(_paths(report)), n=1)
            hint = f"did you mean {close[0]!r}?" if close else f"there is {', '.join(known[:10]) or 'none'}"
            raise MissingMetricError(f"{path} is not in the report; {hint}")
        value = value[name]
    if not _is_finite(value):
        raise MissingMetricError(f"{path} is {value!r}, not a finite number")
    return float(value)


def _is_finite(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _paths(report: Mapping[str, Any], prefix: str = "") -> list[str]:
    paths = []
    for name, value in report.items():
        if isinstance(value, Mapping):
            paths += _paths(value, f"{prefix}{name}.")
        elif isinstance(value, int | float):
            paths.append(f"{prefix}{name}")
    return paths
