"""Waits for a job that somebody else started."""

import asyncio
import time
from collections.abc import Sequence
from typing import Any

from airflow.providers.amazon.aws.sensors.base_aws import AwsBaseSensor
from airflow.providers.amazon.aws.utils.mixins import aws_template_fields
from airflow.providers.common.compat.sdk import Context

from airflow_mlmax.exceptions import ApiError, BadRequestError
from airflow_mlmax.failures import api_failure, job_failure, wait_failure
from airflow_mlmax.hooks.sagemaker import SageMakerJobHook
from airflow_mlmax.links import LINKS, announce
from airflow_mlmax.sagemaker.jobs import JOB_TYPES, JobType
from airflow_mlmax.triggers.job import SageMakerJobTrigger


class SageMakerJobSensor(AwsBaseSensor[SageMakerJobHook]):
    """Waits until a job is over; succeeds if it Completed and raises the typed error of any other end.

    XCom: `job_name`, `job_arn`. The job is not this task's own, so it is never stopped: not by a kill, not by a timeout.

    :param job_type: family of the job, such as `TrainingJob`
    :param job_name: its name
    :param deferrable: wait in the triggerer (True) or in the worker
    :param poke_interval: seconds between two looks at the job
    :param timeout: seconds to wait before the task fails
    """

    aws_hook_class = SageMakerJobHook
    operator_extra_links = LINKS
    template_fields: Sequence[str] = aws_template_fields("job_type", "job_name")

    def __init__(
        self,
        *,
        job_type: str,
        job_name: str,
        deferrable: bool = True,
        poke_interval: float = 30.0,
        **kwargs: Any,
    ) -> None:
        super().__init__(poke_interval=poke_interval, **{"multiple_outputs": True, **kwargs})
        self.job_type = job_type
        self.job_name = job_name
        self.deferrable = deferrable

    def execute(self, context: Context) -> dict[str, Any]:
        job_type = self._family()
        description = self._describe(job_type)
        announce(context, self.hook, job_type, self.job_name)
        if not job_type.status(description).is_active:
            return self._verdict(job_type, description)
        trigger = SageMakerJobTrigger(
            job_type=job_type.resource,
            job_name=self.job_name,
            created=description["CreationTime"].timestamp(),
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
        """Goes on when the wait has ended: describes the job and gives the verdict."""
        job_type = self._family()
        error = wait_failure(event["outcome"], job_type, self.job_name, event["message"])
        if error:
            raise error
        return self._verdict(job_type, self._describe(job_type))

    def _family(self) -> JobType:
        if self.job_type not in JOB_TYPES:
            raise BadRequestError(f"job_type is {self.job_type!r}; use one of {sorted(JOB_TYPES)}")
        return JOB_TYPES[self.job_type]

    def _describe(self, job_type: JobType) -> dict[str, Any]:
        try:
            return self.hook.describe(job_type, self.job_name)
        except ApiError as error:
            raise api_failure(error, job_type, self.job_name) from error

    def _verdict(self, job_type: JobType, description: dict[str, Any]) -> dict[str, Any]:
        if not job_type.status(description).is_successful:
            raise job_failure(job_type, self.job_name, description)
        return {"job_name": self.job_name, "job_arn": description[job_type.arn_key]}
