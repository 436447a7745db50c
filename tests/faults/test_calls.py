"""The API is busy, away, or says no: what a task makes of it."""

import asyncio
import json
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from attempts import Job, Site, until, wait

from airflow_mlmax import exceptions as errors
from airflow_mlmax.triggers import job as trigger_module

HTML = b"<html><body>Service temporarily unavailable</body></html>"
both_modes = pytest.mark.parametrize("deferrable", [False, True], ids=["waiting", "deferred"])
QUOTA = "The account-level service limit 'ml.m5.large for processing job usage' is {} Instances, with current utilization"


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "throttle", "times": 2},
        {"kind": "http", "status": 500, "times": 2},
        {"kind": "http", "status": 503, "times": 2},
        {"kind": "drop", "times": 2},
        {"kind": "lose_answer", "times": 1},
    ],
    ids=["throttled", "500", "503", "reset", "answer lost"],
)
def test_a_disturbed_create_makes_one_job(site: Site, job: Callable[..., Job], fault: dict[str, Any]) -> None:
    """Repeated until it succeeds; a Create whose answer was lost finds its own job."""
    site.faults.add(operation="CreateProcessingJob", **fault)
    task = job()
    assert task.run().state == "success"
    assert len(task.jobs) == 1
    assert site.faults.hits(fault["kind"]) == fault["times"]


@pytest.mark.usefixtures("impatient")
def test_an_api_that_stays_away_at_create_is_lost(site: Site, job: Callable[..., Job]) -> None:
    """The retry claims the same name, so nothing can be doubled."""
    site.faults.add("http", operation="CreateProcessingJob", status=503, times=10_000)
    task = job(botocore_config={"retries": {"total_max_attempts": 1}})
    attempt = task.run()
    assert attempt.state == "up_for_retry"
    assert type(attempt.error) is errors.ControlPlaneLostError
    site.faults.clear()
    assert task.run().state == "success"
    assert task.jobs == [task.name(1)]


@pytest.mark.parametrize(
    ("code", "message", "kind"),
    [
        ("ResourceLimitExceeded", QUOTA.format(0), errors.BadRequestError),
        ("ResourceLimitExceeded", QUOTA.format(4), errors.QuotaError),
        (
            "ResourceLimitExceeded",
            "The requested resource processing-job/ml.p3 is not available in this region",
            errors.BadRequestError,
        ),
        (
            "AccessDeniedException",
            "not authorized to perform: sagemaker:CreateProcessingJob",
            errors.BadRequestError,
        ),
        ("ValidationException", "Could not access the image", errors.BadRequestError),
    ],
    ids=["limit zero", "limit full", "not in the region", "denied", "invalid"],
)
def test_a_refused_create(
    site: Site, job: Callable[..., Job], code: str, message: str, kind: type[Exception]
) -> None:
    """Only a full quota is worth another try; no call is repeated."""
    site.faults.add("error", operation="CreateProcessingJob", code=code, message=message, times=10)
    attempt = job().run()
    assert attempt.state == ("up_for_retry" if kind is errors.QuotaError else "failed")
    assert type(attempt.error) is kind
    assert message in str(attempt.error)
    assert site.calls.count("CreateProcessingJob") == 1


@both_modes
@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "throttle", "times": 6},
        {"kind": "http", "status": 503, "times": 6},
        {"kind": "drop", "times": 6},
        {"kind": "delay", "seconds": 1, "times": 1},
        {"kind": "error", "code": "ExpiredTokenException", "times": 3},
        {"kind": "error", "code": "InternalFailure", "times": 3},
    ],
    ids=["throttled", "503", "reset", "slow", "expired token", "internal failure"],
)
def test_a_disturbed_wait_goes_on(
    site: Site, job: Callable[..., Job], fault: dict[str, Any], deferrable: bool
) -> None:
    """What passes by itself never fails a task, and never starts a second job."""
    site.faults.add(operation="DescribeProcessingJob", **fault)
    task = job(deferrable=deferrable)
    assert task.run().state == "success"
    assert len(task.jobs) == 1
    assert site.faults.hits(fault["kind"]) == fault["times"]


@both_modes
@pytest.mark.parametrize(
    "body",
    [HTML, b"", b'{"ProcessingJobName": "x", "Proc', json.dumps({"ProcessingJobName": "x"}).encode()],
    ids=["html", "nothing", "cut", "no status"],
)
def test_an_unreadable_answer_is_no_answer(
    weather: Any, job: Callable[..., Job], monkeypatch: pytest.MonkeyPatch, body: bytes, deferrable: bool
) -> None:
    """HTTP 200 from a proxy is not a state of the job."""
    monkeypatch.setattr("airflow_mlmax.hooks.sagemaker._PAUSE", (0.05, 0.1))
    weather.storms = {"DescribeProcessingJob": [body] * 4, "CreateProcessingJob": [body]}
    task = job(deferrable=deferrable)
    assert task.run().state == "success"
    assert len(task.jobs) == 1
    assert weather.storms == {"DescribeProcessingJob": [], "CreateProcessingJob": []}


@pytest.mark.usefixtures("impatient")
@both_modes
def test_an_api_that_stays_away_leaves_the_job_to_the_retry(
    site: Site, job: Callable[..., Job], deferrable: bool
) -> None:
    """After the error budget the try ends, names the job and leaves it running; the retry attaches."""
    task = job(deferrable=deferrable)
    task.hold()
    site.faults.add("http", operation="DescribeProcessingJob", status=503, times=10_000)
    attempt = task.run()
    assert attempt.state == "up_for_retry"
    assert type(attempt.error) is errors.ControlPlaneLostError
    assert task.jobs[0] in str(attempt.error)
    assert task.statuses() == ["InProgress"]
    assert site.calls.count("StopProcessingJob") == 0
    task.release()
    assert task.run().state == "success"
    assert len(task.jobs) == 1


@pytest.mark.usefixtures("impatient")
def test_throttling_has_no_budget(site: Site, job: Callable[..., Job]) -> None:
    """A busy API is alive: the wait outlasts the budget for an absent one."""
    task = job()
    task.hold()
    attempt = task.start()
    site.faults.add("throttle", operation="DescribeProcessingJob", seconds=4)
    threading.Timer(5, task.release).start()
    assert task.resume(attempt, wait(attempt)).state == "success"


@pytest.mark.usefixtures("impatient")
def test_a_wrong_clock_is_named(site: Site, job: Callable[..., Job]) -> None:
    """A signature that is refused points at the clock first."""
    task = job()
    task.hold()
    attempt = task.start()
    site.faults.add(
        "error",
        operation="DescribeProcessingJob",
        code="InvalidSignatureException",
        message="m",
        times=10_000,
    )
    event = wait(attempt)
    assert event["outcome"] == "lost"
    assert "clock" in event["message"]


def test_a_clock_that_is_set_forward_ends_no_wait(
    job: Callable[..., Job], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once the wait has begun, only the monotonic clock counts."""
    task = job()
    task.hold()
    attempt = task.start()
    now = time.time

    async def jump_while_waiting() -> Any:
        waiting = asyncio.create_task(attempt.trigger().wait())
        await asyncio.sleep(0.3)
        with monkeypatch.context() as patch:
            patch.setattr(trigger_module.time, "time", lambda: now() + 86_400 * 30)
            await asyncio.sleep(0.5)
            assert not waiting.done()
        task.release()
        return await waiting

    assert asyncio.run(jump_while_waiting())["outcome"] == "over"


@pytest.mark.usefixtures("impatient")
@both_modes
def test_a_job_that_vanishes_is_looked_for_three_times(
    site: Site, job: Callable[..., Job], deferrable: bool
) -> None:
    """Then the task fails, and says that the job is unknown."""
    task = job(deferrable=deferrable)
    task.hold()
    site.faults.add(
        "error",
        operation="DescribeProcessingJob",
        code="ValidationException",
        message="Could not find requested job with name: x",
        times=10_000,
    )
    attempt = task.run()
    assert attempt.state == "failed"
    assert "is unknown to SageMaker" in str(attempt.error)
    assert site.calls.count("DescribeProcessingJob") == 3


@both_modes
def test_a_deadline_stops_the_job_and_fails(site: Site, job: Callable[..., Job], deferrable: bool) -> None:
    """The task's own time limit: Stop was accepted before the task is red."""
    task = job(deferrable=deferrable, deadline_slack=-59.0)  # of 60 s that the job may take
    task.hold()
    attempt = task.run()
    assert attempt.state == "failed"
    assert type(attempt.error) is errors.RuntimeLimitError
    assert site.calls.count("StopProcessingJob", status=200) == 1
    until(lambda: task.statuses() == ["Stopped"])


@both_modes
def test_the_tasks_own_timeout_is_final_too(site: Site, job: Callable[..., Job], deferrable: bool) -> None:
    """In both modes alike: Stop, then red; a retry would pay for the same again."""
    task = job(deferrable=deferrable, execution_timeout=timedelta(seconds=4))
    task.hold()
    attempt = task.run()
    assert attempt.state == "failed"
    assert type(attempt.error) is errors.RuntimeLimitError
    assert site.calls.count("StopProcessingJob", status=200) == 1


def test_an_event_that_came_too_early_leads_back_to_the_wait(job: Callable[..., Job]) -> None:
    """An event is a hint: a job that Describe calls active is waited for again, and no other is created."""
    task = job()
    task.hold()
    attempt = task.start()
    again = task.resume(attempt, {"job_name": task.jobs[0], "outcome": "over", "message": ""})
    assert again.state == "deferred"
    task.release()
    assert task.resume(again, wait(again)).state == "success"
    assert len(task.jobs) == 1


def test_a_deferral_that_airflow_gives_up_stops_the_job(site: Site, job: Callable[..., Job]) -> None:
    """The safety net: whoever sets a timeout on the deferral, the job does not run on unwatched."""
    task = job()
    task.hold()
    task.start()
    attempt = task.time_out()
    assert attempt.state in {"up_for_retry", "failed"}
    assert site.calls.count("StopProcessingJob", status=200) == 1
    until(lambda: task.statuses() == ["Stopped"])


def test_a_kill_with_stop_on_kill_off_leaves_the_job_running(site: Site, job: Callable[..., Job]) -> None:
    """The switch is for whoever must not lose a long job to a deployment."""
    task = job(stop_on_kill=False)
    task.hold()
    attempt = task.start()
    asyncio.run(attempt.trigger().on_kill())
    task.time_out()
    assert site.calls.count("StopProcessingJob") == 0
    assert task.statuses() == ["InProgress"]
