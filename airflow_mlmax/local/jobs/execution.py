"""The processes of a job, and the reasons for which they end early."""

import enum
import threading
from collections.abc import Callable
from pathlib import Path

from airflow_mlmax.local.container.jail import Jail, Launch
from airflow_mlmax.local.container.runner import Process


class Cause(enum.Enum):
    """Why a job ends before its processes do."""

    STOP = "stop"
    TIME_LIMIT = "time limit"
    WAIT_LIMIT = "wait limit"
    INTERRUPT = "interrupt"
    INTERNAL = "internal"
    CLOSE = "close"

    @property
    def is_stop(self) -> bool:
        """The processes get SIGTERM and time to end, and the job becomes Stopped."""
        return self in {Cause.STOP, Cause.TIME_LIMIT, Cause.WAIT_LIMIT}

    @property
    def limit_exceeded(self) -> str | None:
        """Last secondary status of a training job that ran into a limit."""
        return {Cause.TIME_LIMIT: "MaxRuntimeExceeded", Cause.WAIT_LIMIT: "MaxWaitTimeExceeded"}.get(self)


class Execution:
    """Starts the processes of one job. Any thread may bring them to an early end."""

    def __init__(self, jail: Jail, folder: Path, stop_grace: float) -> None:
        """`stop_grace`: seconds between SIGTERM and SIGKILL."""
        self.jail = jail
        self.folder = folder
        self.stop_grace = stop_grace
        self.stopping = threading.Event()
        self.cause: Cause | None = None
        self.doom: tuple[Cause, float] | None = None
        """What is to end the next process, and after how many seconds; a process that ends before then is ended by it."""
        self.lock = threading.RLock()
        self._processes: set[Process] = set()

    def start(self, launch: Launch, on_line: Callable[[str], None]) -> Process:
        """Start a program; `on_line` gets each line of its output while it runs."""
        process = Process(self.jail.wrap(launch), on_line, pid_file=self.folder / f"{launch.host}.pid")
        with self.lock:
            self._processes.add(process)
            process.start()
            if self.cause:
                self._signal(process)
            elif self.doom:
                cause, seconds = self.doom
                process.later(seconds, lambda: self.end(cause))
        return process

    def wait(self, process: Process) -> int:
        """Exit code of a process, when it has ended and all its output is seen; the negative number of a signal."""
        code = process.wait()
        with self.lock:
            self._processes.discard(process)
            if self.doom and not self.cause:
                self.cause = self.doom[0]
        return code

    def end(self, cause: Cause) -> None:
        """Bring the job to an early end. A stop or a limit outweighs an interruption, and the first of them counts."""
        with self.lock:
            if self.cause and (self.cause.is_stop or not cause.is_stop):
                return
            self.cause = cause
            if cause.is_stop or cause is Cause.CLOSE:
                self.stopping.set()
            for process in self._processes:
                self._signal(process)

    def resume(self) -> None:
        """Forget an interruption, so that the job can run again."""
        with self.lock:
            self.doom = None
            if self.cause in {Cause.INTERRUPT, Cause.INTERNAL}:
                self.cause = None

    def _signal(self, process: Process) -> None:
        if self.cause and self.cause.is_stop:
            process.terminate(self.stop_grace)
        else:
            process.kill()
