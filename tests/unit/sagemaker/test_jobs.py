"""Names that are short enough, legal, and never shared by two pieces of work."""

import re
from dataclasses import replace

import pytest

from airflow_mlmax.sagemaker.jobs import JOB_TYPES, PROCESSING, TRAINING, TUNING, JobKey, JobStatus, JobType

KEY = JobKey("flights/prod", "flights_training", "manual__2026-01-01T00:00:00+00:00", "train")


@pytest.mark.parametrize("job_type", JOB_TYPES.values(), ids=JOB_TYPES)
@pytest.mark.parametrize("number", [1, 999])
def test_a_name_obeys_the_pattern_and_length_of_its_family(job_type: JobType, number: int) -> None:
    """SageMaker accepts the name, also of a task with a long and strange id."""
    key = replace(KEY, dag_id="d" * 200, task_id="group.tâche-_-1")
    for name in (KEY.job_name(job_type, number), key.job_name(job_type, number)):
        assert len(name) <= job_type.max_name_length
        assert re.fullmatch(r"[a-zA-Z0-9](-*[a-zA-Z0-9])*", name)


@pytest.mark.parametrize(
    "other",
    [
        replace(KEY, namespace="flights/dev"),
        replace(KEY, dag_id="other"),
        replace(KEY, run_id="manual__2026-01-02T00:00:00+00:00"),
        replace(KEY, task_id="evaluate"),
        replace(KEY, map_index=0),
    ],
    ids=["namespace", "dag", "run", "task", "map index"],
)
def test_every_part_of_the_key_changes_the_name(other: JobKey) -> None:
    """Two projects with the same DAG and run ids in one account never share a name."""
    assert other.job_name(PROCESSING, 1) != KEY.job_name(PROCESSING, 1)


def test_a_name_is_the_same_in_every_process() -> None:
    """The name is a function of the key alone: another worker, another day, another Python finds the same job."""
    assert KEY.job_name(TRAINING, 2) == "flights-training-train-" + KEY.digest[:12] + "-2"


@pytest.mark.parametrize(
    ("value", "active", "successful", "known"),
    [
        ("InProgress", True, False, True),
        ("Stopping", True, False, True),
        ("Completed", False, True, True),
        ("Failed", False, False, True),
        ("Stopped", False, False, True),
        ("Deleting", False, False, False),
        ("None", False, False, False),
    ],
)
def test_only_completed_is_a_success(value: str, active: bool, successful: bool, known: bool) -> None:
    """One table of states: what is not known as active is over, what is over but Completed is a failure."""
    status = JobStatus(value)
    assert (status.is_active, status.is_successful, status.is_known) == (active, successful, known)


def test_one_resource_name_spells_every_call() -> None:
    """The family needs no table of its own for calls and keys."""
    assert TUNING.operation("List") == "ListHyperParameterTuningJobs"
    assert TUNING.summaries_key == "HyperParameterTuningJobSummaries"
    assert TUNING.status({"HyperParameterTuningJobStatus": "Stopped"}) == JobStatus("Stopped")
