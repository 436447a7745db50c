"""Runs an operator as Airflow does, in this process: task runner, deferral, trigger, resumption, retry and clear."""

import asyncio
import logging
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import structlog
from airflow.sdk import DAG
from airflow.sdk.api.datamodels._generated import DagRun, TIRunContext
from airflow.sdk.execution_time import task_runner
from airflow.sdk.execution_time.comms import (
    CreateHITLDetailPayload,
    DeferTask,
    GetXCom,
    InactiveAssetsResult,
    SetXCom,
    SucceedTask,
    ValidateInletsAndOutlets,
    XComResult,
)
from airflow.sdk.module_loading import import_string
from airflow.sdk.serde import deserialize, serialize
from botocore import xform_name

from airflow_mlmax.sagemaker.jobs import PROCESSING, JobKey

DAG_ID = "shop"


@dataclass
class Supervisor:
    """What Airflow's task runner talks to: keeps XComs and the last deferral, says yes to the rest."""

    xcoms: dict[str, Any] = field(default_factory=dict)
    deferral: Any = None
    asked: CreateHITLDetailPayload | None = None
    outlet_events: list[Any] = field(default_factory=list)

    def send(self, msg: Any) -> Any:
        if isinstance(msg, SetXCom):
            self.xcoms[msg.key] = msg.value
        elif isinstance(msg, GetXCom):
            return XComResult(key=msg.key, value=self.xcoms.get(msg.key))
        elif (
            isinstance(msg, DeferTask) or type(msg).__name__ == "AwaitInputTask"
        ):  # Airflow 3.3 has the second
            self.deferral = msg
        elif isinstance(msg, CreateHITLDetailPayload):
            self.asked = msg
        elif isinstance(msg, ValidateInletsAndOutlets):
            return InactiveAssetsResult(inactive_assets=[])
        elif isinstance(msg, SucceedTask):
            self.outlet_events = msg.outlet_events or []
        return None


@dataclass
class Attempt:
    """How one try ended, or where it stands: `success`, `failed`, `up_for_retry`, `deferred` or `awaiting_input`."""

    state: str
    error: BaseException | None
    xcoms: dict[str, Any]
    deferral: Any
    outlet_events: list[Any]

    def trigger(self) -> Any:
        """The trigger of a deferred try, made from what Airflow would store of it."""
        assert self.deferral is not None
        return import_string(self.deferral.classpath)(**deserialize(self.deferral.trigger_kwargs))


class TaskInstance:
    """One task instance over all its tries and clears."""

    def __init__(
        self,
        make_operator: Callable[[], Any],
        *,
        run_id: str | None = None,
        map_index: int = -1,
        retries: int = 3,
        dag_id: str = DAG_ID,
        run_type: str = "manual",
        conf: dict[str, Any] | None = None,
    ) -> None:
        self.make_operator = make_operator
        self.conf = conf
        self.run_id = run_id or f"manual__{uuid4()}"
        self.map_index = map_index
        self.max_tries = retries
        self.dag_id = dag_id
        self.run_type = run_type
        self.try_number = 0
        self.operator: Any = None  # of the running try, for a test that kills it
        self.supervisor = Supervisor()

    def run(self) -> Attempt:
        """One whole try: executes, waits through every deferral, and ends."""
        attempt = self.start()
        while attempt.state == "deferred":
            attempt = self.resume(attempt, wait(attempt))
        return attempt

    def start(self) -> Attempt:
        """One try until it ends or defers."""
        self.try_number += 1
        self.supervisor = Supervisor()
        return self._run(None, None)

    def resume(self, attempt: Attempt, event: Any) -> Attempt:
        """Goes on where the try was deferred, with the event of its trigger."""
        assert attempt.deferral is not None
        kwargs = {**deserialize(attempt.deferral.next_kwargs), "event": event}
        return self._run(attempt.deferral.next_method, kwargs)

    def time_out(self) -> Attempt:
        """What Airflow does when it gives a deferral up by itself."""
        return self._run("__fail__", {"error": "Trigger timeout"})

    def clear(self) -> None:
        """What Airflow does when a finished task is cleared: more tries, same run."""
        self.max_tries += self.try_number

    def _run(self, next_method: str | None, next_kwargs: dict[str, Any] | None) -> Attempt:
        self.supervisor.deferral = None
        ti = self._task_instance(next_method, next_kwargs)
        task_runner.SUPERVISOR_COMMS = self.supervisor
        try:
            context = ti.get_template_context()
            log = structlog.wrap_logger(logging.getLogger("task"))
            state, _, error = task_runner.run(ti, context, log)
            context["exception"] = error
            task_runner.finalize(ti, state, context, log, error)
        finally:
            del task_runner.SUPERVISOR_COMMS
        told = self.supervisor
        return Attempt(state.value, error, told.xcoms, told.deferral, told.outlet_events)

    def _task_instance(self, next_method: str | None, next_kwargs: dict[str, Any] | None) -> Any:
        now = datetime.now(UTC)
        with DAG(self.dag_id, start_date=datetime(2026, 1, 1, tzinfo=UTC), schedule=None):
            self.operator = self.make_operator()
        run = DagRun(
            dag_id=self.dag_id,
            run_id=self.run_id,
            logical_date=now,
            data_interval_start=now,
            data_interval_end=now,
            run_after=now,
            start_date=now,
            end_date=None,
            run_type=self.run_type,
            conf=self.conf,
            state="running",
            consumed_asset_events=[],
            partition_key=None,
        )
        context = TIRunContext(
            dag_run=run,
            max_tries=self.max_tries,
            should_retry=self.try_number <= self.max_tries,
            next_method=next_method,
            next_kwargs=serialize(next_kwargs) if next_kwargs is not None else None,
        )
        # Airflow copies an operator before it runs it; a test that kills the try needs the copy.
        self.operator.prepare_for_execution = lambda: self.operator
        return task_runner.RuntimeTaskInstance.model_construct(
            id=uuid4(),
            task_id=self.operator.task_id,
            dag_id=self.dag_id,
            run_id=self.run_id,
            try_number=self.try_number,
            map_index=self.map_index,
            max_tries=self.max_tries,
            task=self.operator,
            start_date=now,
            _ti_context_from_server=context,
        )


def wait(attempt: Attempt) -> Any:
    """The event of a deferred try's trigger, waited for in an event loop of its own."""

    async def first() -> Any:
        async for event in attempt.trigger().run():
            return event.payload
        return None

    return asyncio.run(first())


class Site:
    """The runtime as a test of jobs asks it: what was created, how things stand, what to disturb."""

    def __init__(self, runtime: Any) -> None:
        self.runtime = runtime
        self.faults = runtime.server.faults
        self.calls = runtime.server.calls
        self.store = runtime.server.store

    def created(self, family: str) -> list[str]:
        """Names of the jobs whose Create took effect, in order."""
        records = self.store.records("us-east-1", family)
        asked = dict.fromkeys(call.name for call in self.calls.list(f"Create{family}"))
        known = {record.name for record in records}
        return [name for name in asked if name in known]

    def status(self, family: str, name: str) -> str:
        record = self.store.get("us-east-1", family, name)
        return str(record.answer[f"{family}Status"])

    def stop_all(self) -> None:
        """Stops whatever the test left running."""
        for family in ("ProcessingJob", "TrainingJob"):
            for name in self.created(family):
                client = self.runtime.client("sagemaker")
                with suppress(client.exceptions.ClientError):  # a job that is over cannot be stopped
                    getattr(client, f"stop_{xform_name(family)}")(**{f"{family}Name": name})


class Job(TaskInstance):
    """A task with a small processing job."""

    def __init__(
        self,
        site: Site,
        *,
        retries: int = 3,
        run_id: str | None = None,
        dag_id: str = DAG_ID,
        run_type: str = "manual",
        **arguments: Any,
    ) -> None:
        from families import ARGUMENTS, ProcessingJobOperator

        self.arguments = {**ARGUMENTS[ProcessingJobOperator], "poll_interval": 0.1, **arguments}
        self.site = site
        super().__init__(
            lambda: ProcessingJobOperator(task_id="task", **self.arguments),
            run_id=run_id,
            retries=retries,
            dag_id=dag_id,
            run_type=run_type,
        )

    @property
    def jobs(self) -> list[str]:
        """Names of this task's jobs, in order."""
        return [name for name in self.site.created("ProcessingJob") if self._key.digest[:12] in name]

    @property
    def _key(self) -> JobKey:
        namespace = self.arguments.get("namespace", "")
        return JobKey(namespace, self.dag_id, self.run_id, "task", self.map_index)

    def name(self, number: int) -> str:
        """Name of this task's job of a number, created or not."""
        return self._key.job_name(PROCESSING, number)

    def printed(self) -> list[str]:
        """What the newest job has printed so far."""
        logs = self.site.runtime.server.logs
        prefix = f"{self.jobs[-1]}/"
        return [event.message for event in logs.events("us-east-1", PROCESSING.log_group, prefix)]

    def statuses(self) -> list[str]:
        return [self.site.status("ProcessingJob", name) for name in self.jobs]

    def hold(self) -> None:
        """The next job stays InProgress until `release`."""
        self.site.faults.add("hold", family="ProcessingJob")

    def release(self) -> None:
        self.site.faults.clear()


def until(condition: Callable[[], Any], seconds: float = 30.0) -> None:
    """Waits for a state that must come."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "the state that the test waits for never came"
        time.sleep(0.05)
