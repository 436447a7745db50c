"""Waits for a job that somebody else started."""

from collections.abc import Mapping, Sequence
from typing import Any

from airflow.providers.amazon.aws.utils.mixins import aws_template_fields
from airflow.providers.common.compat.sdk import Context

from airflow_mlmax.exceptions import BadRequestError
from airflow_mlmax.failures import job_failure
from airflow_mlmax.links import LINKS, announce
from airflow_mlmax.sagemaker.jobs import JOB_TYPES, JobType
from airflow_mlmax.sensors.waiting import WaitingSensor


class SageMakerJobSensor(WaitingSensor):
    """Waits until a job is over; succeeds if it Completed and raises the typed error of any other end.

    XCom: `job_name`, `job_arn`. The job is not this task's own, so it is never stopped: not by a kill, not by a timeout.

    :param job_type: family of the job, such as `TrainingJob`
    :param job_name: its name
    :param deferrable: wait in the triggerer (True) or in the worker
    :param poke_interval: seconds between two looks at the job
    :param timeout: seconds to wait before the task fails
    """

    operator_extra_links = LINKS
    template_fields: Sequence[str] = aws_template_fields("job_type", "job_name")

    def __init__(self, *, job_type: str, job_name: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.job_type = job_type
        self.job_name = job_name

    def watched(self) -> tuple[JobType, str]:
        if self.job_type not in JOB_TYPES:
            raise BadRequestError(f"job_type is {self.job_type!r}; use one of {sorted(JOB_TYPES)}")
        return JOB_TYPES[self.job_type], self.job_name

    def found(self, context: Context, description: Mapping[str, Any]) -> None:
        announce(context, self.hook, *self.watched())

    def verdict(self, context: Context, description: dict[str, Any]) -> dict[str, Any]:
        job_type, name = self.watched()
        if not job_type.status(description).is_successful:
            raise job_failure(job_type, name, description)
        return {"job_name": name, "job_arn": description[job_type.arn_key]}
