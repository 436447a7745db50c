"""The one place that reads what went wrong: from a job's description or an API error to the typed exception."""

import re
from collections.abc import Mapping
from typing import Any

from airflow_mlmax.exceptions import (
    ApiError,
    BadRequestError,
    CapacityError,
    ControlPlaneLostError,
    FinalJobError,
    JobStoppedError,
    MLMaxError,
    QuotaError,
    RuntimeLimitError,
    ServiceFaultError,
    TransientApiError,
    UserCodeError,
)
from airflow_mlmax.sagemaker.jobs import JobType
from airflow_mlmax.sagemaker.measures import running_seconds

_LONGEST_REASON = 1000

_BY_REASON: Mapping[str, type[MLMaxError]] = {
    "CapacityError": CapacityError,
    "InternalServerError": ServiceFaultError,
    "ResourceLimitExceeded": QuotaError,
    "AlgorithmError": UserCodeError,
    "ClientError": BadRequestError,
}
_BY_SECONDARY_STATUS: Mapping[str, type[MLMaxError]] = {
    "MaxRuntimeExceeded": RuntimeLimitError,
    "MaxWaitTimeExceeded": CapacityError,
}
_BY_OUTCOME: Mapping[str, tuple[type[MLMaxError], str]] = {
    "deadline": (RuntimeLimitError, "was not over at the deadline of its task"),
    "lost": (ControlPlaneLostError, "could not be looked at for too long"),
    "unknown": (FinalJobError, "is unknown to SageMaker: it was deleted while the task waited"),
}
_NEXT: Mapping[type[MLMaxError], str] = {
    CapacityError: "The retry asks again; an instance_ladder lets it ask for another type.",
    QuotaError: "Wait for other jobs, give the task a pool of the quota's size, or ask AWS for a higher limit.",
    ServiceFaultError: "The retry starts a new job; if it happens again, look at the AWS health dashboard.",
    UserCodeError: "Read the job's log, repair the script, clear the task.",
    BadRequestError: "Correct the request, its data or the role's permissions, then clear the task.",
    RuntimeLimitError: "Raise max_runtime or give the job faster instances, then clear the task.",
    JobStoppedError: "Clear the task to start a new job.",
    ControlPlaneLostError: "The job is left running; the retry attaches to it.",
    FinalJobError: "Look at the job and its log, then clear the task.",
}
_HOPELESS = re.compile(r"is 0 Instances|not available in this region", re.IGNORECASE)
_DENIED = {"AccessDenied", "AccessDeniedException", "UnauthorizedOperation"}


def job_failure(job_type: JobType, name: str, description: Mapping[str, Any], link: str = "") -> MLMaxError:
    """The exception for a job that is over and did not complete."""
    status = job_type.status(description)
    reason = str(description.get("FailureReason") or description.get("ExitMessage") or "")
    if not status.is_known:
        what = f"is in state {shown(status.value)}, which this version of airflow-mlmax does not know"
        return failure(FinalJobError, job_type, name, what, reason=reason, link=link)
    if status.value == "Stopped":
        return _stopped(job_type, name, description, reason, link)
    reason = reason or "SageMaker gave no reason"
    return failure(failed_class(reason), job_type, name, "failed", reason=reason, link=link)


def wait_failure(
    outcome: str, job_type: JobType, name: str, message: str, link: str = ""
) -> MLMaxError | None:
    """The exception for a wait that ended before its job, None for a job that is over."""
    if outcome not in _BY_OUTCOME:
        return None
    kind, what = _BY_OUTCOME[outcome]
    return failure(kind, job_type, name, what, reason=message, link=link)


def failed_class(reason: str) -> type[MLMaxError]:
    """The exception class of a FailureReason; what SageMaker does not classify is final."""
    known = (kind for word, kind in _BY_REASON.items() if reason.lstrip().startswith(word))
    return next(known, FinalJobError)


def _stopped(
    job_type: JobType, name: str, description: Mapping[str, Any], reason: str, link: str
) -> MLMaxError:
    limits = description.get("StoppingCondition") or {}
    limit = limits.get("MaxRuntimeInSeconds")
    kind = _BY_SECONDARY_STATUS.get(str(description.get("SecondaryStatus")), JobStoppedError)
    if kind is JobStoppedError and limit and running_seconds(job_type, description) >= limit:
        kind = RuntimeLimitError  # processing jobs have no secondary status
    what = {
        RuntimeLimitError: f"was stopped at its time limit of {limit} s (MaxRuntimeInSeconds)",
        CapacityError: f"got no spot instances in {limits.get('MaxWaitTimeInSeconds')} s (MaxWaitTimeExceeded)",
        JobStoppedError: "was stopped from outside; a stopped job is never a success",
    }[kind]
    return failure(kind, job_type, name, what, reason=reason, link=link)


def api_failure(error: ApiError, job_type: JobType, name: str, link: str = "") -> MLMaxError:
    """The exception for a call that was refused, or that the API did not answer."""
    what, reason = f"{error.operation} was refused with {error.code}", error.message
    kind: type[MLMaxError] = BadRequestError
    if isinstance(error, TransientApiError):
        kind, what, reason = ControlPlaneLostError, f"got no good answer to {error.operation}", str(error)
    elif error.code == "ResourceLimitExceeded" and not _HOPELESS.search(reason):
        kind = QuotaError
    elif error.code in _DENIED:
        reason += " Ask for the missing IAM permission."
    return failure(kind, job_type, name, what, reason=reason, link=link)


def failure(
    kind: type[MLMaxError], job_type: JobType, name: str, what: str, *, reason: str = "", link: str = ""
) -> MLMaxError:
    """An exception whose text says class, job, what happened, why, what to do next, and where to look."""
    lines = [f"{kind.__name__}: {job_type.resource} {name} {what}."]
    if reason:
        lines.append(f"Reason: {shown(reason)}")
    lines.append(f"Next: {_NEXT.get(kind, _NEXT[FinalJobError])}")
    if link:
        lines.append(f"Link: {link}")
    return kind("\n".join(lines))


def shown(text: str) -> str:
    """Text from outside, safe in a log: one line, bounded, control characters escaped."""
    text = " ".join(text.split())
    text = "".join(char if char.isprintable() else f"\\x{ord(char):02x}" for char in text)
    if len(text) > _LONGEST_REASON:
        left_out = len(text) - _LONGEST_REASON
        text = f"{text[:_LONGEST_REASON]}... ({left_out} more characters in the description of the job)"
    return text
