"""P2 and P4: one live job for a task instance, whatever is lost on the way."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from attempts import Job, Site, until, wait

from airflow_mlmax import exceptions as errors
from airflow_mlmax.operators import base

IGNORE_SIGTERM = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(60)"
both_modes = pytest.mark.parametrize("deferrable", [False, True], ids=["waiting", "deferred"])


@both_modes
def test_a_worker_lost_while_the_job_runs(job: Callable[..., Job], deferrable: bool) -> None:
    """The retry attaches; the call log shows one job."""
    task = job()
    task.hold()
    assert task.start().state == "deferred"
    task.release()
    task.arguments["deferrable"] = deferrable
    assert task.run().state == "success"
    assert task.statuses() == ["Completed"]


def test_a_worker_lost_right_after_create(job: Callable[..., Job], monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing was saved but the name, and the name is enough."""

    def die(*_: Any, **__: Any) -> None:
        raise SystemExit(9)

    task = job()
    with monkeypatch.context() as patch:
        patch.setattr(base, "announce", die)
        assert task.start().state == "up_for_retry"
    assert task.run().state == "success"
    assert len(task.jobs) == 1


def test_a_worker_lost_before_it_could_return_the_result(site: Site, job: Callable[..., Job]) -> None:
    """A finished job's result is taken over at no cost, with no wait: one Describe."""
    task = job()
    attempt = task.start()
    until(lambda: task.statuses() == ["Completed"])
    site.calls.clear()
    again = task.run()
    assert again.state == "success"
    assert again.xcoms["job_name"] == attempt.xcoms["job_name"]
    assert site.calls.count("CreateProcessingJob", status=200) == 0
    assert site.calls.count("DescribeProcessingJob") == 1


def test_a_worker_lost_before_it_could_report_a_failure(site: Site, job: Callable[..., Job]) -> None:
    """A script that fails is not run twice because its failure was not heard of."""
    site.faults.add("fail", family="ProcessingJob", reason="AlgorithmError: no such column")
    task = job()
    assert task.start().state == "deferred"
    until(lambda: task.statuses() == ["Failed"])
    attempt = task.run()
    assert attempt.state == "failed"
    assert type(attempt.error) is errors.UserCodeError
    assert len(task.jobs) == 1


def test_a_lost_trigger_is_resumed_by_another(site: Site, job: Callable[..., Job]) -> None:
    """A triggerer that dies stops nothing; the trigger made from the stored data goes on."""
    task = job()
    task.hold()
    attempt = task.start()

    async def cut_short() -> None:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(attempt.trigger().wait(), 0.3)

    asyncio.run(cut_short())
    task.release()
    assert task.resume(attempt, wait(attempt)).state == "success"
    assert site.calls.count("StopProcessingJob") == 0
    assert len(task.jobs) == 1


def test_a_cleared_task_starts_a_new_job(job: Callable[..., Job]) -> None:
    """Who clears a finished task wants it done again."""
    task = job()
    assert task.run().state == "success"
    task.clear()
    assert task.run().state == "success"
    assert task.statuses() == ["Completed", "Completed"]


def test_a_cleared_failure_starts_a_new_job(site: Site, job: Callable[..., Job]) -> None:
    """The script was repaired and the task cleared."""
    site.faults.add("fail", family="ProcessingJob")
    task = job()
    assert task.run().state == "failed"
    task.clear()
    assert task.run().state == "success"
    assert task.statuses() == ["Failed", "Completed"]


@both_modes
def test_a_job_that_is_stopping_is_waited_for_and_superseded(
    job: Callable[..., Job], deferrable: bool
) -> None:
    """A running task was cleared: the new job starts only after the old one is over."""
    task = job(entrypoint=["python3", "-c", IGNORE_SIGTERM])
    attempt = task.start()
    until(lambda: "deaf" in task.printed())
    asyncio.run(attempt.trigger().on_kill())
    assert task.statuses() == ["Stopping"]
    task.arguments = {**task.arguments, "deferrable": deferrable, "entrypoint": ["python3", "-c", "print(1)"]}
    assert task.run().state == "success"
    assert task.statuses() == ["Stopped", "Completed"]
    first, second = (task.site.store.get("us-east-1", "ProcessingJob", name) for name in task.jobs)
    assert first.answer["ProcessingEndTime"] <= second.created


@both_modes
def test_a_job_that_hangs_in_stopping_is_never_joined_by_another(
    site: Site, job: Callable[..., Job], monkeypatch: pytest.MonkeyPatch, deferrable: bool
) -> None:
    """After a quarter of an hour the try fails and may be repeated; still one job."""
    monkeypatch.setattr(base, "_PATIENCE_WITH_STOPPING", 0.5)
    task = job(deferrable=deferrable)
    task.hold()
    task.arguments["deferrable"] = True
    task.start()
    site.store.update("us-east-1", "ProcessingJob", task.jobs[0], {"ProcessingJobStatus": "Stopping"})
    task.arguments["deferrable"] = deferrable
    attempt = task.run()
    assert attempt.state == "up_for_retry"
    assert type(attempt.error) is errors.ServiceFaultError
    assert "still stopping" in str(attempt.error)
    assert len(task.jobs) == 1
    site.store.update("us-east-1", "ProcessingJob", task.jobs[0], {"ProcessingJobStatus": "InProgress"})


@pytest.mark.parametrize(
    "tags",
    [[], [{"Key": "mlmax:key", "Value": "0" * 64}, {"Key": "mlmax:dag", "Value": "theirs"}]],
    ids=["no tags", "other owner"],
)
def test_a_name_that_belongs_to_somebody_else(
    site: Site, job: Callable[..., Job], tags: list[dict[str, str]]
) -> None:
    """Refused, with both owners named; the foreign job is neither attached to nor stopped."""
    task = job()
    request = dict(task.make_operator().draft().request)
    name = task.name(1)
    site.runtime.client("sagemaker").create_processing_job(ProcessingJobName=name, Tags=tags, **request)
    attempt = task.run()
    assert attempt.state == "failed"
    assert type(attempt.error) is errors.ConflictError
    assert "wanted by task task of DAG shop" in str(attempt.error)
    assert ("theirs" if tags else "without airflow-mlmax tags") in str(attempt.error)
    assert site.calls.count("StopProcessingJob") == 0


def test_two_projects_with_the_same_dag_and_run_never_meet(job: Callable[..., Job]) -> None:
    """The namespace is part of the name."""
    tasks = [job(namespace=namespace, run_id="same-run") for namespace in ("a/prod", "b/prod")]
    assert [task.run().state for task in tasks] == ["success", "success"]
    assert len({task.jobs[0] for task in tasks}) == 2


def test_a_changed_request_attaches_with_one_warning(
    job: Callable[..., Job], capfd: pytest.CaptureFixture[str]
) -> None:
    """A DAG was deployed between two tries: the paid job goes on, and the log says how to run the new request."""
    task = job()
    task.hold()
    task.start()
    task.release()
    task.arguments["environment"] = {"NEW": "1"}
    assert task.run().state == "success"
    assert len(task.jobs) == 1
    assert capfd.readouterr().out.count("request has changed") == 1


def test_a_service_fault_leads_to_a_new_job_in_the_next_try(site: Site, job: Callable[..., Job]) -> None:
    """The failed job's name is used up; the retry takes the next number."""
    site.faults.add(
        "fail", family="ProcessingJob", reason="InternalServerError: We encountered an internal error."
    )
    task = job()
    attempt = task.run()
    assert attempt.state == "up_for_retry"
    assert type(attempt.error) is errors.ServiceFaultError
    assert task.run().state == "success"
    assert task.statuses() == ["Failed", "Completed"]


def test_a_service_that_fails_three_times_gets_no_fourth_job(site: Site, job: Callable[..., Job]) -> None:
    """Two new jobs at most: a fault that stays costs no more. A clear starts anew."""
    reason = "InternalServerError: We encountered an internal error."
    site.faults.add("fail", family="ProcessingJob", reason=reason, times=3)
    task = job(retries=9)
    assert [task.run().state for _ in range(4)] == ["up_for_retry"] * 3 + ["failed"]
    assert task.statuses() == ["Failed"] * 3
    task.clear()
    assert task.run().state == "success"
