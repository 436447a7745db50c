"""How jobs end, and what the task makes of it: class, text, next job."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from attempts import Job, Site, TaskInstance, until
from families import ARGUMENTS, BUCKET

from airflow_mlmax import exceptions as errors
from airflow_mlmax.operators.training import TrainingJobOperator
from airflow_mlmax.operators.tuning import TuningJobOperator

NO_CAPACITY = "CapacityError: Unable to provision requested ML compute capacity."
LADDER = [{"instance_type": "ml.m5.xlarge"}, {"instance_type": "ml.m5.2xlarge"}]
both_modes = pytest.mark.parametrize("deferrable", [False, True], ids=["waiting", "deferred"])


@both_modes
@pytest.mark.parametrize(
    ("reason", "kind"),
    [
        (NO_CAPACITY, errors.CapacityError),
        ("InternalServerError: We encountered an internal error.", errors.ServiceFaultError),
        ("AlgorithmError: " + "x" * 10_240, errors.UserCodeError),
        ("ClientError: naïve 模型 \x1b[31m\n::error::", errors.BadRequestError),
    ],
    ids=["capacity", "internal", "ten kilobytes", "unicode and markup"],
)
def test_a_failure_reason_decides_class_and_text(
    site: Site, job: Callable[..., Job], reason: str, kind: type[Exception], deferrable: bool
) -> None:
    """Retryable classes come up again, final ones do not; the text is bounded and one line."""
    site.faults.add("fail", family="ProcessingJob", reason=reason)
    attempt = job(deferrable=deferrable).run()
    assert type(attempt.error) is kind
    assert attempt.state == ("up_for_retry" if issubclass(kind, errors.RetryableJobError) else "failed")
    assert len(str(attempt.error)) < 2000
    assert "\x1b" not in str(attempt.error)


def test_a_failure_without_a_reason_is_told_clearly(site: Site, job: Callable[..., Job]) -> None:
    """No KeyError: job and state are named."""
    task = job()
    task.hold()
    attempt = task.start()
    site.store.update(
        "us-east-1", "ProcessingJob", task.jobs[0], {"ProcessingJobStatus": "Failed", "FailureReason": None}
    )
    ended = task.resume(attempt, {"job_name": task.jobs[0], "outcome": "over", "message": ""})
    assert ended.state == "failed"
    assert f"ProcessingJob {task.jobs[0]} failed" in str(ended.error)
    assert "gave no reason" in str(ended.error)


def test_an_unknown_state_is_never_a_success(site: Site, job: Callable[..., Job]) -> None:
    """The job is told to stop, because it may be running, and no other job starts beside it."""
    task = job()
    task.hold()
    attempt = task.start()
    site.store.update("us-east-1", "ProcessingJob", task.jobs[0], {"ProcessingJobStatus": "Dreaming"})
    ended = task.resume(attempt, {"job_name": task.jobs[0], "outcome": "over", "message": ""})
    assert ended.state == "failed"
    assert "Dreaming" in str(ended.error)
    assert site.calls.count("StopProcessingJob") == 1
    assert task.run().state == "failed"
    assert len(task.jobs) == 1
    site.store.update("us-east-1", "ProcessingJob", task.jobs[0], {"ProcessingJobStatus": "InProgress"})


@both_modes
def test_a_job_at_its_time_limit_is_a_failure(job: Callable[..., Job], deferrable: bool) -> None:
    """Stopped by SageMaker itself: the limit is named, and no retry runs into it again."""
    task = job(
        deferrable=deferrable, max_runtime=1, entrypoint=["python3", "-c", "import time; time.sleep(60)"]
    )
    attempt = task.run()
    assert attempt.state == "failed"
    assert type(attempt.error) is errors.RuntimeLimitError
    assert "1 s" in str(attempt.error)


@both_modes
def test_the_ladder_is_climbed_within_one_try(site: Site, job: Callable[..., Job], deferrable: bool) -> None:
    """Two types have no capacity, the third has: one try, three jobs, each of another type."""
    site.faults.add("fail", family="ProcessingJob", reason=NO_CAPACITY, times=2)
    task = job(instance_ladder=LADDER, deferrable=deferrable)
    attempt = task.run()
    assert attempt.state == "success"
    assert task.try_number == 1
    assert _types(site, task) == ["ml.m5.large", "ml.m5.xlarge", "ml.m5.2xlarge"]
    assert attempt.xcoms["job_name"] == task.jobs[2]


def test_after_the_last_rung_the_next_try_starts_over(site: Site, job: Callable[..., Job]) -> None:
    """Capacity is bounded by tries and their delays, not by the length of the ladder."""
    site.faults.add("fail", family="ProcessingJob", reason=NO_CAPACITY, times=3)
    task = job(instance_ladder=LADDER[:1])
    attempt = task.run()
    assert attempt.state == "up_for_retry"
    assert type(attempt.error) is errors.CapacityError
    assert task.run().state == "success"
    assert _types(site, task) == ["ml.m5.large", "ml.m5.xlarge"] * 2


def test_a_faulty_ladder_is_a_bad_request(site: Site, job: Callable[..., Job]) -> None:
    """Found when the rung is reached, named with its place, and not tried again."""
    site.faults.add("fail", family="ProcessingJob", reason=NO_CAPACITY)
    attempt = job(instance_ladder=[{"instance": "ml.m5.large"}]).run()
    assert attempt.state == "failed"
    assert type(attempt.error) is errors.BadRequestError
    assert "instance_ladder[0]" in str(attempt.error)


def test_a_lost_worker_does_not_lose_its_place_on_the_ladder(site: Site, job: Callable[..., Job]) -> None:
    """The rung follows from the jobs that are there, so another worker stands on the same one."""
    site.faults.add("fail", family="ProcessingJob", reason=NO_CAPACITY)
    task = job(instance_ladder=LADDER)
    attempt = task.start()
    assert attempt.state == "deferred"
    until(lambda: task.statuses() == ["Failed"])
    assert task.run().state == "success"
    assert _types(site, task) == ["ml.m5.large", "ml.m5.xlarge"]


def test_a_spot_job_survives_interruptions(site: Site) -> None:
    """Interrupted three times, then Completed: one job, green, and billed for less than it took."""
    site.faults.add("interrupt", family="TrainingJob", times=3)
    attempt = _training(spot={"max_wait": 120, "checkpoint_uri": f"s3://{BUCKET}/checkpoints/a"}).run()
    assert attempt.state == "success"
    assert site.faults.hits("interrupt") == 3
    assert len(site.created("TrainingJob")) == 1
    assert isinstance(attempt.xcoms["billable_seconds"], int)


def test_a_spot_job_without_capacity_goes_on_demand_with_its_checkpoints(site: Site) -> None:
    """The last rung pays the full price and goes on where spot left off."""
    site.faults.add("fail", family="TrainingJob", reason=NO_CAPACITY)
    attempt = _training(
        spot={"max_wait": 120, "checkpoint_uri": f"s3://{BUCKET}/checkpoints/b"},
        instance_ladder=[{"spot": False}],
    ).run()
    assert attempt.state == "success"
    first, second = (
        site.store.get("us-east-1", "TrainingJob", name).request for name in site.created("TrainingJob")
    )
    assert first["EnableManagedSpotTraining"] is True
    assert not second.get("EnableManagedSpotTraining")
    assert second["CheckpointConfig"]["S3Uri"] == first["CheckpointConfig"]["S3Uri"]


@pytest.mark.parametrize(
    ("failing", "minimum", "state"),
    [(1, 1, "success"), (1, 3, "failed"), (3, 1, "failed")],
    ids=["enough", "too few", "none"],
)
def test_a_search_needs_enough_children(site: Site, failing: int, minimum: int, state: str) -> None:
    """Some children may fail; without a winner or with too few completed the task is red."""
    site.faults.add("fail", family="TrainingJob", reason="AlgorithmError: bad luck", times=failing)
    arguments = {
        **ARGUMENTS[TuningJobOperator],
        "max_jobs": 3,
        "min_completed": minimum,
        "poll_interval": 0.1,
    }
    attempt = TaskInstance(lambda: TuningJobOperator(task_id="task", **arguments)).run()
    assert attempt.state == state
    if state == "success":
        assert attempt.xcoms["completed_jobs"] == 3 - failing
        assert len(json.dumps(attempt.xcoms["return_value"])) < 2048


def _types(site: Site, task: Job) -> list[str]:
    requests = [site.store.get("us-east-1", "ProcessingJob", name).request for name in task.jobs]
    return [request["ProcessingResources"]["ClusterConfig"]["InstanceType"] for request in requests]


def _training(**arguments: Any) -> TaskInstance:
    given = {**ARGUMENTS[TrainingJobOperator], "poll_interval": 0.1, **arguments}
    return TaskInstance(lambda: TrainingJobOperator(task_id="task", **given))
