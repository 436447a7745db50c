"""The lines of a job's log, as they are written, in the log of the task that waits for it."""

import asyncio
from typing import Any, Protocol

from airflow_mlmax.exceptions import ApiError, TransientApiError
from airflow_mlmax.hooks.sagemaker import SageMakerJobHook
from airflow_mlmax.sagemaker.jobs import JobType
from airflow_mlmax.triggers.pace import Pace, in_thread


class Logger(Protocol):
    """The logger of a trigger, as far as a log tail uses it."""

    def info(self, event: Any, *args: Any, **kw: Any) -> Any: ...

    def warning(self, event: Any, *args: Any, **kw: Any) -> Any: ...


class LogTail:
    """Reads all log streams of a job, each once from its beginning; a log that cannot be read never fails a wait.

    `streams` is the number of streams to expect: the streams are listed only until so many are known.
    """

    def __init__(
        self,
        job_type: JobType,
        job_name: str,
        streams: int,
        *,
        pace: Pace,
        log: Logger,
    ) -> None:
        self._group = job_type.log_group
        self._prefix = job_type.log_prefix(job_name)
        self._expected = streams
        self._pace = pace
        self._log = log
        self._tokens: dict[str, str | None] = {}
        self._denied = False

    async def follow(self, hook: SageMakerJobHook, interval: float) -> None:
        """Passes lines on until it is cancelled; `interval` is in seconds."""
        while not self._denied:
            await asyncio.sleep(interval)
            await self.read(hook)

    async def read(self, hook: SageMakerJobHook, *, last: bool = False) -> None:
        """Passes on the lines written since the last call; the `last` one looks for streams that came late."""
        if self._denied:
            return
        try:
            if last or len(self._tokens) < self._expected:
                await self._find_streams(hook)
            for stream in self._tokens:
                await self._read_stream(hook, stream)
        except TransientApiError:
            return  # the next read goes on where this one ended
        except ApiError as error:
            self._denied = True
            self._log.warning("The job's log cannot be read, the job itself goes on: %s", error)

    async def _find_streams(self, hook: SageMakerJobHook) -> None:
        await self._pace.turn()
        for stream in await in_thread(hook.log_streams, self._group, self._prefix):
            self._tokens.setdefault(stream, None)

    async def _read_stream(self, hook: SageMakerJobHook, stream: str) -> None:
        while True:
            await self._pace.turn()
            sent = self._tokens[stream]
            messages, token = await in_thread(hook.log_events, self._group, stream, sent)
            for message in messages:
                self._log.info("[%s] %s", stream.removeprefix(self._prefix), message.rstrip("\n"))
            self._tokens[stream] = token
            if token == sent or not messages:
                return
