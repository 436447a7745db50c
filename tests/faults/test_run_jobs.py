"""Every job of every try is in the record of the run with its cost, and what cannot be known is not taken for nothing."""

from collections.abc import Callable
from typing import Any

import pytest
from attempts import Job, Site, TaskInstance
from families import ARGUMENTS

from airflow_mlmax.costs.prices import prices_of
from airflow_mlmax.hooks.sagemaker import SageMakerJobHook
from airflow_mlmax.operators.run_jobs import RunJobs
from airflow_mlmax.operators.tuning import TuningJobOperator
from airflow_mlmax.sagemaker.jobs import JobKey

DOLLAR_A_SECOND = {"ml.m5.large": {"Training": 3600.0, "Processing": 3600.0}}


@pytest.fixture
def jobs() -> RunJobs:
    hook = SageMakerJobHook(aws_conn_id="aws_default", region_name="us-east-1", patience=0, attempts=1)
    return RunJobs(hook, prices_of("us-east-1", DOLLAR_A_SECOND))


def of(jobs: RunJobs, task: TaskInstance, xcom: dict[str, Any]) -> list[dict[str, Any]]:
    key = JobKey("", task.dag_id, task.run_id, task.operator.task_id, task.map_index)
    return jobs.of(task.operator, key, xcom)


def test_the_jobs_of_failed_tries_and_of_before_a_clear_are_found(
    site: Site, job: Callable[..., Job], jobs: RunJobs
) -> None:
    """Two tries and one more after a clear: three jobs, each with its try; what the last has told of its cost counts."""
    site.faults.add("capacity", family="ProcessingJob", times=1)
    task = job()
    assert task.run().state == "up_for_retry"
    assert task.run().state == "success"
    task.clear()
    told = task.run().xcoms
    found = of(jobs, task, told)
    assert [each["name"] for each in found] == task.jobs
    assert [(each["number"], each["try_number"], each["status"]) for each in found] == [
        (1, 1, "Failed"),
        (2, 2, "Completed"),
        (3, 3, "Completed"),
    ]
    assert [each["cost_usd"] for each in found] == [
        *(float(each["billable_seconds"]) for each in found[:2]),
        told["cost"]["usd"],
    ]


@pytest.mark.usefixtures("site")
def test_a_search_that_failed_costs_what_its_trainings_have_cost(jobs: RunJobs) -> None:
    """Its task could not tell: it demands more completed trainings than there were."""
    task = TaskInstance(
        lambda: TuningJobOperator(
            task_id="search", poll_interval=0.1, **{**ARGUMENTS[TuningJobOperator], "min_completed": 2}
        )
    )
    attempt = task.run()
    assert attempt.state == "failed"
    (found,) = of(jobs, task, {"job_name": attempt.xcoms["job_name"]})
    assert (found["status"], found["unknown_prices"]) == ("Completed", [])
    assert found["cost_usd"] == found["billable_seconds"] > 0


def test_the_cost_of_a_job_that_goes_on_is_unknown(job: Callable[..., Job], jobs: RunJobs) -> None:
    """Such as one that a task left running when it was marked."""
    task = job()
    task.hold()
    task.start()
    (found,) = of(jobs, task, {})
    assert (found["status"], found.get("cost_usd")) == ("InProgress", None)


def test_an_api_that_is_away_is_asked_once_and_hides_no_cost(
    site: Site, job: Callable[..., Job], jobs: RunJobs
) -> None:
    """The jobs are known by their names; the last one's cost is what the task has told, that of the others unknown."""
    task = job()
    told = task.run().xcoms
    site.faults.add("http", operation="DescribeProcessingJob", status=503, times=None)
    later = {**told, "job_name": task.name(2)}
    for _ in range(2):
        first, last = of(jobs, task, later)
        assert (first["name"], first.get("cost_usd")) == (task.name(1), None)
        assert (last["name"], last["cost_usd"]) == (task.name(2), told["cost"]["usd"])
    assert site.faults.hits("http") == 1


def test_tasks_without_jobs_ask_nothing(site: Site, jobs: RunJobs) -> None:
    """Whatever their XCom says."""
    assert jobs.of(object(), JobKey("", "d", "r", "t"), {"job_name": "odd"}) == []
    assert site.calls.list() == []
