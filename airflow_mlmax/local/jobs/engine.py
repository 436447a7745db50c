"""The queue of jobs: who runs when, and what becomes of a job that ends, is stopped or is found after a crash.

A job is durable before it gets here. Its folder exists from the moment it begins to run, which tells after a crash
the jobs that had begun from those that only waited.
"""

import shutil
import sys
import threading
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from queue import SimpleQueue
from typing import TYPE_CHECKING

from airflow_mlmax.local.container.interpreters import Interpreters
from airflow_mlmax.local.container.jail import choose
from airflow_mlmax.local.container.runner import kill_leftovers
from airflow_mlmax.local.jobs import ending, processing, training, transform, tuning
from airflow_mlmax.local.jobs.execution import Cause
from airflow_mlmax.local.jobs.folders import JobFolders
from airflow_mlmax.local.jobs.job import Job, JobError, Outcome, Site
from airflow_mlmax.local.jobs.trouble import before_run, taken
from airflow_mlmax.sagemaker.jobs import JOB_TYPES, TUNING

if TYPE_CHECKING:
    from airflow_mlmax.local.faults import Faults
    from airflow_mlmax.local.s3.objects import ObjectStore
    from airflow_mlmax.local.services.events import EventStore
    from airflow_mlmax.local.services.logs import LogStore
    from airflow_mlmax.local.services.metrics import MetricStore
    from airflow_mlmax.local.store import Record, Store

FAMILIES: dict[str, Callable[[Job], Outcome]] = {
    "ProcessingJob": processing.run,
    "TrainingJob": training.run,
    "TransformJob": transform.run,
    "HyperParameterTuningJob": tuning.run,
}
"""What runs a job of each family, by resource name."""

_RESTARTED = "InternalServerError: the local runtime was restarted"
_BROKEN = "InternalServerError: the local runtime failed"

_INTERNAL = "InternalServerError: We encountered an internal error. Please try again."

_CLOSE_SECONDS = 10.0
"""How long closing waits for the workers after their processes are killed."""


class Engine:
    """Runs jobs in `workers` threads, in the order of their creation; tuning jobs, which only wait, in their own."""

    def __init__(  # noqa: PLR0917 - the parts, in the order in which the runtime wires them
        self,
        store: "Store",
        objects: "ObjectStore",
        logs: "LogStore",
        metrics: "MetricStore",
        events: "EventStore",
        faults: "Faults",
        *,
        folder: Path,
        endpoint: Callable[[], str],
        workers: int = 2,
        isolation: str = "auto",
        interpreters: Path | None = None,
        stop_grace: float = 120.0,
    ) -> None:
        """`folder` takes one folder per job; `stop_grace` is the time in seconds between SIGTERM and SIGKILL."""
        self.folders = JobFolders(folder)
        self.site = Site(
            store, objects, logs, metrics, events, faults, self, endpoint,
            jail=choose(isolation), interpreters=Interpreters(interpreters), stop_grace=stop_grace,
        )  # fmt: skip
        self._queue: SimpleQueue[Job | None] = SimpleQueue()
        self._jobs: dict[tuple[str, str, str], Job] = {}
        self._changed = threading.Condition()
        self._changes = 0
        self._closing = False
        self.workers = workers
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """Settle what a crash left behind, tuning jobs after their training jobs, then begin to work."""
        found = [record for kind in JOB_TYPES for record in self.site.store.records(None, kind)]
        for record in sorted(found, key=lambda record: (record.kind == TUNING.resource, record.created)):
            if JOB_TYPES[record.kind].status(record.answer).is_active:
                self._recover(record)
        self.folders.adopt()
        for number in range(1, self.workers + 1):
            self._start_thread(f"worker {number}", self._work)

    def close(self) -> None:
        """End the workers and kill what runs. The jobs stay InProgress in the store, as after a crash."""
        self._closing = True
        for job in list(self._jobs.values()):
            job.execution.end(Cause.CLOSE)
        for _ in range(self.workers):
            self._queue.put(None)
        self._tell()
        for thread in self._threads:
            thread.join(_CLOSE_SECONDS)

    def submit(self, record: "Record") -> None:
        """Queue a job that is stored as InProgress."""
        job = Job(record, self.site, self.folders.of(record))
        shutil.rmtree(job.folder, ignore_errors=True)  # of a deleted job of the same name
        self._jobs[record.region, record.kind, record.name] = job
        if record.kind == TUNING.resource:
            self._start_thread(record.name, self._run, job)
        else:
            self._queue.put(job)

    def stop(self, record: "Record") -> None:
        """Stop a job that is InProgress: at once if it only waits, else with SIGTERM and time to end."""
        job = self._jobs.get((record.region, record.kind, record.name))
        if job:
            self.end(job, Cause.STOP)

    def end(self, job: Job, cause: Cause) -> None:
        """Move a job to Stopping and its processes to their end; a job that has not begun is Stopped here."""
        with job.lock:
            if job.over or job.stopping.is_set():
                return
            if not job.begun:
                job.execution.end(cause)
                self._finish(job, Outcome("Stopped"))
                return
            job.update(**{job.job_type.status_key: "Stopping"})
            job.transition("Stopping", "Stopping the training job")
            job.execution.end(cause)
        self._announce(job)
        self._tell()

    def wait_for_change(self, seen: int, timeout: float | None = None) -> int:
        """Count of job ends and stops so far; waits until it is above `seen`, or for `timeout` seconds."""
        with self._changed:
            self._changed.wait_for(lambda: self._changes > seen or self._closing, timeout)
            return self._changes

    def _start_thread(self, name: str, work: Callable[..., None], *arguments: Job) -> None:
        self._threads = [thread for thread in self._threads if thread.is_alive()]
        self._threads.append(threading.Thread(target=work, args=arguments, name=name, daemon=True))
        self._threads[-1].start()

    def _tell(self) -> None:
        with self._changed:
            self._changes += 1
            self._changed.notify_all()

    def _recover(self, record: "Record") -> None:
        """Queue a job again if it never began; the child of a tuning job has lost its parent."""
        job = Job(record, self.site, self.folders.of(record))
        is_stopping = job.job_type.status(record.answer).is_stopping
        if not (job.folder.exists() or is_stopping or "TuningJobArn" in record.answer):
            self.submit(record)
            return
        kill_leftovers(job.folder)
        answer = tuning.abandoned(self.site.store, record) if record.kind == TUNING.resource else {}
        self._finish(job, Outcome("Failed", _RESTARTED, answer))

    def _work(self) -> None:
        while job := self._queue.get():
            if not self._closing:
                self._run(job)

    def _run(self, job: Job) -> None:
        with job.lock:
            if job.over:
                return
            job.begin()
        try:
            self._announce(job)
            outcome = before_run(job) or self._outcome(job)
        except JobError as error:
            outcome = Outcome("Failed", str(error))
        except Exception:  # noqa: BLE001 - whatever goes wrong in here, the job must not stay InProgress
            if not self._closing:
                traceback.print_exc(file=sys.stderr)
            outcome = Outcome("Failed", _BROKEN)
        if not self._closing:
            self._finish(job, outcome)

    def _outcome(self, job: Job) -> Outcome:
        if key := ending.start_key(job.record.kind):
            job.update(**{key: job.started})
        limits = job.start_limits(lambda cause: self.end(job, cause))
        try:
            return FAMILIES[job.record.kind](job)
        finally:
            for limit in limits:
                limit.cancel()

    def _finish(self, job: Job, outcome: Outcome) -> None:
        """Status, times and results in one transaction, then the event."""
        now = time.time()
        if job.cause and job.cause.is_stop:
            outcome = Outcome("Stopped", answer=outcome.answer)
        elif job.cause is Cause.INTERNAL:
            outcome = Outcome("Failed", _INTERNAL, outcome.answer)
        stale = outcome.status == "Completed" and bool(taken(job, "stale_message"))
        with job.lock:
            job.over = True
            job.update(**ending.members(job.record, outcome, job.cause, now, stale=stale))
        self._jobs.pop((job.region, job.record.kind, job.name), None)
        self._announce(job)
        self._tell()
        self.folders.over(job.folder)

    def _announce(self, job: Job) -> None:
        """Put the state change on the event bus."""
        detail_type, detail = ending.event(job.record)
        self.site.events.put(job.region, "aws.sagemaker", detail_type, detail, [job.arn])
