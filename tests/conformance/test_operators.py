"""What every job operator keeps, whatever its family: one list of standards over all subclasses of the base."""

import asyncio
import inspect
import json
import os
import re
import signal
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest
from airflow.providers.common.compat.sdk import AirflowFailException
from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import DAG
from attempts import TaskInstance, wait
from families import ARGUMENTS, BUCKET, seed

import airflow_mlmax.operators.monitor
import airflow_mlmax.operators.processing
import airflow_mlmax.operators.quality
import airflow_mlmax.operators.training
import airflow_mlmax.operators.transform
import airflow_mlmax.operators.tuning  # the imports make the classes known as subclasses
from airflow_mlmax import exceptions as errors
from airflow_mlmax.links import LINKS
from airflow_mlmax.operators.base import SageMakerJobOperator
from airflow_mlmax.sagemaker.checks import examine


def descendants(operator: type[SageMakerJobOperator]) -> list[type[SageMakerJobOperator]]:
    """Subclasses at every depth."""
    children = operator.__subclasses__()
    return [*children, *(each for child in children for each in descendants(child))]


OPERATORS = sorted(
    (
        each
        for each in descendants(SageMakerJobOperator)
        if each.__module__.startswith("airflow_mlmax.") and not inspect.isabstract(each)
    ),
    key=lambda operator: operator.__name__,
)
PLAIN = {
    *("deferrable", "poll_interval", "stream_logs", "stop_on_kill", "deadline_slack", "job_pool", "reuse"),
    "notifiers",
}
WAIT_SECONDS = 30

every_operator = pytest.mark.parametrize("operator", OPERATORS, ids=lambda each: each.__name__)
both_modes = pytest.mark.parametrize("deferrable", [False, True], ids=["waiting", "deferred"])


def maker(operator: type[SageMakerJobOperator], **arguments: Any) -> Callable[[], SageMakerJobOperator]:
    """Builds the operator of a task anew for every try, as Airflow does."""
    return lambda: operator(task_id="task", **{**ARGUMENTS[operator], "poll_interval": 0.1, **arguments})


def reusing(operator: type[SageMakerJobOperator]) -> dict[str, Any]:
    """What lets a gate use its verdicts again, of which none is there yet."""
    return {"reuse": True, "output_uri": f"s3://{BUCKET}/{uuid4()}"} if "reuse" in ARGUMENTS[operator] else {}


def created(runtime: Any, operator: type[SageMakerJobOperator]) -> list[str]:
    """Names of the jobs that were created."""
    calls = runtime.server.calls.list(operator.job_type.operation("Create"), status=200)
    return [call.name for call in calls]


def status(runtime: Any, operator: type[SageMakerJobOperator], name: str) -> str:
    job_type = operator.job_type
    record = runtime.server.store.get("us-east-1", job_type.resource, name)
    return str(record.answer[job_type.status_key]) if record else "unknown"


def until(condition: Callable[[], Any]) -> None:
    end = time.monotonic() + WAIT_SECONDS
    while not condition():
        assert time.monotonic() < end, "the state that the test waits for never came"
        time.sleep(0.05)


def hold(runtime: Any, operator: type[SageMakerJobOperator]) -> None:
    runtime.server.faults.add("hold", family=operator.job_type.resource)


@pytest.fixture
def site(runtime: Any) -> Any:
    seed(runtime)
    runtime.server.calls.clear()
    return runtime


@pytest.mark.usefixtures("site")
@every_operator
def test_the_request_is_what_the_service_model_asks_for(operator: type[SageMakerJobOperator]) -> None:
    """The model of the operation in botocore finds no fault in the built request."""
    task = maker(operator)()
    ti = SimpleNamespace(dag_id="d", run_id="r", task_id="task", map_index=-1, try_number=1)
    task.prepare({"ti": ti, "dag": SimpleNamespace(fileloc=__file__)})
    request = task.draft().request
    findings = examine(operator.job_type.operation("Create"), request, named=False, strict=True)
    assert findings.errors == []


@every_operator
def test_every_argument_is_a_field_and_nothing_is_computed(operator: type[SageMakerJobOperator]) -> None:
    """The constructor only assigns: what goes in is there, unchanged, for templates and mapping to work on."""
    own = [*_own_arguments(operator), *_own_arguments(SageMakerJobOperator)]
    marks = {name: f"{{{{ params.{name} }}}}" for name in own}
    task = operator(task_id="task", **marks)
    assert {name: getattr(task, name) for name in own} == marks


@every_operator
def test_whatever_may_hold_a_template_is_a_template_field(operator: type[SageMakerJobOperator]) -> None:
    """Settings of the wait and of reuse and notifiers apart, every argument can be rendered and can hold another task's output."""
    own = {*_own_arguments(operator), *_own_arguments(SageMakerJobOperator)}
    assert own - PLAIN <= set(operator.template_fields)
    task = maker(operator)()
    assert all(hasattr(task, name) for name in operator.template_fields)


@both_modes
@every_operator
def test_a_job_completes(site: Any, operator: type[SageMakerJobOperator], deferrable: bool) -> None:
    """Success gives small plain JSON, one job, and links."""
    attempt = TaskInstance(maker(operator, deferrable=deferrable)).run()
    assert attempt.error is None
    assert attempt.state == "success"
    value = attempt.xcoms["return_value"]
    assert len(json.dumps(value)) < 2048
    assert created(site, operator) == [value["job_name"]]
    assert value["job_arn"].endswith(value["job_name"])
    assert isinstance(value["billable_seconds"], int)
    for key, each in value.items():
        assert attempt.xcoms[key] == each


@both_modes
@every_operator
def test_a_failed_job_fails_the_task(
    site: Any, operator: type[SageMakerJobOperator], deferrable: bool
) -> None:
    """The task fails at once, with class, job, reason, next step and link."""
    reason = "AlgorithmError: division by zero"
    site.server.faults.add("fail", family=operator.job_type.resource, reason=reason)
    attempt = TaskInstance(maker(operator, deferrable=deferrable)).run()
    assert attempt.state == "failed"
    assert type(attempt.error) is errors.UserCodeError
    for part in ("UserCodeError", *created(site, operator), reason, "Next: ", "Link: https://console."):
        assert part in str(attempt.error)


@pytest.mark.usefixtures("site")
@both_modes
@pytest.mark.parametrize("kind", ["completed", "failed"])
def test_the_jobs_log_is_in_the_tasks_log(
    capfd: pytest.CaptureFixture[str], kind: str, deferrable: bool
) -> None:
    """Also of a job that fails, in both modes: that is where one looks first."""
    script = f"print('a line of the script', flush=True); raise SystemExit({int(kind == 'failed')})"
    processing = airflow_mlmax.operators.processing.ProcessingJobOperator
    TaskInstance(maker(processing, entrypoint=["python3", "-c", script], deferrable=deferrable)).run()
    assert len(re.findall(r"\[algo-1\S*\] a line of the script", capfd.readouterr().out)) == 1


@both_modes
@every_operator
def test_a_stopped_job_fails_the_task(
    site: Any, operator: type[SageMakerJobOperator], deferrable: bool
) -> None:
    """A job that somebody stops is never a success."""
    site.server.faults.add("stop", family=operator.job_type.resource)
    attempt = TaskInstance(maker(operator, deferrable=deferrable)).run()
    assert attempt.state == "failed"
    assert type(attempt.error) is errors.JobStoppedError


@every_operator
def test_a_task_defers_without_a_timeout_and_resumes(site: Any, operator: type[SageMakerJobOperator]) -> None:
    """Airflow itself never ends the wait; links and name are there meanwhile; the trigger survives storage."""
    hold(site, operator)
    task = TaskInstance(maker(operator))
    attempt = task.start()
    assert attempt.state == "deferred"
    assert attempt.deferral is not None
    assert attempt.deferral.trigger_timeout is None
    assert [attempt.xcoms["job_name"]] == created(site, operator)
    assert all(attempt.xcoms["job_name"] in attempt.xcoms[link.xcom_key] for link in LINKS)
    trigger = attempt.trigger()
    assert json.loads(json.dumps(trigger.serialize()[1])) == trigger.serialize()[1]
    site.server.faults.clear()
    assert task.resume(attempt, wait(attempt)).state == "success"


@both_modes
@every_operator
def test_a_retry_attaches_to_the_running_job(
    site: Any, operator: type[SageMakerJobOperator], deferrable: bool
) -> None:
    """A try that was lost leaves its job to the next one: exactly one is created."""
    hold(site, operator)
    task = TaskInstance(maker(operator))
    assert task.start().state == "deferred"  # and is never heard of again
    site.server.faults.clear()
    task.make_operator = maker(operator, deferrable=deferrable)
    assert task.run().state == "success"
    assert len(created(site, operator)) == 1


@every_operator
def test_a_killed_worker_stops_the_job(site: Any, operator: type[SageMakerJobOperator]) -> None:
    """SIGTERM while the task waits: one Stop, and the try is no success."""
    hold(site, operator)
    task = TaskInstance(maker(operator, deferrable=False))
    before = signal.getsignal(signal.SIGTERM)

    def kill() -> None:
        until(lambda: site.server.calls.count(operator.job_type.operation("Describe"), status=200))
        os.kill(os.getpid(), signal.SIGTERM)

    killer = threading.Thread(target=kill)
    killer.start()
    try:
        attempt = task.run()
    finally:
        killer.join()
        signal.signal(signal.SIGTERM, before)
    assert attempt.state == "up_for_retry"
    assert site.server.calls.count(operator.job_type.operation("Stop"), status=200) == 1
    (name,) = created(site, operator)
    until(lambda: status(site, operator, name) == "Stopped")


@every_operator
def test_a_killed_trigger_stops_the_job(site: Any, operator: type[SageMakerJobOperator]) -> None:
    """A deferred task that is marked or cleared: one Stop."""
    hold(site, operator)
    attempt = TaskInstance(maker(operator)).start()
    asyncio.run(attempt.trigger().on_kill())
    assert site.server.calls.count(operator.job_type.operation("Stop"), status=200) == 1
    (name,) = created(site, operator)
    until(lambda: status(site, operator, name) == "Stopped")


@every_operator
def test_an_ended_trigger_leaves_the_job_alone(site: Any, operator: type[SageMakerJobOperator]) -> None:
    """A triggerer that restarts ends its triggers: the job runs on."""
    hold(site, operator)
    attempt = TaskInstance(maker(operator)).start()

    async def start_and_end() -> None:
        trigger = attempt.trigger()
        waiting = asyncio.create_task(trigger.wait())
        await asyncio.sleep(0.3)
        waiting.cancel()
        await trigger.cleanup()

    asyncio.run(start_and_end())
    assert site.server.calls.count(operator.job_type.operation("Stop")) == 0
    assert status(site, operator, attempt.xcoms["job_name"]) == "InProgress"


@every_operator
def test_a_second_pass_of_a_backfill_starts_no_job(site: Any, operator: type[SageMakerJobOperator]) -> None:
    """The same request on the same data gives the same result again, unless the run is asked for new jobs."""
    task = TaskInstance(maker(operator, **reusing(operator)), run_type="backfill")
    first = task.run()
    task.clear()
    again = task.run()
    assert (first.state, again.state) == ("success", "success")
    assert len(created(site, operator)) == 1
    before, after = (each.xcoms["return_value"] for each in (first, again))
    assert all(before[key] == value for key, value in after.items() if key != "reused")


@pytest.mark.parametrize(
    "operator",
    [
        airflow_mlmax.operators.processing.ProcessingJobOperator,
        airflow_mlmax.operators.quality.DataQualityGateOperator,
    ],
    ids=lambda each: each.__name__,
)
def test_a_run_can_ask_for_new_jobs(site: Any, operator: type[SageMakerJobOperator]) -> None:
    """By its conf or params; then nothing that is done is taken, and no verdict that was given."""
    task = TaskInstance(maker(operator, **reusing(operator)), run_type="backfill", conf={"new_jobs": True})
    assert task.run().state == "success"
    task.clear()
    assert task.run().state == "success"
    assert len(created(site, operator)) == 2


@every_operator
def test_the_environments_pool_is_for_jobs(operator: type[SageMakerJobOperator]) -> None:
    """A task's own pool goes before it; tasks without jobs do not know it."""
    with DAG("pooled", schedule=None, default_args={"job_pool": "sagemaker"}):
        pooled = maker(operator)()
        own = operator(task_id="own", pool="mine", **ARGUMENTS[operator])
        other = EmptyOperator(task_id="other")
    assert (pooled.pool, own.pool, other.pool) == ("sagemaker", "mine", "default_pool")


@every_operator
def test_an_operator_can_be_mapped(site: Any, operator: type[SageMakerJobOperator]) -> None:
    """Mapped tasks keep their upstream, and each has a job of its own."""
    with DAG("mapped", start_date=datetime(2026, 1, 1, tzinfo=UTC), schedule=None):
        upstream = EmptyOperator(task_id="upstream")
        arguments = {**ARGUMENTS[operator], "namespace": upstream.output}
        mapped = operator.partial(task_id="mapped", **arguments).expand(tags=[{"n": "1"}, {"n": "2"}])
    assert mapped.upstream_task_ids == {"upstream"}
    run_id = f"mapped-{time.time_ns()}"
    for index in (0, 1):
        task = TaskInstance(maker(operator), run_id=run_id, map_index=index)
        assert task.run().state == "success"
    assert len(set(created(site, operator))) == 2


@every_operator
def test_a_bad_request_fails_before_anything_is_sent(site: Any, operator: type[SageMakerJobOperator]) -> None:
    """One error names the fault; no retry, no call."""
    attempt = TaskInstance(maker(operator, extra={"Nonsense": 1})).run()
    assert attempt.state == "failed"
    assert isinstance(attempt.error, AirflowFailException)
    assert "Nonsense" in str(attempt.error)
    assert site.server.calls.count(operator.job_type.operation("Create")) == 0


def test_every_operator_is_held_to_these_standards() -> None:
    """A new family cannot be forgotten here."""
    assert set(OPERATORS) == set(ARGUMENTS)


def _own_arguments(operator: type[SageMakerJobOperator]) -> list[str]:
    parameters = inspect.signature(operator.__init__).parameters.values()
    return [each.name for each in parameters if each.kind is each.KEYWORD_ONLY]
