"""Exactly one live job for the work of one task instance, by the names of its jobs and the tags on them.

The jobs of a task instance are numbered. Creating number 1 claims the work in one call. When the name is taken, the job
that has it is described and its tags are read:

====================================== =============================================================
the job that has the name              what the claim does
====================================== =============================================================
not ours by its tags                   raises ConflictError
running or stopping                    gives it: whoever claims waits for it
Completed, same generation             gives it: a try that died could not return its result
Failed for good, same generation       gives it: a try that died could not report it
the newest, done before by a backfill  gives it, if the caller reuses: see `done_before`
anything else that is over             goes on to the next number
====================================== =============================================================

The generation grows when a finished task is cleared and stays the same when it is tried again. The instance ladder is
climbed by counting: as many rungs as jobs of this generation ended without capacity, starting over after the last.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from airflow_mlmax.exceptions import (
    ApiError,
    BadRequestError,
    CapacityError,
    ConflictError,
    FinalJobError,
    JobStoppedError,
    MLMaxError,
    NameTakenError,
    ServiceFaultError,
)
from airflow_mlmax.failures import api_failure, failure, job_failure
from airflow_mlmax.hooks.sagemaker import SageMakerJobHook
from airflow_mlmax.operators.done_before import inputs_digest, is_done
from airflow_mlmax.sagemaker import ownership
from airflow_mlmax.sagemaker.checks import refuse
from airflow_mlmax.sagemaker.jobs import JobKey, JobStatus, JobType
from airflow_mlmax.sagemaker.ladder import climb, rung
from airflow_mlmax.sagemaker.requests.errors import RequestError

_LAST_NUMBER = 999
_SERVICE_FAULTS = 3


@dataclass(frozen=True)
class Work:
    """What one task instance wants done. `request` has no name and no tags; `tags` are the user's own."""

    job_type: JobType
    key: JobKey
    generation: int
    try_number: int
    request: Mapping[str, Any]
    tags: Mapping[str, str] = field(default_factory=dict)
    ladder: Sequence[Mapping[str, Any]] = ()
    inputs: str = ""
    """Digest of what the request reads, empty where it is unknown."""

    @property
    def fingerprint(self) -> str:
        """Tells a changed request from a repeated one; the same on every rung of the ladder."""
        return ownership.fingerprint(self.request)

    @property
    def content(self) -> dict[str, str]:
        """The tags that tell equal work: the same request on the same data."""
        return {ownership.FINGERPRINT: self.fingerprint, ownership.INPUTS: self.inputs}

    def name(self, number: int) -> str:
        return self.key.job_name(self.job_type, number)

    def job(self, number: int, capacity_errors: int) -> dict[str, Any]:
        """The complete request of the `number`-th job."""
        try:
            request = climb(self.job_type, self.request, self.ladder, rung(self.ladder, capacity_errors))
        except ValueError as error:
            what = "cannot be created"
            raise failure(
                BadRequestError, self.job_type, self.name(number), what, reason=str(error)
            ) from error
        tags = {
            **self.tags,
            **self.content,
            **ownership.tags(self.key, generation=self.generation, number=number),
            ownership.TRY: str(self.try_number),
        }
        return {
            self.job_type.name_key: self.name(number),
            **request,
            "Tags": [{"Key": key, "Value": value} for key, value in tags.items()],
        }


@dataclass(frozen=True)
class Claim:
    """The job that does the work. `description` is None for a job that this claim created."""

    name: str
    capacity_errors: int
    description: dict[str, Any] | None = None
    request_changed: bool = False
    done_before: bool = False
    """Whether it did this work before the task was cleared."""


def claim(
    hook: SageMakerJobHook, work: Work, about_to_create: Callable[[str], None], *, reuse: bool = False
) -> Claim:
    """Creates the job of `work`, or finds the one that already does it; with `reuse` also one that did it before a clear.

    `about_to_create` hears each name before its request is sent. Raises BadRequestError for a request that breaks the
    service model of the installed botocore, ConflictError for a name that belongs to somebody else, the typed error of
    a Create that SageMaker refuses, and FinalJobError after three jobs that SageMaker itself failed.
    """
    work = replace(work, inputs=inputs_digest(hook, work.job_type, work.request))
    ends: list[MLMaxError] = []  # of this generation's jobs, in order
    for number in range(1, _LAST_NUMBER + 1):
        name = work.name(number)
        capacity_errors = sum(isinstance(end, CapacityError) for end in ends)
        about_to_create(name)
        if _create(hook, work.job_type, work.job(number, capacity_errors)):
            return Claim(name, capacity_errors)
        description, tags = _existing(hook, work, name)
        ours_now = tags.get(ownership.GENERATION) == str(work.generation)
        if _is_the_one(hook, work, name, description, ours_now=ours_now):
            changed = tags.get(ownership.FINGERPRINT) != work.fingerprint
            return Claim(name, capacity_errors, description, request_changed=changed)
        if reuse and _did_it(hook, work, number, description, tags):
            return Claim(name, capacity_errors, description, done_before=True)
        if ours_now:
            ends.append(job_failure(work.job_type, name, description))
        if sum(isinstance(end, ServiceFaultError) for end in ends) >= _SERVICE_FAULTS:
            what = f"is the last of {_SERVICE_FAULTS} jobs that SageMaker failed; no more are started"
            raise failure(FinalJobError, work.job_type, name, what, reason=str(ends[-1]))
    raise failure(FinalJobError, work.job_type, name, f"is the last of {_LAST_NUMBER} names of this task")


def newest(hook: SageMakerJobHook, job_type: JobType, key: JobKey) -> tuple[str, JobStatus] | None:
    """Name and state of the last job of a task instance, or None if it has none."""
    found = None
    for description in all_jobs(hook, job_type, key.stem(job_type)):
        found = description[job_type.name_key], job_type.status(description)
    return found


def all_jobs(hook: SageMakerJobHook, job_type: JobType, stem: str) -> Iterator[dict[str, Any]]:
    """The descriptions of all jobs of a task instance, of earlier tries too, in the order in which they were made.

    :param stem: of their names
    """
    for number in range(1, _LAST_NUMBER + 1):
        description = hook.find(job_type, f"{stem}-{number}")
        if description is None:
            return
        yield description


def _create(hook: SageMakerJobHook, job_type: JobType, request: dict[str, Any]) -> bool:
    """True if the job was created; False if its name is taken, be it by a Create whose answer was lost."""
    operation, name = job_type.operation("Create"), request[job_type.name_key]
    try:
        refuse(operation, request)
    except RequestError as error:
        what = f"cannot be created, its request has {len(error.faults)} faults"
        raise failure(BadRequestError, job_type, name, what, reason="; ".join(error.faults)) from error
    try:
        hook.create(job_type, request)
    except NameTakenError:
        return False
    except ApiError as error:
        raise api_failure(error, job_type, name) from error
    return True


def _existing(hook: SageMakerJobHook, work: Work, name: str) -> tuple[dict[str, Any], dict[str, str]]:
    """Description and tags of the job that has our name. Raises ConflictError if it is not ours."""
    try:
        description = hook.describe(work.job_type, name)
        tags = hook.tags(description[work.job_type.arn_key])
    except ApiError as error:
        raise api_failure(error, work.job_type, name) from error
    if tags.get(ownership.KEY) != work.key.digest:
        wanted = ownership.tags(work.key, generation=0, number=0)
        what = f"belongs to {ownership.owner(tags)}, and is wanted by {ownership.owner(wanted)}"
        raise failure(ConflictError, work.job_type, name, what)
    return description, tags


def _is_the_one(
    hook: SageMakerJobHook, work: Work, name: str, description: dict[str, Any], *, ours_now: bool
) -> bool:
    """True if this job does the work, or did it and nobody was told yet."""
    status = work.job_type.status(description)
    if not status.is_known:
        hook.stop(work.job_type, name)  # it may be running, so no other job may start beside it
        raise job_failure(work.job_type, name, description)
    if status.is_active:
        return True
    if not ours_now or status.is_successful:
        return ours_now
    error = job_failure(work.job_type, name, description)
    return isinstance(error, FinalJobError) and not isinstance(error, JobStoppedError)


def _did_it(
    hook: SageMakerJobHook, work: Work, number: int, description: dict[str, Any], tags: Mapping[str, str]
) -> bool:
    """True of the newest job only: a later one, however it ended, may have written over the results."""
    return (
        is_done(hook, work.job_type, description, tags, work.content)
        and hook.find(work.job_type, work.name(number + 1)) is None
    )
