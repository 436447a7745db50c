"""IAM actions of the role that calls SageMaker, by what it calls."""

from collections.abc import Mapping
from typing import Any

from airflow_mlmax.sagemaker.jobs import JOB_TYPES, TRAINING, TRANSFORM, TUNING, JobType
from airflow_mlmax.sagemaker.monitoring import MONITOR_TYPES

OBJECTS = frozenset({"s3:GetObject", "s3:ListBucket", "s3:PutObject"})
"""To read and write small objects: code, verdicts, reports. S3 asks for the second where an object may be missing."""

LISTS = frozenset({"s3:GetObject", "s3:ListBucket"})
"""To tell whether data are the same as before. A job runs without them, and a backfill starts it again."""

LOGS = frozenset({"logs:DescribeLogStreams", "logs:GetLogEvents"})
METRICS = frozenset({"cloudwatch:PutMetricData"})
PASSING = "iam:PassRole"

_ROLES = frozenset({"RoleArn", "ExecutionRoleArn"})


def _sagemaker(*operations: str) -> frozenset[str]:
    return frozenset(f"sagemaker:{each}" for each in operations)


CHAMPION = _sagemaker("ListModelPackages", "DescribeModelPackage")
"""To find the newest approved version of a model."""


def _job(job_type: JobType) -> frozenset[str]:
    """To create a job exactly once, to know it again, to wait for it, to pass its log on, and to stop it."""
    calls = [
        *(job_type.operation(verb) for verb in ("Create", "Describe", "List", "Stop")),
        "AddTags",
        "ListTags",
    ]
    if job_type is TUNING:  # children are looked up one by one: only their descriptions say what is billed
        calls += [f"ListTrainingJobsFor{TUNING.resource}", TRAINING.operation("Describe")]
    if job_type is TRANSFORM:
        calls.append("DescribeModel")
    return _sagemaker(*calls) | LOGS | LISTS


BY_OPERATION: Mapping[str, frozenset[str]] = {
    **{job_type.operation("Create"): _job(job_type) for job_type in JOB_TYPES.values()},
    "CreateModel": _sagemaker("CreateModel", "DescribeModel", "AddTags"),
    "CreateModelPackageGroup": _sagemaker("CreateModelPackageGroup", "AddTags"),
    "CreateModelPackage": _sagemaker("CreateModelPackage", "DescribeModelPackage"),
    **{
        each.operation("Create"): _sagemaker(each.operation("Create"), each.operation("Describe"), "AddTags")
        for each in MONITOR_TYPES.values()
    },
    "CreateMonitoringSchedule": _sagemaker(
        *(f"{verb}MonitoringSchedule" for verb in ("Create", "Describe", "Update")), "AddTags", "ListTags"
    ),
    **{
        f"{verb}MonitoringSchedule": _sagemaker(f"{verb}MonitoringSchedule", "DescribeMonitoringSchedule")
        for verb in ("Delete", "Start", "Stop")
    },
}
"""What the operator that sends a request may call for the same work."""


def actions(operation: str, request: Mapping[str, Any]) -> frozenset[str]:
    """What a role needs to send a request and to do the work that belongs to it."""
    passed = {PASSING} if _names_a_role(request) else set()
    return BY_OPERATION[operation] | passed


def _names_a_role(value: Any) -> bool:
    if isinstance(value, Mapping):
        return not _ROLES.isdisjoint(value) or any(map(_names_a_role, value.values()))
    return isinstance(value, list) and any(map(_names_a_role, value))
