"""Time limits, instances and billed seconds of every family."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from airflow_mlmax.sagemaker.jobs import PROCESSING, TRAINING, TRANSFORM, TUNING, JobType
from airflow_mlmax.sagemaker.measures import (
    billable_seconds,
    instance_count,
    log_streams,
    running_seconds,
    time_limit,
)

START = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("job_type", "request_", "own", "seconds"),
    [
        (PROCESSING, {"StoppingCondition": {"MaxRuntimeInSeconds": 60}}, None, 60),
        (PROCESSING, {}, None, 86400),
        (TRAINING, {"StoppingCondition": {"MaxRuntimeInSeconds": 60, "MaxWaitTimeInSeconds": 90}}, None, 90),
        (
            TUNING,
            {"HyperParameterTuningJobConfig": {"ResourceLimits": {"MaxRuntimeInSeconds": 70}}},
            None,
            70,
        ),
        (TUNING, {"HyperParameterTuningJobConfig": {"ResourceLimits": {}}}, None, 30 * 86400),
        (TRANSFORM, {}, 120, 120),
        (TRANSFORM, {}, None, 86400),
    ],
    ids=["processing", "default", "spot", "tuning", "tuning unlimited", "transform's own", "transform"],
)
def test_the_time_limit_is_the_jobs_own(
    job_type: JobType, request_: dict[str, Any], own: float | None, seconds: float
) -> None:
    """The deadline of a wait follows from what the request grants the job."""
    assert time_limit(job_type, request_, own) == seconds


def test_a_heterogeneous_cluster_counts_all_its_groups() -> None:
    """A request with InstanceGroups has no InstanceCount of its own."""
    groups = [{"InstanceCount": 2}, {"InstanceCount": 3}]
    assert instance_count(TRAINING, {"ResourceConfig": {"InstanceGroups": groups}}) == 5
    assert instance_count(TUNING, {"TrainingJobDefinitions": []}) == 1


def test_a_tuning_job_has_a_log_stream_for_each_child() -> None:
    """Streams are listed until as many are known as the job may have children, or as one list holds."""
    limits = {"MaxNumberOfTrainingJobs": 7}
    assert log_streams(TUNING, {"HyperParameterTuningJobConfig": {"ResourceLimits": limits}}) == 7
    assert log_streams(TUNING, {"HyperParameterTuningJobConfig": {}}) == 50
    assert log_streams(TRAINING, {"ResourceConfig": {"InstanceCount": 2}}) == 2


def test_spot_savings_and_clusters_enter_the_bill() -> None:
    """BillableTimeInSeconds counts, times the instances, not the time between start and end."""
    description = {
        "BillableTimeInSeconds": 40,
        "TrainingStartTime": START,
        "TrainingEndTime": START + timedelta(seconds=100),
        "ResourceConfig": {"InstanceCount": 2},
    }
    assert billable_seconds(TRAINING, description) == 80


def test_families_without_a_bill_are_measured_by_the_clock() -> None:
    """Processing and Transform answer no billed time."""
    description = {"ProcessingStartTime": START, "ProcessingEndTime": START + timedelta(seconds=7)}
    assert billable_seconds(PROCESSING, description) == 7
    assert billable_seconds(TUNING, {"ConsumedResources": {"RuntimeInSeconds": 99}}) == 99


def test_a_job_that_never_started_cost_nothing() -> None:
    """A missing start or end time is no error."""
    assert running_seconds(TRANSFORM, {"TransformEndTime": START}) == 0.0
    assert billable_seconds(TRANSFORM, {}) == 0
