"""What a gate does about failed checks."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import Any, Literal

from .results import CheckResult
from .suites import SEVERITIES, Check

_WORDS = {
    "fail_on": ("critical", "warning", "never"),
    "quarantine": ("off", "rows", "batch"),
    "on_error": ("fail", "warn"),
    "on_fail": ("stop", "ask"),
}


@dataclass(frozen=True, kw_only=True)
class Policy:
    """When a gate closes, and where bad rows go."""

    fail_on: Literal["critical", "warning", "never"] = "critical"
    """The severity from which on a failed check closes the gate."""

    max_bad_row_pct: float = 0.0
    """Bad rows that are let through or quarantined, in percent of all; being within one of the two limits is enough."""

    max_bad_rows: int = 0
    quarantine: Literal["off", "rows", "batch"] = "off"
    """`rows`: bad rows are taken out, and the rest must then hold every other check again; `batch`: the objects of data
    that close the gate are copied aside, with the reasons."""

    min_rows: int = 1
    """Fewer rows close the gate, whatever the checks say."""

    on_error: Literal["fail", "warn"] = "fail"
    """`warn`: a check that could not be evaluated leaves the gate undecided only if its failure would close it."""

    on_fail: Literal["stop", "ask"] = "stop"
    """`ask`: a person decides whether data that failed go on."""

    advisory_before: str | None = None
    """ISO date or time: what would close the gate is a warning for data that end no later."""

    def __post_init__(self) -> None:
        for name, words in _WORDS.items():
            if getattr(self, name) not in words:
                raise ValueError(f"{name} is {getattr(self, name)!r}; give one of {', '.join(words)}")
        for name in ("max_bad_row_pct", "max_bad_rows", "min_rows"):
            if not _is_count(getattr(self, name)):
                raise ValueError(f"{name} is {getattr(self, name)!r}; give a number that is not negative")
        if self.max_bad_row_pct > 100:  # noqa: PLR2004
            raise ValueError(f"max_bad_row_pct is {self.max_bad_row_pct!r}; give percent, from 0 to 100")
        if self.advisory_before is not None:
            moment(self.advisory_before, "advisory_before")

    def closes(self, result: CheckResult) -> bool:
        """Whether this failed check closes the gate, unless it is a row rule within the limits."""
        return (
            result.failed and self.fail_on != "never" and result.check.rank >= SEVERITIES.index(self.fail_on)
        )

    def is_undecided_by(self, result: CheckResult) -> bool:
        """Whether the gate cannot decide because this check could not be evaluated."""
        if result.error is None:
            return False
        return self.on_error == "fail" or (
            self.fail_on != "never" and result.check.rank >= SEVERITIES.index(self.fail_on)
        )

    def is_advisory(self, data_end: datetime | None) -> bool:
        """Whether failures of data that end at this moment only warn; of data without a time they do not."""
        if self.advisory_before is None or data_end is None:
            return False
        return data_end <= moment(self.advisory_before, "advisory_before")

    def makes_bad_rows(self, check: Check) -> bool:
        """Whether the rows that break this check are bad rows."""
        least = "critical" if self.fail_on == "never" else self.fail_on
        return check.is_row_rule and check.rank >= SEVERITIES.index(least)

    def allows(self, bad: int, rows: int) -> bool:
        """Whether so many bad rows are within a limit."""
        return self.fail_on == "never" or bad <= self.max_bad_rows or 100 * bad <= self.max_bad_row_pct * rows


def policy_of(members: Mapping[str, Any]) -> Policy:
    """A policy from plain JSON.

    :raises ValueError: names the member that is unknown or wrong
    """
    known = [each.name for each in fields(Policy)]
    if unknown := sorted(members.keys() - set(known)):
        raise ValueError(f"policy has no {', '.join(unknown)}; known are {', '.join(known)}")
    return Policy(**members)


def moment(text: str, name: str) -> datetime:
    """A moment from an ISO date or time, in UTC where it names no zone.

    :param name: what to call it in an error
    :raises ValueError: it is neither
    """
    try:
        found = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        raise ValueError(f"{name} is {text!r}; give a date or time in ISO form") from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _is_count(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value >= 0
