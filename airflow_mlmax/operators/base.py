"""What every job operator is: one task instance, exactly one live job, and a verdict on how it ended."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from typing import Any

from airflow.providers.amazon.aws.utils.mixins import aws_template_fields
from airflow.providers.common.compat.sdk import Context

from airflow_mlmax.costs.charges import Charge, charge
from airflow_mlmax.exceptions import (
    ApiError,
    BadRequestError,
    CapacityError,
    RetryableJobError,
    ServiceFaultError,
)
from airflow_mlmax.failures import api_failure, failure, job_failure, wait_failure
from airflow_mlmax.links import LINKS, announce, console_url
from airflow_mlmax.operators.building import checked
from airflow_mlmax.operators.claim import Claim, Work, claim, newest
from airflow_mlmax.operators.done_before import remember_results
from airflow_mlmax.operators.identity import NEW_JOBS, key_of, takes_what_is_done
from airflow_mlmax.operators.requesting import RequestingOperator
from airflow_mlmax.sagemaker.ladder import rung
from airflow_mlmax.sagemaker.measures import billable_seconds, log_streams, time_limit, wait_limit
from airflow_mlmax.triggers.job import DEADLINE, STOP_PATIENCE, SageMakerJobTrigger

_PATIENCE_WITH_STOPPING = 900


class SageMakerJobOperator(RequestingOperator):
    """Runs one job and waits for it: a retry attaches to it, a kill stops it, and only Completed is a success.

    A family of jobs is a subclass that names its `job_type` and the `request_kind` that its attributes describe, and turns a
    finished job into XCom values in `result()`. XCom: `job_name`, `job_arn`, `billable_seconds`, `cost` (`usd` at list price or None,
    `spot_saving_usd`, `prices_as_of`, `unknown_prices`) and what the family adds.

    :param namespace: project and stage, such as `flights/prod`; tells equal DAGs of two projects in one account apart
    :param tags: tags of the job beside the package's own `mlmax:` tags
    :param extra: members of the AWS request that have no argument here; the family lays them over its request
    :param deferrable: wait in the triggerer (True) or in the worker
    :param poll_interval: seconds between two looks at the job
    :param stream_logs: pass the job's log on to the task's log
    :param stop_on_kill: stop the job when the task is killed, marked or cleared
    :param deadline_slack: seconds beyond the job's own time limit before it is stopped and the task fails
    :param instance_ladder: what to ask for next when there is no capacity, each a dict of `instance_type`,
        `instance_count`, `volume_size_gb`, `spot: False`; climbed within one try
    :param job_pool: Airflow pool, where `pool` names none: an environment's `default_args` give it to jobs alone
    :param prices: USD per instance hour by instance type and component (`Training`, `Processing`, `Batch Transform`),
        over the package's list prices
    """

    operator_extra_links = LINKS
    template_fields: Sequence[str] = aws_template_fields(
        "namespace", "tags", "extra", "instance_ladder", "prices"
    )
    ui_color = "#d5f0e1"

    def __init__(
        self,
        *,
        namespace: str = "",
        tags: dict[str, str] | None = None,
        extra: dict[str, Any] | None = None,
        deferrable: bool = True,
        poll_interval: float = 30.0,
        stream_logs: bool = True,
        stop_on_kill: bool = True,
        deadline_slack: float = 1800.0,
        instance_ladder: list[dict[str, Any]] | None = None,
        job_pool: str | None = None,
        prices: dict[str, dict[str, float]] | None = None,
        **kwargs: Any,
    ) -> None:
        pool = {"pool": job_pool} if job_pool else {}
        super().__init__(**{"multiple_outputs": True, **pool, **kwargs})
        self.namespace = namespace
        self.tags = tags
        self.extra = extra
        self.deferrable = deferrable
        self.poll_interval = poll_interval
        self.stream_logs = stream_logs
        self.stop_on_kill = stop_on_kill
        self.deadline_slack = deadline_slack
        self.instance_ladder = instance_ladder
        self.job_pool = job_pool
        self.prices = prices

    _started = 0.0
    _live_job: str | None = None
    _killed = False

    def result(self, description: Mapping[str, Any]) -> dict[str, Any]:
        """What the family gives of a completed job: plain JSON values, the same keys for every job."""
        raise NotImplementedError

    def charge(self, description: Mapping[str, Any]) -> Charge:
        """What a job that is over costs at list price."""
        return charge(self.job_type, description, self.known_prices())

    def prepare(self, context: Context) -> None:
        """Does what the request needs to be there first, such as uploading code; does nothing when done before."""

    def execute(self, context: Context) -> dict[str, Any]:
        self._started = time.time()
        work = self._work(context)
        reuse = takes_what_is_done(context)
        claimed = claim(self.hook, work, self._about_to_create, reuse=reuse)
        self._live_job = claimed.name
        self._announce(context, claimed)
        if claimed.description and not self.job_type.status(claimed.description).is_active:
            return self._verdict(context, claimed.name, claimed.description, claimed.capacity_errors)
        return self._wait(context, work, claimed)

    def execute_complete(
        self, context: Context, event: dict[str, Any], *, capacity_errors: int = 0, was_stopping: bool = False
    ) -> dict[str, Any]:
        """Goes on when the wait has ended: describes the job and gives the verdict.

        `was_stopping` says that the wait was for an older job of this task to end; then the work is claimed again.
        """
        name = self._live_job = event["job_name"]
        if was_stopping and event["outcome"] == DEADLINE:
            what = (
                f"was still stopping after {_PATIENCE_WITH_STOPPING} s, and no other job may start beside it"
            )
            raise failure(ServiceFaultError, self.job_type, name, what, link=self._link(name))
        error = wait_failure(event["outcome"], self.job_type, name, event["message"], self._link(name))
        if error:
            raise error
        try:
            description = self.hook.describe(self.job_type, name)
        except ApiError as refusal:
            raise api_failure(refusal, self.job_type, name, self._link(name)) from refusal
        if was_stopping or self.job_type.status(description).is_active:
            return self.execute(context)
        return self._verdict(context, name, description, capacity_errors)

    def resume_execution(
        self, next_method: str, next_kwargs: dict[str, Any] | None, context: Context
    ) -> dict[str, Any]:
        """Where Airflow resumes a deferred task; `__fail__` means that it gave the wait up, so the job is stopped."""
        if next_method == "__fail__" and self.stop_on_kill:
            found = newest(self.hook, self.job_type, key_of(context, self.namespace))
            if found and found[1].is_active:
                self.log.info(
                    "%s", self.hook.stop_if_possible(self.job_type, found[0], patience=STOP_PATIENCE)
                )
        result: dict[str, Any] = super().resume_execution(next_method, next_kwargs, context)
        return result

    def on_kill(self) -> None:
        """Stops the job with one short call: Airflow kills the process five seconds later."""
        self._killed = True
        if self._live_job and self.stop_on_kill:
            self.log.info("%s", self.hook.stop_if_possible(self.job_type, self._live_job))

    def _work(self, context: Context) -> Work:
        try:
            self.known_prices()
            self.prepare(context)
            request = checked(self.draft(), self)
        except ValueError as error:
            raise BadRequestError(
                f"BadRequestError: task {self.task_id}: {error}\nNext: correct the task's arguments, then clear it."
            ) from error
        return self.work(context, request)

    def _about_to_create(self, name: str) -> None:
        self._live_job = name  # a kill that comes before the answer must find it

    def _announce(self, context: Context, claimed: Claim) -> None:
        announce(context, self.hook, self.job_type, claimed.name)
        doing = "created" if claimed.description is None else "found, this task's own"
        if claimed.done_before:
            doing = f"has done this work on the same data, so no job is started (conf {NEW_JOBS}: true starts one)"
        self.log.info("%s %s: %s. %s", self.job_type.resource, claimed.name, doing, self._link(claimed.name))
        if claimed.request_changed:
            self.log.warning(
                "The request has changed since %s was created; this try waits for that job. Clear the task to run the "
                "new request.",
                claimed.name,
            )

    def _wait(self, context: Context, work: Work, claimed: Claim) -> dict[str, Any]:
        stopping = bool(claimed.description and self.job_type.status(claimed.description).is_stopping)
        seconds = _PATIENCE_WITH_STOPPING if stopping else self._seconds_to_wait(work.request)
        created = claimed.description["CreationTime"].timestamp() if claimed.description else time.time()
        trigger = SageMakerJobTrigger(
            job_type=self.job_type.resource,
            job_name=claimed.name,
            created=created,
            deadline=self._started + seconds,
            poll_interval=self.poll_interval,
            log_streams=log_streams(self.job_type, work.request) if self.stream_logs else 0,
            stop_on_kill=self.stop_on_kill,
            connection=self._hook_parameters,
        )
        kwargs: dict[str, Any] = {
            "capacity_errors": claimed.capacity_errors,
            "was_stopping": stopping,
        }
        if self.deferrable:
            # Without a timeout: the scheduler would end the wait and leave the job running. The trigger has a deadline.
            self.defer(trigger=trigger, method_name="execute_complete", kwargs=kwargs)
        return self.execute_complete(context, asyncio.run(trigger.wait()), **kwargs)

    def _seconds_to_wait(self, request: Mapping[str, Any]) -> float:
        limit = time_limit(self.job_type, request, getattr(self, "max_runtime", None))
        return wait_limit(limit + self.deadline_slack, self.execution_timeout)

    def _verdict(
        self, context: Context, name: str, description: dict[str, Any], capacity_errors: int
    ) -> dict[str, Any]:
        """The result of a completed job; raises the typed error of any other, after the ladder's last rung."""
        status, cost = self.job_type.status(description), self.charge(description)
        self.log.info("Cost of %s: %s", name, cost)
        if status.is_successful:
            result = self.result(description)
            remember_results(self.hook, self.job_type, description)
            return {
                "billable_seconds": billable_seconds(self.job_type, description),
                **result,
                "cost": cost.document(),
                "job_name": name,
                "job_arn": description[self.job_type.arn_key],
            }
        if self._killed and self.stop_on_kill:
            raise RetryableJobError(f"The task was told to end, so {name} was stopped: {status}.")
        if not status.is_known:
            self.hook.stop_if_possible(self.job_type, name, patience=STOP_PATIENCE)  # it may be running
        error = job_failure(self.job_type, name, description, self._link(name))
        if isinstance(error, CapacityError) and rung(self.instance_ladder or (), capacity_errors + 1):
            self.log.warning("%s", error)
            return self.execute(context)
        raise error

    def _link(self, name: str) -> str:
        return console_url(self.hook, self.job_type, name)
