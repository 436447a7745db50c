"""What Describe gains when a job ends, and the event that tells of it."""

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from airflow_mlmax.local.jobs import transitions
from airflow_mlmax.sagemaker.jobs import JOB_TYPES
from airflow_mlmax.sagemaker.shapes import shape_answer

if TYPE_CHECKING:
    from airflow_mlmax.local.jobs.execution import Cause
    from airflow_mlmax.local.jobs.job import Outcome
    from airflow_mlmax.local.store import Record

_PREFIX = {
    "ProcessingJob": "Processing",
    "TrainingJob": "Training",
    "TransformJob": "Transform",
    "HyperParameterTuningJob": "HyperParameterTuning",
}
_EVENT_WORDS = {**_PREFIX, "HyperParameterTuningJob": "HyperParameter Tuning"}

_LONGEST_REASON = 1024

_SPOT_SHARE = 0.3
"""Share of the training time that a spot job is billed here; AWS's own share follows the market."""


def start_key(kind: str) -> str | None:
    """Describe member for the time at which a job began to run; a tuning job has none."""
    return None if kind == "HyperParameterTuningJob" else f"{_PREFIX[kind]}StartTime"


def members(
    record: "Record", outcome: "Outcome", cause: "Cause | None", now: float, *, stale: bool
) -> dict[str, Any]:
    """Everything that changes with the last status, for one transaction. `now` in epoch seconds."""
    kind = record.kind
    answer = {
        **outcome.answer,
        JOB_TYPES[kind].status_key: outcome.status,
        f"{_PREFIX[kind]}EndTime": now,
        "LastModifiedTime": now,
    }
    if outcome.failure_reason:
        answer["FailureReason"] = outcome.failure_reason[:_LONGEST_REASON]
    if kind == "TrainingJob":
        answer |= transitions.closed(record.answer, _last_secondary(outcome, cause), now, stale=stale)
        answer |= _seconds(record, now)
    return answer


def _last_secondary(outcome: "Outcome", cause: "Cause | None") -> str:
    if outcome.status == "Stopped" and cause and cause.limit_exceeded:
        return cause.limit_exceeded
    return outcome.status


def _seconds(record: "Record", now: float) -> dict[str, int]:
    """Whole seconds, at least one, as AWS gives them; a job that never began costs nothing and has none."""
    start = record.answer.get("TrainingStartTime")
    if start is None:
        return {}
    if not record.request.get("EnableManagedSpotTraining"):
        trained = max(1, math.ceil(now - start))
        return {"TrainingTimeInSeconds": trained, "BillableTimeInSeconds": trained}
    trained = max(2, math.ceil(now - start))
    return {"TrainingTimeInSeconds": trained, "BillableTimeInSeconds": max(1, int(trained * _SPOT_SHARE))}


def event(record: "Record") -> tuple[str, dict[str, Any]]:
    """Detail type and detail of a state change: the Describe answer, times in milliseconds, tags as a map."""
    kind = record.kind
    detail = shape_answer(f"Describe{kind}", {**record.request, **record.answer})
    detail["Tags"] = {tag["Key"]: tag["Value"] for tag in record.request.get("Tags", ())}
    return f"SageMaker {_EVENT_WORDS[kind]} Job State Change", _in_milliseconds(detail)


def _in_milliseconds(value: Any, key: str = "") -> Any:
    if isinstance(value, Mapping):
        return {name: _in_milliseconds(member, name) for name, member in value.items()}
    if isinstance(value, list):
        return [_in_milliseconds(item) for item in value]
    if key.endswith("Time") and isinstance(value, float):
        return int(value * 1000)
    return value
