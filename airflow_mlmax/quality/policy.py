"""What a gate does about failed checks."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal

from .results import CheckResult
from .suites import SEVERITIES, Check

_FAIL_ON = ("critical", "warning", "never")
_QUARANTINE = ("off", "rows")


@dataclass(frozen=True, kw_only=True)
class Policy:
    """When a gate closes, and where bad rows go."""

    fail_on: Literal["critical", "warning", "never"] = "critical"
    """The severity from which on a failed check closes the gate."""

    max_bad_row_pct: float = 0.0
    """Bad rows that are let through or quarantined, in percent of all; being within one of the two limits is enough."""

    max_bad_rows: int = 0
    quarantine: Literal["off", "rows"] = "off"
    """`rows`: bad rows are taken out, and the rest must then hold every other check again."""

    min_rows: int = 1
    """Fewer rows close the gate, whatever the checks say."""

    def __post_init__(self) -> None:
        if self.fail_on not in _FAIL_ON:
            raise ValueError(f"fail_on is {self.fail_on!r}; give one of {', '.join(_FAIL_ON)}")
        if self.quarantine not in _QUARANTINE:
            raise ValueError(f"quarantine is {self.quarantine!r}; give one of {', '.join(_QUARANTINE)}")
        for name in ("max_bad_row_pct", "max_bad_rows", "min_rows"):
            if not _is_count(getattr(self, name)):
                raise ValueError(f"{name} is {getattr(self, name)!r}; give a number that is not negative")
        if self.max_bad_row_pct > 100:  # noqa: PLR2004
            raise ValueError(f"max_bad_row_pct is {self.max_bad_row_pct!r}; give percent, from 0 to 100")

    def closes(self, result: CheckResult) -> bool:
        """Whether this failed check closes the gate, unless it is a row rule within the limits."""
        return (
            result.failed and self.fail_on != "never" and result.check.rank >= SEVERITIES.index(self.fail_on)
        )

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


def _is_count(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value >= 0
