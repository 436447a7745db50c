"""Whether a model is trained again: a pure function of what is known and of the model's brakes."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal

from airflow_mlmax.specs.retraining import Brakes, Causes, DriftBrakes

Cause = Literal["schedule", "new_data", "drift", "request"]


@dataclass(frozen=True)
class Training:
    """The newest training that is known to have begun, whether a version came of it or not."""

    until: date
    """The day after the last one that it used."""

    at: datetime
    who: str
    """The version or the retraining run, for sentences."""


@dataclass(frozen=True)
class Evidence:
    """What is known when a run decides."""

    at: datetime
    causes: Sequence[Cause]
    until: date | None
    """The day after the last one with labels, up to the day that the run is about; None where none has come since `seen_until`."""

    last: Training | None
    seen_until: date | None
    """The end of the window of the newest registered version."""

    new_rows: int = 0
    """Labelled rows from `seen_until` to `until`."""

    drift_days: Sequence[date] = ()
    """Days on which the monitors found drift, in any order."""

    on_the_way: Sequence[str] = ()
    """Trainings that wait or run, as sentences."""

    backfill: bool = False

    @property
    def streak(self) -> list[date]:
        """Days with drift that the last training has not seen."""
        days = sorted(set(self.drift_days))
        return [day for day in days if self.last is None or day >= self.last.until]


def decide(policy: Causes, evidence: Evidence) -> dict[str, Any]:
    """The decision as plain values.

    `retrain`; `reason` in one sentence; `causes`: for each `cause` what it `says` and what it is `held` by; `held`: what holds back
    whatever the cause; `figures`; `until`.
    """
    causes = [_judged(cause, policy.brakes(cause), evidence) for cause in evidence.causes]
    held = list(_always(evidence))
    free = [each for each in causes if not each["held"]]
    retrain = bool(free) and not held
    return {
        "retrain": retrain,
        "reason": _reason(free if retrain else causes, held),
        "causes": causes,
        "held": held,
        "until": str(evidence.until) if evidence.until else None,
        "figures": _figures(evidence),
    }


def told(decision: Mapping[str, Any]) -> str:
    """A decision in a few lines of a log."""
    lines = [f"{'training' if decision['retrain'] else 'no training'}: {decision['reason']}"]
    for each in decision["causes"]:
        lines += [f"{each['cause']}: {each['says']}", *(f"  - held: {held}" for held in each["held"])]
    lines += [f"whatever the cause: {held}" for held in decision["held"]]
    lines += [f"{name} = {value}" for name, value in decision["figures"].items()]
    if decision.get("conf"):
        lines.append(f"conf of the training = {decision['conf']}")
    return "\n".join(lines)


def _always(evidence: Evidence) -> Iterator[str]:
    if evidence.backfill:
        yield "a backfill never trains"
    if evidence.last is None:
        yield "no version is registered that says until when it was trained; run the training DAG once"
    elif evidence.until is None or evidence.until <= evidence.last.until:
        yield f"there are no labels after those of {evidence.last.who}, until {evidence.last.until}"
    yield from evidence.on_the_way


def _judged(cause: Cause, brakes: Brakes | None, evidence: Evidence) -> dict[str, Any]:
    says = {
        "schedule": "the schedule asks for it",
        "new_data": "new labelled data",
        "drift": _drift(evidence),
        "request": "a person asks for it",
    }[cause]
    held = ["the model's settings give it no brakes, so it causes nothing"] if brakes is None else []
    return {
        "cause": cause,
        "says": says,
        "held": held or [*_held(brakes or Brakes(), evidence)],
    }


def _held(brakes: Brakes, evidence: Evidence) -> Iterator[str]:
    if isinstance(brakes, DriftBrakes):
        yield from _too_short(brakes, evidence)
    if evidence.new_rows < brakes.min_new_rows:
        yield f"new rows: about {evidence.new_rows} since {evidence.seen_until}; {brakes.min_new_rows} are needed"
    if evidence.last is not None:
        yield from _too_soon(brakes, evidence, evidence.last)


def _too_short(brakes: DriftBrakes, evidence: Evidence) -> Iterator[str]:
    apart = timedelta(days=brakes.days_apart)
    row = evidence.streak[-1:]
    for day in reversed(evidence.streak[:-1]):
        if row[0] - day > apart:
            break
        row.insert(0, day)
    if len(row) < brakes.in_a_row:
        listed = f" ({', '.join(map(str, row))})" if row else ""
        yield f"breaches in a row: {len(row)}{listed}; {brakes.in_a_row} are needed"


def _too_soon(brakes: Brakes, evidence: Evidence, last: Training) -> Iterator[str]:
    days = (evidence.until - last.until).days if evidence.until else 0
    if days < brakes.cool_down_days:
        yield f"cool-down: {days} days of data after {last.who}, until {last.until}; {brakes.cool_down_days} are needed"
    hours = _hours(evidence, last)
    if hours < brakes.cool_down_hours:
        yield f"cool-down: {hours} hours after {last.who}; {brakes.cool_down_hours} are needed"


def _hours(evidence: Evidence, last: Training) -> float:
    return round((evidence.at - last.at) / timedelta(hours=1), 1)


def _drift(evidence: Evidence) -> str:
    days = evidence.streak
    return (
        f"drift on {', '.join(map(str, days))}" if days else "drift of days that the last training has seen"
    )


def _reason(causes: Sequence[Mapping[str, Any]], held: Sequence[str]) -> str:
    if not causes:
        return "no event that counts"
    parts = [*held] or [part for each in causes for part in each["held"]]
    return "; ".join(dict.fromkeys(parts or [each["says"] for each in causes]))


def _figures(evidence: Evidence) -> dict[str, Any]:
    last = evidence.last
    return {
        "until": str(evidence.until),
        "new_rows": evidence.new_rows,
        "seen_until": str(evidence.seen_until),
        "last_training": last.who if last else None,
        "last_until": str(last.until) if last else None,
        "hours_since": _hours(evidence, last) if last else None,
        "drift_days": [str(day) for day in evidence.streak],
    }
