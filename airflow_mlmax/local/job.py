"""One execution of a job: what the runner of a family may ask for, and what it gives back."""

import enum
import shutil
import signal
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from airflow_mlmax.local import transitions
from airflow_mlmax.local.interpreters import Interpreter, Interpreters
from airflow_mlmax.local.jail import Jail, Launch
from airflow_mlmax.local.runner import Process
from airflow_mlmax.sagemaker.jobs import JOB_TYPES, JobType

if TYPE_CHECKING:
    from airflow_mlmax.local.engine import Engine
    from airflow_mlmax.local.faults import Faults
    from airflow_mlmax.local.s3.objects import ObjectStore
    from airflow_mlmax.local.services.events import EventStore
    from airflow_mlmax.local.services.logs import LogStore
    from airflow_mlmax.local.services.metrics import MetricStore
    from airflow_mlmax.local.store import Record, Store


class JobError(Exception):
    """Ends the job as Failed; the text is its FailureReason, prefix included: `ClientError: ...`."""


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


@dataclass(frozen=True)
class Outcome:
    """How a job ended. The members of `answer` are stored together with the status, in one transaction."""

    status: Literal["Completed", "Failed", "Stopped"]
    failure_reason: str | None = None
    answer: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Site:
    """The parts of the runtime that every job works with."""

    store: "Store"
    objects: "ObjectStore"
    logs: "LogStore"
    metrics: "MetricStore"
    events: "EventStore"
    faults: "Faults"
    engine: "Engine"
    endpoint: Callable[[], str]
    jail: Jail
    interpreters: Interpreters
    stop_grace: float
    """Seconds between SIGTERM and SIGKILL."""


class Job:
    """One execution. Runners read `request`, call `log`, `transition`, `run_process` and return an `Outcome`."""

    def __init__(self, record: "Record", site: Site, folder: Path) -> None:
        self.record = record
        self.site = site
        self.folder = folder
        self.stopping = threading.Event()
        self.started = time.time()
        self.begun = False
        self.over = False
        self.lock = threading.RLock()
        """Held while the status changes, so that Stopping never overwrites a terminal state."""
        self.doom: tuple[Cause, float] | None = None
        """What ends the next process, and after how many seconds: the `internal` and `interrupt` faults."""
        self._cause: Cause | None = None
        self._processes: set[Process] = set()

    @property
    def request(self) -> dict[str, Any]:
        return self.record.request

    @property
    def name(self) -> str:
        return self.record.name

    @property
    def region(self) -> str:
        return self.record.region

    @property
    def job_type(self) -> JobType:
        return JOB_TYPES[self.record.kind]

    @property
    def arn(self) -> str:
        return str(self.record.answer[self.job_type.arn_key])

    @property
    def cause(self) -> Cause | None:
        return self._cause

    def begin(self) -> None:
        """Leave the queue: from now on a crash of the runtime fails the job."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        self.begun = True
        self.started = time.time()

    def start_limits(self, exceeded: Callable[[Cause], None]) -> list[threading.Timer]:
        """Timers of the request's StoppingCondition, running; the wait for spot counts from the creation."""
        condition = self.request.get("StoppingCondition", {})
        seconds = {Cause.TIME_LIMIT: condition.get("MaxRuntimeInSeconds")}
        if wait := condition.get("MaxWaitTimeInSeconds"):
            seconds[Cause.WAIT_LIMIT] = max(0.0, self.record.created + wait - time.time())
        limits = [
            threading.Timer(after, exceeded, [cause]) for cause, after in seconds.items() if after is not None
        ]
        for limit in limits:
            limit.daemon = True
            limit.start()
        return limits

    def update(self, **answer: Any) -> None:
        """Change members of the Describe answer."""
        self.record = self.site.store.update(self.region, self.record.kind, self.name, answer)

    def transition(self, secondary: str, message: str) -> None:
        """Move a training job to a secondary status; the other families have none."""
        if self.record.kind != "TrainingJob":
            return
        with self.lock:
            self.update(**transitions.moved(self.record.answer, secondary, message, time.time()))

    def stream(self, host: str) -> str:
        """Suffix of the log stream of one host: `algo-1-<epoch>`."""
        return f"{host}-{int(self.started)}"

    def log(self, stream_suffix: str, line: str) -> None:
        """Write one event to the log stream `<job name>/<stream_suffix>`."""
        group, stream = self.job_type.log_group, f"{self.name}/{stream_suffix}"
        self.site.logs.put(self.region, group, stream, int(time.time() * 1000), line)

    def interpreter(self, image: str) -> Interpreter:
        """The Python that stands for an image. Raises JobError when none is bound to it."""
        found = self.site.interpreters.find(image)
        if found is None:
            raise JobError(
                f"ClientError: image {image} is not available locally: "
                f"bind it to a Python in {self.site.interpreters.source}"
            )
        return found

    def start_process(
        self,
        command: Sequence[str],
        *,
        environment: Mapping[str, str],
        folder: Path,
        cwd: Path | None = None,
        host: str = "algo-1",
        hosts: Iterable[str] = (),
        on_line: Callable[[str], None] | None = None,
    ) -> Process:
        """Start a program that sees `folder` as /opt/ml; its output goes to the host's log stream, line by line."""

        def line_seen(line: str) -> None:
            self.log(self.stream(host), line)
            if on_line:
                on_line(line)

        launch = Launch(
            command=tuple(command),
            environment=dict(environment),
            root=folder,
            cwd=cwd or folder.parent,
            host=host,
            hosts=tuple(hosts) or (host,),
        )
        process = Process(self.site.jail.wrap(launch), line_seen, pid_file=self.folder / f"{host}.pid")
        with self.lock:
            self._processes.add(process)
            process.start()
            if self._cause:
                self._signal(process)
            elif self.doom:
                cause, seconds = self.doom
                process.later(seconds, lambda: self.end(cause))
        return process

    def run_process(self, command: Sequence[str], **options: Any) -> int:
        """Start a program as `start_process` does and wait for its exit code; a signal gives its negative number."""
        if self._cause:
            return -signal.SIGTERM
        return self.wait(self.start_process(command, **options))

    def wait(self, process: Process) -> int:
        """Exit code of a process of this job, when it has ended and all its output is logged."""
        code = process.wait()
        with self.lock:
            self._processes.discard(process)
            if self.doom and not self._cause:
                self._cause = self.doom[0]
        return code

    def end(self, cause: Cause) -> None:
        """Bring the job to an early end. A stop or a limit outweighs an interruption, and the first of them counts."""
        with self.lock:
            if self.over or (self._cause and (self._cause.is_stop or not cause.is_stop)):
                return
            self._cause = cause
            if cause.is_stop or cause is Cause.CLOSE:
                self.stopping.set()
            for process in self._processes:
                self._signal(process)

    def resume(self) -> None:
        """Forget an interruption, so that the job can run again."""
        with self.lock:
            self.doom = None
            if self._cause in {Cause.INTERRUPT, Cause.INTERNAL}:
                self._cause = None

    def _signal(self, process: Process) -> None:
        if self._cause and self._cause.is_stop:
            process.terminate(self.site.stop_grace)
        else:
            process.kill()
