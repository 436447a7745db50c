"""What sensors of SageMaker share: one look, one wait of the trigger, one verdict."""

import asyncio
import time
from collections.abc import Mapping
from typing import Any

from airflow.providers.amazon.aws.sensors.base_aws import AwsBaseSensor
from airflow.providers.common.compat.sdk import Context

from airflow_mlmax.exceptions import ApiError
from airflow_mlmax.failures import api_failure, wait_failure
from airflow_mlmax.hooks.sagemaker import SageMakerJobHook
from airflow_mlmax.sagemaker.jobs import JobType
from airflow_mlmax.triggers.job import SageMakerJobTrigger


class WaitingSensor(AwsBaseSensor[SageMakerJobHook]):
    """Waits until what a subclass names in `watched` is over, and lets it give the `verdict`.

    What is watched is not this task's own, so it is never stopped: not by a kill, not by a timeout.

    :param deferrable: wait in the triggerer (True) or in the worker
    :param poke_interval: seconds between two looks
    :param timeout: seconds to wait before the task fails
    """

    aws_hook_class = SageMakerJobHook

    def __init__(self, *, deferrable: bool = True, poke_interval: float = 30.0, **kwargs: Any) -> None:
        super().__init__(poke_interval=poke_interval, **{"multiple_outputs": True, **kwargs})
        self.deferrable = deferrable

    def watched(self) -> tuple[JobType, str]:
        """Family and name of what is waited for."""
        raise NotImplementedError

    def verdict(self, context: Context, description: dict[str, Any]) -> dict[str, Any]:
        """The result of what is over; raises the typed error of a bad end."""
        raise NotImplementedError

    def found(self, context: Context, description: Mapping[str, Any]) -> None:
        """Does what the first look allows before the wait."""

    def execute(self, context: Context) -> dict[str, Any]:
        job_type, name = self.watched()
        description = self._describe(job_type, name)
        self.found(context, description)
        if not job_type.status(description).is_active:
            return self.verdict(context, description)
        created = description.get("CreationTime")
        trigger = SageMakerJobTrigger(
            job_type=job_type.resource,
            job_name=name,
            created=created.timestamp() if created else time.time(),
            deadline=time.time() + float(self.timeout),
            poll_interval=float(self.poke_interval),
            stop_on_kill=False,
            stop_at_deadline=False,
            connection=self._hook_parameters,
        )
        if self.deferrable:
            self.defer(trigger=trigger, method_name="execute_complete")
        return self.execute_complete(context, asyncio.run(trigger.wait()))

    def execute_complete(self, context: Context, event: dict[str, Any]) -> dict[str, Any]:
        """Goes on when the wait has ended: looks once more and gives the verdict."""
        job_type, name = self.watched()
        error = wait_failure(event["outcome"], job_type, name, event["message"])
        if error:
            raise error
        return self.verdict(context, self._describe(job_type, name))

    def _describe(self, job_type: JobType, name: str) -> dict[str, Any]:
        try:
            return self.hook.describe(job_type, name)
        except ApiError as error:
            raise api_failure(error, job_type, name) from error
