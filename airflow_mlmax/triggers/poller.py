"""One poller for all jobs that a process waits for on one connection: its calls grow with time, not with tasks.

A few jobs are described one by one. More are looked up in one List a family and interval, bounded by the creation time
of the oldest; a job that is not in the list is described. A list's summary tells the state but not the reason of a
failure, so whoever waits describes an ended job once.
"""

import asyncio
import contextvars
import json
import logging
import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakKeyDictionary

from airflow_mlmax.exceptions import ApiError, TransientApiError, UnknownJobError
from airflow_mlmax.hooks.sagemaker import ERROR_BUDGET, SageMakerJobHook
from airflow_mlmax.sagemaker.jobs import JobType
from airflow_mlmax.triggers.pace import Pace, in_thread

log = logging.getLogger(__name__)

FEW = 3
"""Up to so many jobs of a family are described one by one."""

LOOKS_FOR_AN_UNKNOWN_JOB = 3
_GATHERING = 0.1  # seconds for tasks that start together to be looked up together
_CLOCK_SKEW = 900.0  # seconds by which this machine's clock may be ahead of the service's
_LONGEST_PAUSE = 300.0
_DESCRIBES_A_SECOND = 10.0
_LOG_CALLS_A_SECOND = 5.0


@dataclass(eq=False)
class Watch:
    """One job that somebody waits for; times are the event loop's, which no clock change touches."""

    job_type: JobType
    name: str
    created: float
    interval: float
    over: asyncio.Future[None]
    confirmed: float
    due: float = 0.0
    unknown_looks: int = field(default=0)

    def seen(self, job_is_active: bool, now: float) -> None:
        self.confirmed = now
        self.unknown_looks = 0
        if not job_is_active and not self.over.done():
            self.over.set_result(None)

    def missed(self, error: Exception, now: float) -> None:
        """Notes a look that failed; ends the wait when the job is gone or the API was away for too long."""
        if isinstance(error, TransientApiError) and error.throttled:
            self.confirmed = now  # a busy API is alive
        self.unknown_looks = self.unknown_looks + 1 if isinstance(error, UnknownJobError) else 0
        gone = self.unknown_looks >= LOOKS_FOR_AN_UNKNOWN_JOB
        if (gone or now - self.confirmed > ERROR_BUDGET) and not self.over.done():
            self.over.set_exception(error)


class JobPoller:
    """Looks at all watched jobs of one connection until each is over."""

    def __init__(self, connection: Mapping[str, Any]) -> None:
        self.connection = connection
        self.log_pace = Pace(_LOG_CALLS_A_SECOND)
        self._describe_pace = Pace(_DESCRIBES_A_SECOND)
        self._watches: set[Watch] = set()
        self._unlistable: set[JobType] = set()
        self._changed = asyncio.Event()
        self._phase = random.random()  # noqa: S311  # keeps several triggerers from calling in step
        self._failures = 0
        self._task: asyncio.Task[None] | None = None
        self._hook: SageMakerJobHook | None = None

    @property
    def hook(self) -> SageMakerJobHook:
        """The hook of this connection; it hardly repeats a call, because other jobs wait for its thread."""
        if self._hook is None:
            self._hook = SageMakerJobHook(**self.connection, patience=0.0, attempts=2)
        return self._hook

    async def until_over(self, job_type: JobType, name: str, *, created: float, interval: float) -> None:
        """Returns when the job is over, however it ended.

        `created` (epoch seconds) bounds the lists, `interval` is in seconds. Raises UnknownJobError after three
        looks without a job, and ApiError when no look was good for ten minutes; the job may then be running.
        """
        loop = asyncio.get_running_loop()
        watch = Watch(job_type, name, created, interval, loop.create_future(), confirmed=loop.time())
        self._watches.add(watch)
        self._changed.set()
        if self._task is None or self._task.done():
            # A context of its own: what the poller logs belongs to no single task.
            self._task = loop.create_task(self._run(), context=contextvars.Context())
        try:
            await watch.over
        finally:
            self._watches.discard(watch)
            self._changed.set()

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        while self._watches:
            due = [watch for watch in self._watches if watch.due <= loop.time() and not watch.over.done()]
            try:
                await self._look(due)
            except Exception as error:  # noqa: BLE001  # the poller must outlive every surprise: tasks wait for it
                self._failed(error, due)
            for watch in due:
                watch.due = self._next_look(watch.interval, loop.time())
            await self._pause(loop)
        self._hook = None  # the next start reads the connection again

    def _next_look(self, interval: float, now: float) -> float:
        """The next point of a grid that all waits of one interval share, so that one List serves them."""
        pause: float = min(interval * 2 ** min(self._failures, 8), max(_LONGEST_PAUSE, interval))
        if self._failures:
            return now + pause * random.uniform(0.5, 1.0)  # noqa: S311
        phase = self._phase * interval
        return ((now - phase) // interval + 1) * interval + phase

    async def _pause(self, loop: asyncio.AbstractEventLoop) -> None:
        self._changed.clear()
        waiting = [watch.due for watch in self._watches if not watch.over.done()]
        if not waiting:
            await asyncio.sleep(0)  # those whose job is over leave now
            return
        try:
            await asyncio.wait_for(self._changed.wait(), max(0.0, min(waiting) - loop.time()))
            await asyncio.sleep(_GATHERING)
        except TimeoutError:
            return

    async def _look(self, due: Iterable[Watch]) -> None:
        families: dict[JobType, list[Watch]] = {}
        for watch in due:
            families.setdefault(watch.job_type, []).append(watch)
        for job_type, watches in families.items():
            unseen = watches
            if len(watches) > FEW and job_type.is_listed and job_type not in self._unlistable:
                unseen = await self._list(job_type, watches)
            await asyncio.gather(*(self._describe(watch) for watch in unseen))

    async def _list(self, job_type: JobType, watches: list[Watch]) -> list[Watch]:
        """Looks up many jobs at once; gives those that the list did not hold."""
        missing = {watch.name: watch for watch in watches}
        after = min(watch.created for watch in watches) - _CLOCK_SKEW
        token: str | None = None
        try:
            for _ in range(len(watches)):  # more pages would cost more than describing each job
                page, token = await in_thread(self.hook.page, job_type, created_after=after, token=token)
                self._failures = 0
                for summary in page:
                    if watch := missing.pop(summary.get(job_type.name_key), None):
                        watch.seen(job_type.status(summary).is_active, asyncio.get_running_loop().time())
                if not missing or not token:
                    break
        except TransientApiError as error:
            self._failed(error, missing.values())
            return []
        except ApiError as error:  # most likely the role may not list
            log.warning("%s; jobs of this family are described one by one from now on", error)
            self._unlistable.add(job_type)
        return list(missing.values())

    async def _describe(self, watch: Watch) -> None:
        await self._describe_pace.turn()
        try:
            description = await in_thread(self.hook.describe, watch.job_type, watch.name)
        except ApiError as error:
            self._failed(error, [watch])
        else:
            self._failures = 0
            watch.seen(watch.job_type.status(description).is_active, asyncio.get_running_loop().time())

    def _failed(self, error: Exception, watches: Iterable[Watch]) -> None:
        if not isinstance(error, UnknownJobError):
            self._failures += 1
            log.warning("a look at the jobs failed (%d in a row): %s", self._failures, error)
        for watch in watches:
            watch.missed(error, asyncio.get_running_loop().time())


_pollers: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[str, JobPoller]] = WeakKeyDictionary()


def shared_poller(connection: Mapping[str, Any]) -> JobPoller:
    """The running loop's poller for a connection: `aws_conn_id`, `region_name`, `verify` and `config`."""
    pollers = _pollers.setdefault(asyncio.get_running_loop(), {})
    return pollers.setdefault(json.dumps(connection, sort_keys=True), JobPoller(connection))
