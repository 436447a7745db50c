"""The one way to wait for a job: in the triggerer when a task is deferred, in the worker when it is not."""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from typing import Any

from airflow.triggers.base import BaseTrigger, TriggerEvent

from airflow_mlmax.exceptions import UnknownJobError
from airflow_mlmax.hooks.sagemaker import SageMakerJobHook
from airflow_mlmax.sagemaker.jobs import JOB_TYPES, JobType
from airflow_mlmax.sagemaker.monitoring import MONITORING_EXECUTION
from airflow_mlmax.triggers.logs import LogTail
from airflow_mlmax.triggers.pace import in_thread
from airflow_mlmax.triggers.poller import JobPoller, shared_poller

OVER, DEADLINE, LOST, UNKNOWN = "over", "deadline", "lost", "unknown"
"""How a wait ends: the job is over; time is up; no good answer of the API for ten minutes; no such job."""

STOP_PATIENCE = 20.0
"""Seconds for which a Stop is repeated: Airflow gives a trigger that is killed thirty."""

_LONGEST_DRAIN = 60.0
_WAITED_FOR: Mapping[str, JobType] = {
    **JOB_TYPES,
    MONITORING_EXECUTION.resource: MONITORING_EXECUTION,
}


class SageMakerJobTrigger(BaseTrigger):
    """Waits until a job is over, passes its log lines on, and may stop it at the deadline or when its task is killed.

    `job_type` is a resource such as `TrainingJob`, or `MonitoringExecution`; `created` and `deadline` are epoch seconds;
    `log_streams` is the number of log streams to expect, 0 to leave the log alone. The event is a plain dict: `job_name`,
    `outcome` (one of `over`, `deadline`, `lost`, `unknown`) and `message`. Whoever gets it describes the job: the event
    is a hint.
    """

    def __init__(
        self,
        *,
        job_type: str,
        job_name: str,
        created: float,
        deadline: float,
        poll_interval: float = 30.0,
        log_streams: int = 0,
        stop_on_kill: bool = True,
        stop_at_deadline: bool = True,
        connection: dict[str, Any] | None = None,
    ) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # Airflow's own
        self.job_type = job_type
        self.job_name = job_name
        self.created = created
        self.deadline = deadline
        self.poll_interval = poll_interval
        self.log_streams = log_streams
        self.stop_on_kill = stop_on_kill
        self.stop_at_deadline = stop_at_deadline
        self.connection = connection or {}

    def serialize(self) -> tuple[str, dict[str, Any]]:
        fields = (
            "job_type",
            "job_name",
            "created",
            "deadline",
            "poll_interval",
            "log_streams",
            "stop_on_kill",
            "stop_at_deadline",
            "connection",
        )
        path = f"{type(self).__module__}.{type(self).__qualname__}"
        return path, {field: getattr(self, field) for field in fields}

    async def run(self) -> AsyncIterator[TriggerEvent]:
        yield TriggerEvent(await self.wait())  # type: ignore[no-untyped-call]  # Airflow's own

    async def wait(self) -> dict[str, Any]:
        """Waits, and says how it ended. Nothing escapes but a cancellation, which leaves the job running."""
        poller = shared_poller(self.connection)
        job_type = _WAITED_FOR[self.job_type]
        tail = LogTail(job_type, self.job_name, self.log_streams, pace=poller.log_pace, log=self.log)
        following = self.log_streams and asyncio.create_task(tail.follow(poller.hook, self.poll_interval))
        try:
            event = await self._until_over(poller)
        finally:
            if following:
                following.cancel()
        if following:
            with suppress(TimeoutError):
                await asyncio.wait_for(tail.read(poller.hook, last=True), _LONGEST_DRAIN)
        return event

    async def _until_over(self, poller: JobPoller) -> dict[str, Any]:
        # From here on the loop's clock counts: a machine whose time is set back or forth neither waits on nor gives up.
        remaining = max(0.0, self.deadline - time.time())
        watched = poller.until_over(
            _WAITED_FOR[self.job_type], self.job_name, created=self.created, interval=self.poll_interval
        )
        try:
            await asyncio.wait_for(watched, remaining)
        except TimeoutError:
            return self._event(DEADLINE, await self._stop() if self.stop_at_deadline else "")
        except UnknownJobError as error:
            return self._event(UNKNOWN, str(error))
        except Exception as error:  # noqa: BLE001  # an error that escaped would leave the job unwatched
            return self._event(LOST, str(error))
        return self._event(OVER)

    def _event(self, outcome: str, message: str = "") -> dict[str, Any]:
        return {"job_name": self.job_name, "outcome": outcome, "message": message}

    async def on_kill(self) -> None:
        """Stops the job, because a user marked or cleared the deferred task. Airflow calls it from 3.3 on."""
        if self.stop_on_kill:
            self.log.info("The task was marked or cleared: %s", await self._stop())

    async def _stop(self) -> str:
        hook = SageMakerJobHook(**self.connection)
        job_type = _WAITED_FOR[self.job_type]
        return str(await in_thread(hook.stop_if_possible, job_type, self.job_name, patience=STOP_PATIENCE))
