"""The history of a model's champions as plain values: an append-only list of promotions and roll-backs."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, Literal

Kind = Literal["promotion", "roll_back"]


@dataclass(frozen=True, kw_only=True)
class Change:
    """One change of the champion."""

    number: int
    """Counts the changes of a model from 1, without gaps."""

    kind: Kind
    model_package_arn: str
    version: int
    replaces: str | None
    """ARN of the champion before; None for the first."""

    effective: datetime
    """From when on the version is the champion of the data: a backfill of an earlier day does not use it."""

    at: datetime
    """When the change was made."""

    by: str
    why: str
    token: str
    """The task instance that made the change: its retry finds it made."""

    evidence: Mapping[str, Any] = field(default_factory=dict)
    """What the decision was based on, such as the URI of a comparison."""

    def document(self) -> dict[str, Any]:
        """Plain JSON."""
        return {**asdict(self), "effective": self.effective.isoformat(), "at": self.at.isoformat()}


def change_of(document: Mapping[str, Any]) -> Change:
    """A change as `document` gave it."""
    times = {name: datetime.fromisoformat(document[name]) for name in ("effective", "at")}
    return Change(**{**document, **times})


def champion(history: Sequence[Change], moment: datetime | None = None) -> Change | None:
    """The champion at a moment of the data, by default the newest; None before the first.

    Of changes that are effective from the same moment the later made one counts.
    """
    known = [each for each in history if moment is None or each.effective <= moment]
    return max(known, key=_order, default=None)


def before(history: Sequence[Change], current: Change) -> Change | None:
    """The newest change to another version that took effect before the current one and was not rolled back since."""
    rolled_back = {each.replaces: each.number for each in history if each.kind == "roll_back"}
    sound = [
        each
        for each in history
        if each.model_package_arn != current.model_package_arn
        and _order(each) < _order(current)
        and each.number > rolled_back.get(each.model_package_arn, 0)
    ]
    return max(sound, key=_order, default=None)


def _order(change: Change) -> tuple[datetime, int]:
    return change.effective, change.number
