"""Numbers of a job, read from its request or its description: time limit, instances, billed time."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from airflow_mlmax.sagemaker.jobs import PROCESSING, TRAINING, TRANSFORM, TUNING, JobType

_LIMITS: Mapping[JobType, Sequence[str]] = {
    PROCESSING: ("StoppingCondition.MaxRuntimeInSeconds",),
    TRAINING: ("StoppingCondition.MaxWaitTimeInSeconds", "StoppingCondition.MaxRuntimeInSeconds"),
    TUNING: ("HyperParameterTuningJobConfig.ResourceLimits.MaxRuntimeInSeconds",),
    TRANSFORM: (),
}
_COMPUTE: Mapping[JobType, str] = {
    PROCESSING: "ProcessingResources.ClusterConfig",
    TRAINING: "ResourceConfig",
    TUNING: "TrainingJobDefinition.ResourceConfig",
    TRANSFORM: "TransformResources",
}
_TIMES: Mapping[JobType, tuple[str, str]] = {
    PROCESSING: ("ProcessingStartTime", "ProcessingEndTime"),
    TRAINING: ("TrainingStartTime", "TrainingEndTime"),
    TUNING: ("CreationTime", "HyperParameterTuningEndTime"),
    TRANSFORM: ("TransformStartTime", "TransformEndTime"),
}


_DAY = 24 * 3600
_DEFAULT_LIMITS: Mapping[JobType, int] = {
    PROCESSING: _DAY,
    TRAINING: _DAY,
    TUNING: 30 * _DAY,
    TRANSFORM: _DAY,  # SageMaker itself never ends a transform job
}

_MOST_STREAMS = 50


def time_limit(job_type: JobType, request: Mapping[str, Any], own: float | None = None) -> float:
    """Seconds that the job may take: what SageMaker grants it, waiting for spot included, else its task's own limit."""
    limits = (_at(request, path) for path in _LIMITS[job_type])
    return float(next((limit for limit in limits if limit is not None), own or _DEFAULT_LIMITS[job_type]))


def wait_limit(seconds: float, task_timeout: timedelta | None) -> float:
    """Seconds that a task waits: the job's own and slack, but less than the task's timeout.

    Airflow's own alarm must never be first: it would leave the task to be tried, and paid for, again.
    """
    if task_timeout is None:
        return seconds
    timeout = task_timeout.total_seconds()
    return min(seconds, timeout - min(30.0, timeout / 4))


def compute(job_type: JobType, request: Mapping[str, Any]) -> Any:
    """The part of a request or description that names the instances; the very object, for a change in place."""
    return _at(request, _COMPUTE[job_type])


def instance_count(job_type: JobType, request: Mapping[str, Any]) -> int:
    """Instances of the job, at least 1: those that AWS selected, or all groups of a heterogeneous cluster."""
    return sum(count for _, count in machines(job_type, request))


def machines(job_type: JobType, request: Mapping[str, Any]) -> list[tuple[str, int]]:
    """Instance type and count of each group: those that AWS selected, where it says so."""
    resources = compute(job_type, request) or {}
    groups = resources.get("InstanceGroups") or [resources]
    return [
        (
            str(group.get("SelectedInstanceType") or group.get("InstanceType") or "unknown"),
            int(group.get("SelectedInstanceCount") or group.get("InstanceCount") or 1),
        )
        for group in groups
    ]


def log_streams(job_type: JobType, request: Mapping[str, Any]) -> int:
    """Log streams to expect: one an instance; of a tuning job one a child, as far as their number is known."""
    if job_type is TUNING:
        limits = request.get("HyperParameterTuningJobConfig", {}).get("ResourceLimits", {})
        return int(limits.get("MaxNumberOfTrainingJobs") or _MOST_STREAMS)
    return instance_count(job_type, request)


def billable_seconds(job_type: JobType, description: Mapping[str, Any]) -> int:
    """Instance seconds that AWS bills: without spot savings, with a warm pool's idle time, for each instance.

    Processing and transform jobs report no billed time: theirs is an estimate from start to end. A tuning job's is a
    wall clock; its children know better.
    """
    if job_type is TUNING:
        return int(_at(description, "ConsumedResources.RuntimeInSeconds") or 0)
    return billed_seconds_each(job_type, description) * instance_count(job_type, description)


def billed_seconds_each(job_type: JobType, description: Mapping[str, Any]) -> int:
    """Seconds that AWS bills for each instance of a job that is no tuning job."""
    billed = description.get("BillableTimeInSeconds")
    if billed is None:
        billed = running_seconds(job_type, description)
    idle = _at(description, "WarmPoolStatus.ResourceRetainedBillableTimeInSeconds") or 0
    return int(billed + idle)


def running_seconds(job_type: JobType, description: Mapping[str, Any]) -> float:
    """Seconds between the start and the end of the work; 0 for a job that never started or is not over."""
    start, end = running_times(job_type, description)
    return (end - start).total_seconds() if start and end else 0.0


def running_times(
    job_type: JobType, description: Mapping[str, Any]
) -> tuple[datetime | None, datetime | None]:
    """Start and end of the work, each None while there is none."""
    start, end = (description.get(key) for key in _TIMES[job_type])
    return (start if isinstance(start, datetime) else None, end if isinstance(end, datetime) else None)


def _at(value: Any, path: str) -> Any:
    for key in path.split("."):
        value = value.get(key) if isinstance(value, Mapping) else None
    return value
