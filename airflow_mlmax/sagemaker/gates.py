"""Rules that a model's metrics must satisfy, and why a rule holds or does not."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, Literal

from airflow_mlmax.sagemaker.metric_paths import STAR, MissingMetricError, SlicePath, is_finite, metric

CHAMPION = "champion"
"""First name of a path that leads into the report of the model in use: `champion.model.roc_auc`."""

_BOUNDS = ("minimum", "maximum", "above", "below")


@dataclass(frozen=True)
class Verdict:
    """What a rule says of one metric."""

    metric: str
    state: Literal["pass", "fail", "skip"]
    """`skip`: not judged, for a reason that the rule or the gate allows for."""

    value: float | None
    """The metric, or None if it is missing or no finite number."""

    text: str
    """The comparison with its numbers, or what is wrong with the metric; one line."""

    @property
    def passed(self) -> bool:
        return self.state != "fail"


@dataclass(frozen=True, kw_only=True)
class Bound:
    """The number that a metric is compared with, and how it came about."""

    number: float
    text: str


@dataclass(frozen=True)
class Rule:
    """One bound of one metric. What cannot be compared never passes: no metric, NaN, infinity, text, no slice.

    Exactly one of `minimum`, `maximum`, `above` and `below` is given. Reaching a bound is enough.
    """

    metric: str
    """Path in the report, with dots: `model.roc_auc`. `slices.origin=*.roc_auc` asks the same of every slice."""

    minimum: float | None = None
    maximum: float | None = None

    above: str | None = None
    """Path of another metric that this one must reach or exceed; `champion.model.roc_auc` is one of the model in use."""

    below: str | None = None
    """Path of another metric that this one must reach or stay under."""

    by: float = 0.0
    """How much better than the other metric it must be."""

    within: float = 0.0
    """How much worse than the other metric it may be."""

    min_rows: int = 0
    """Slices with fewer `rows` are listed, not judged; one slice at least must have so many."""

    def __post_init__(self) -> None:
        for fault in (self._bound_fault(), self._shift_fault(), self._slices_fault()):
            if fault:
                raise ValueError(f"rule for {self.metric!r}{fault}")

    def __str__(self) -> str:
        fixed = self.minimum if self.minimum is not None else self.maximum
        wanted = f"{self.above or self.below}{self._shown_shift}" if fixed is None else f"{fixed:.6g}"
        rows = f", judged where there are {self.min_rows} rows" if self.min_rows else ""
        return f"{self.metric}: {self._wanted} {wanted}{rows}"

    @property
    def needs_champion(self) -> bool:
        """Whether it compares with the model in use."""
        return (self.above or self.below or "").startswith(f"{CHAMPION}.")

    def verdicts(self, report: Mapping[str, Any], champion: Mapping[str, Any] | None = None) -> list[Verdict]:
        """Compares the report's metric with the bound: one verdict, or one for each slice.

        :param champion: report of the model in use
        """
        known = {**report, CHAMPION: champion or {}}
        return self._of_slices(known) if STAR in self.metric else [self._verdict(known)]

    def _of_slices(self, known: Mapping[str, Any]) -> list[Verdict]:
        path, other = SlicePath(self.metric), self.above or self.below or ""
        values = path.values(known)
        if STAR in other:
            values |= self._expected(known, SlicePath(other))
        if not values:
            return [Verdict(self.metric, "fail", None, f"the report has no slice {self.metric}")]
        found = [self._of_slice(known, path, value) for value in sorted(values)]
        if all(verdict.state == "skip" for verdict in found):
            few = f"no slice of {self.metric} has {self.min_rows} rows"
            found.append(Verdict(self.metric, "fail", None, few))
        return found

    def _expected(self, known: Mapping[str, Any], other: SlicePath) -> set[str]:
        """Slices that the other side was judged on: one that is gone from the report has not become good."""
        expected = set()
        for value in other.values(known):
            with suppress(MissingMetricError):  # judged on nobody knows how many rows is not judged
                expected |= {value} if self._rows(known, other, value) >= self.min_rows else set()
        return expected

    def _of_slice(self, known: Mapping[str, Any], path: SlicePath, value: str) -> Verdict:
        name = path.of(value)
        try:
            rows = self._rows(known, path, value)
        except MissingMetricError as error:
            return Verdict(name, "fail", None, str(error))
        if rows < self.min_rows:
            few = f"{name}: {rows:.0f} rows, fewer than {self.min_rows}: not judged"
            return Verdict(name, "skip", None, few)
        above, below = (each and each.replace(STAR, value) for each in (self.above, self.below))
        one = replace(self, metric=name, above=above, below=below, min_rows=0)
        return one.verdicts(known, known[CHAMPION])[0]

    def _rows(self, known: Mapping[str, Any], path: SlicePath, value: str) -> float:
        return metric(known, path.rows(value)) if self.min_rows else 0

    def _verdict(self, known: Mapping[str, Any]) -> Verdict:
        try:
            value = metric(known, self.metric)
        except MissingMetricError as error:
            return Verdict(self.metric, "fail", None, str(error))
        try:
            bound = self._bound(known)
        except MissingMetricError as error:
            return Verdict(self.metric, "fail", value, str(error))
        passed = value >= bound.number if self._upwards else value <= bound.number
        text = f"{self.metric} is {value:.6g}, wanted {self._wanted} {bound.text}"
        return Verdict(self.metric, "pass" if passed else "fail", value, text)

    def _bound(self, known: Mapping[str, Any]) -> Bound:
        fixed = self.minimum if self.minimum is not None else self.maximum
        if fixed is not None:
            return Bound(number=fixed, text=f"{fixed:.6g}")
        path = self.above or self.below or ""
        other = metric(known, path)
        return Bound(number=other + self._shift, text=f"{path} {other:.6g}{self._shown_shift}")

    @property
    def _upwards(self) -> bool:
        return self.minimum is not None or self.above is not None

    @property
    def _wanted(self) -> str:
        return "at least" if self._upwards else "at most"

    @property
    def _shift(self) -> float:
        """What is added to the other metric."""
        return (self.by - self.within) * (1 if self._upwards else -1)

    @property
    def _shown_shift(self) -> str:
        return f" {'+' if self._shift > 0 else '-'} {abs(self._shift):.6g}" if self._shift else ""

    def _bound_fault(self) -> str | None:
        given = [name for name in _BOUNDS if getattr(self, name) is not None]
        if len(given) != 1:
            return f" has {given or 'no bound'}; give one of {', '.join(_BOUNDS)}"
        for name in ("minimum", "maximum"):
            number = getattr(self, name)
            if number is not None and not is_finite(number):
                return f": {name} is {number!r}; give a finite number"
        return None

    def _shift_fault(self) -> str | None:
        if (self.by or self.within) and not (self.above or self.below):
            return ": `by` and `within` go with `above` or `below`"
        for name in ("by", "within", "min_rows"):
            number = getattr(self, name)
            if not is_finite(number) or number < 0:
                return f": {name} is {number!r}; give a number that is not negative"
        return None

    def _slices_fault(self) -> str | None:
        other = self.above or self.below or ""
        if STAR not in self.metric and (self.min_rows or STAR in other):
            return f" names no slices with {STAR}, so neither `min_rows` nor the other metric can"
        try:
            for path in (self.metric, other):
                if STAR in path:
                    SlicePath(path)
        except ValueError as error:
            return f": {error}"
        return None


def judge(
    rules: Sequence[Rule],
    report: Mapping[str, Any],
    champion: Mapping[str, Any] | None,
    *,
    without_champion: Literal["pass", "fail"],
) -> list[Verdict]:
    """All verdicts of all rules on a report.

    :param champion: report of the model in use; None if there is no such model yet
    :param without_champion: what a rule that compares with the champion says where there is none
    """
    found: list[Verdict] = []
    for rule in rules:
        if rule.needs_champion and champion is None:
            state: Literal["skip", "fail"] = "skip" if without_champion == "pass" else "fail"
            text = f"{rule.metric}: there is no champion yet to compare with (without_champion: {without_champion})"
            found.append(Verdict(rule.metric, state, None, text))
        else:
            found += rule.verdicts(report, champion)
    return found
