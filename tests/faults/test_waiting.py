"""The wait itself: long, in one region, without secrets, and without the optional aiobotocore."""

import sys
import threading
from collections.abc import Callable
from typing import Any

import pytest
from attempts import Job, Site, TaskInstance, until
from families import ARGUMENTS

from airflow_mlmax.operators.training import TrainingJobOperator

MARKER = "xyzzy-marker-0815"
both_modes = pytest.mark.parametrize("deferrable", [False, True], ids=["waiting", "deferred"])


@both_modes
def test_a_job_may_take_more_than_sixty_polls(site: Site, job: Callable[..., Job], deferrable: bool) -> None:
    """The deadline is a time, never a count of polls."""
    task = job(deferrable=deferrable, poll_interval=0.02, stream_logs=False)
    task.hold()

    def release() -> None:
        until(lambda: site.calls.count("DescribeProcessingJob") > 65)
        task.release()

    releasing = threading.Thread(target=release)
    releasing.start()
    assert task.run().state == "success"
    releasing.join()
    assert task.statuses() == ["Completed"]


@both_modes
def test_a_run_stays_in_its_region(site: Site, deferrable: bool) -> None:
    """Jobs, logs and code: every client gets the region of the operator."""
    arguments = {**ARGUMENTS[TrainingJobOperator], "poll_interval": 0.1, "region_name": "eu-west-1"}
    task = TaskInstance(lambda: TrainingJobOperator(task_id="task", deferrable=deferrable, **arguments))
    assert task.run().state == "success"
    services = {"sagemaker", "logs"}
    assert {call.region for call in site.calls.list() if call.service in services} == {"eu-west-1"}
    assert {call.service for call in site.calls.list()} >= services


@both_modes
def test_no_value_of_the_environment_or_the_hyperparameters_is_in_a_log_or_an_xcom(
    site: Site, capfd: pytest.CaptureFixture[str], deferrable: bool
) -> None:
    """They may be secrets; the request in the log hides them, and so does the error."""
    site.faults.add("fail", family="TrainingJob", times=1)
    arguments = {
        **ARGUMENTS[TrainingJobOperator],
        "poll_interval": 0.1,
        "environment": {"GREETING": MARKER},
        "hyperparameters": {"greeting": MARKER},
    }
    task = TaskInstance(lambda: TrainingJobOperator(task_id="task", deferrable=deferrable, **arguments))
    attempt = task.run()
    assert attempt.state == "failed"
    assert MARKER not in str(attempt.error)
    assert MARKER not in str(attempt.xcoms)
    captured = capfd.readouterr()
    assert "GREETING" in captured.out
    assert MARKER not in captured.out + captured.err


@both_modes
def test_a_success_with_a_stale_description_is_a_success(site: Site, deferrable: bool) -> None:
    """Status and message do not always change together; nothing is read from the message."""
    site.faults.add("stale_message", family="TrainingJob")
    arguments: dict[str, Any] = {**ARGUMENTS[TrainingJobOperator], "poll_interval": 0.1}
    task = TaskInstance(lambda: TrainingJobOperator(task_id="task", deferrable=deferrable, **arguments))
    assert task.run().state == "success"


def test_deferring_needs_no_aiobotocore(job: Callable[..., Job]) -> None:
    """It would pull botocore back to an older version."""
    assert job().run().state == "success"
    assert "aiobotocore" not in sys.modules


def test_a_whole_run_takes_five_calls_and_its_log(site: Site, job: Callable[..., Job]) -> None:
    """One Create, a look or two, one last Describe, one tag; no Describe or List before the Create."""
    assert job(poll_interval=5).run().state == "success"
    operations = [call.operation for call in site.calls.list() if call.service == "sagemaker"]
    assert (operations[0], operations[-1]) == ("CreateProcessingJob", "AddTags")
    assert set(operations[1:-1]) == {"DescribeProcessingJob"}
    assert len(operations) <= 5
