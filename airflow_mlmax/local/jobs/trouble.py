"""Faults that tests switch on for jobs: no capacity, an internal error, a failure, a hold, a stop, an interruption."""

import math
import threading
import time
from typing import TYPE_CHECKING

from airflow_mlmax.local.jobs.execution import Cause
from airflow_mlmax.local.jobs.job import Job, Outcome

if TYPE_CHECKING:
    from airflow_mlmax.local.faults import Fault

_NO_CAPACITY = (
    "Unable to provision requested ML compute capacity. Please retry using a different ML instance type."
)
_LOOK_EVERY = 0.05
"""Seconds between two looks for the release of a held job; only a held job pays for it."""


def taken(job: Job, kind: str) -> "Fault | None":
    """A fault of this kind that is set for the job's family or for the job itself."""
    return job.site.faults.take(kind, family=job.record.kind, name=job.name, job=job.name)


def before_run(job: Job) -> Outcome | None:
    """The end of a job that a fault ends before it runs, or None; a held job waits here for its release."""
    _hold(job)
    if fault := taken(job, "stop"):
        _stop(job, _seconds(fault))
    if job.stopping.is_set():
        return Outcome("Stopped")
    if fault := taken(job, "capacity"):
        return Outcome("Failed", f"CapacityError: {fault.parameters.get('message', _NO_CAPACITY)}")
    if fault := taken(job, "fail"):
        return Outcome("Failed", _reason(fault))
    if fault := taken(job, "internal"):
        job.execution.doom = (Cause.INTERNAL, _seconds(fault))
    return None


def interruption(job: Job) -> None:
    """Let a spot job's next process be interrupted if that is switched on."""
    if job.request.get("EnableManagedSpotTraining") and (fault := taken(job, "interrupt")):
        job.execution.doom = (Cause.INTERRUPT, _seconds(fault))


def _hold(job: Job) -> None:
    held = taken(job, "hold")
    if not held:
        return
    until = time.monotonic() + float(held.parameters.get("seconds", math.inf))
    while time.monotonic() < until and not taken(job, "release") and job.site.faults.hits("hold"):
        if job.stopping.wait(_LOOK_EVERY):
            return


def _stop(job: Job, seconds: float) -> None:
    if not seconds:
        job.site.engine.end(job, Cause.STOP)
        return
    timer = threading.Timer(seconds, job.site.engine.end, [job, Cause.STOP])
    timer.daemon = True
    timer.start()


def _seconds(fault: "Fault") -> float:
    return float(fault.parameters.get("after", 0))


def _reason(fault: "Fault") -> str:
    message = fault.parameters.get("message", "See job logs for more information")
    code = fault.parameters.get("exit_code", 1)
    return str(fault.parameters.get("reason", f"AlgorithmError: {message}, exit code: {code}"))
