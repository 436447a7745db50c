"""What an engine says of one check; the same words whichever engine says it."""

import math
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Protocol

from .data import Data
from .suites import Check

SAMPLES = 3
LOOKED_AT = 20
"""Of so many bad values, the first, samples are taken; Great Expectations hands over no more."""

HIDDEN = "hidden"
_NOTHING = frozenset({"<NA>", "NaT"})


@dataclass(frozen=True)
class CheckResult:
    """The outcome of one check. One that has an `error` could not be evaluated: it neither holds nor fails."""

    check: Check
    success: bool
    element_count: int | None = None
    missing_count: int | None = None
    unexpected_count: int | None = None
    observed: Any = None
    sample: tuple[Any, ...] = ()
    error: str | None = None

    @property
    def failed(self) -> bool:
        return not self.success and self.error is None


class Engine(Protocol):
    """Runs checks on a table."""

    name: str

    @property
    def version(self) -> str:
        """The version of the library behind it."""

    def can_run(self, data: Data, check: Check) -> bool:
        """Whether it says of this check on these columns what the others say."""

    def run(self, data: Data, checks: Sequence[Check]) -> list[CheckResult]:
        """A result for each check, in their order."""

    def mark_failing(self, data: Data, checks: Sequence[Check]) -> None:
        """Notes in the data's table `failing` every row that is bad by one of these row rules."""


def without_values(result: CheckResult, sensitive: AbstractSet[str]) -> CheckResult:
    """The result with nothing in it that the data said, if the check is about a sensitive column; counts stay."""
    if sensitive.isdisjoint(result.check.columns):
        return result
    error = None if result.error is None else f"{HIDDEN}: the column is sensitive"
    return replace(result, observed=None if result.observed is None else HIDDEN, sample=(), error=error)


def of_values(
    check: Check, element_count: int, missing_count: int, unexpected_count: int, sample: Sequence[Any]
) -> CheckResult:
    """The result of a check of values: it holds if the share of good ones among the present is `mostly` or more."""
    present = element_count - missing_count
    success = present == 0 or (present - unexpected_count) / present >= check.mostly
    return CheckResult(check, success, element_count, missing_count, unexpected_count, sample=samples(sample))


def samples(values: Sequence[Any]) -> tuple[Any, ...]:
    """The first few values that differ from each other."""
    found: list[Any] = []
    for value in map(plain, values):
        if value is not None and value not in found:
            found.append(value)
    return tuple(found[:SAMPLES])


def of_aggregate(check: Check, observed: Any) -> CheckResult:
    """The result of a check of one number or time: what is not there, and NaN, are within no bounds."""
    return CheckResult(check, within(observed, check.kwargs), observed=plain(observed))


def within(value: Any, kwargs: Mapping[str, Any]) -> bool:
    """Whether a value lies within `min_value` and `max_value`, which `strict_min` and `strict_max` exclude."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return False
    low, high = kwargs.get("min_value"), kwargs.get("max_value")
    above = low is None or (value > low if kwargs.get("strict_min") else value >= low)
    below = high is None or (value < high if kwargs.get("strict_max") else value <= high)
    return bool(above and below)


def plain(value: Any) -> Any:
    """A value as JSON can say it: no numpy, no times, neither NaN nor infinity."""
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, Mapping):
        return {str(name): plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple | set):
        return [plain(each) for each in value]
    return _plain_scalar(value)


def _plain_scalar(value: Any) -> Any:
    if (
        value is None
        or isinstance(value, bool | int | str)
        or (isinstance(value, float) and math.isfinite(value))
    ):
        return value
    if str(value) in _NOTHING:
        return None
    return value.isoformat() if isinstance(value, date) else str(value)
