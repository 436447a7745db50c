"""One execution of a job: what the runner of a family may ask for, and what it gives back."""

import signal
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from airflow_mlmax.local.container.interpreters import Interpreter, Interpreters
from airflow_mlmax.local.container.jail import Jail, Launch
from airflow_mlmax.local.container.runner import Process
from airflow_mlmax.local.jobs import transitions
from airflow_mlmax.local.jobs.execution import Cause, Execution
from airflow_mlmax.sagemaker.jobs import JOB_TYPES, JobType

if TYPE_CHECKING:
    from airflow_mlmax.local.faults import Faults
    from airflow_mlmax.local.jobs.engine import Engine
    from airflow_mlmax.local.s3.objects import ObjectStore
    from airflow_mlmax.local.services.events import EventStore
    from airflow_mlmax.local.services.logs import LogStore
    from airflow_mlmax.local.services.metrics import MetricStore
    from airflow_mlmax.local.store import Record, Store


class JobError(Exception):
    """Ends the job as Failed; the text is its FailureReason, prefix included: `ClientError: ...`."""


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
        self.execution = Execution(site.jail, folder, site.stop_grace)
        self.started = time.time()
        self.begun = False
        self.over = False
        self.lock = threading.RLock()
        """Held while the status changes, so that Stopping never overwrites a terminal state."""

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
    def stopping(self) -> threading.Event:
        """Set when the job is to stop, whatever the reason."""
        return self.execution.stopping

    @property
    def cause(self) -> Cause | None:
        """Why the job ends early, if it does."""
        return self.execution.cause

    def begin(self) -> None:
        """Leave the queue: from now on a crash of the runtime fails the job."""
        self.folder.mkdir(parents=True, exist_ok=True)
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

    def log(self, stream_suffix: str, line: str) -> None:
        """Write one event to the log stream `<job name>/<stream_suffix>`."""
        group, stream = self.job_type.log_group, f"{self.name}/{stream_suffix}"
        self.site.logs.put(self.region, group, stream, int(time.time() * 1000), line)

    def stream(self, host: str) -> str:
        """Suffix of the log stream of one host: `algo-1-<epoch>`."""
        return f"{host}-{int(self.started)}"

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
        """Start a program that sees `folder` as /opt/ml; its output goes to the host's log stream, line by line.

        `hosts` are the names of all hosts of the job; `on_line` gets each line too, in a thread of its own.
        """

        def line_seen(line: str) -> None:
            if line:  # an event of CloudWatch Logs is never empty
                self.log(self.stream(host), line)
            if on_line:
                on_line(line)

        names = tuple(hosts) or (host,)
        launch = Launch(tuple(command), dict(environment), folder, cwd or folder.parent, host, names)
        return self.execution.start(launch, line_seen)

    def wait(self, process: Process) -> int:
        """Exit code of a process of this job, when it has ended and all its output is logged."""
        return self.execution.wait(process)

    def run_process(self, command: Sequence[str], **options: Any) -> int:
        """Exit code of a program that is started as `start_process` does; a signal gives its negative number.

        A job that is to end early starts nothing any more; the code then is the one of SIGTERM.
        """
        return -signal.SIGTERM if self.cause else self.wait(self.start_process(command, **options))
