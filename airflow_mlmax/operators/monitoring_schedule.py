"""Operators of SageMaker Model Monitor's schedules, for accounts that have the service; a rerun makes nothing twice.

New customers have had no access since 2026-07-30: `airflow_mlmax.operators.monitor` needs no such access.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar

from airflow.providers.amazon.aws.operators.base_aws import AwsBaseOperator
from airflow.providers.amazon.aws.utils.mixins import aws_template_fields
from airflow.providers.common.compat.sdk import Context

from airflow_mlmax.exceptions import ApiError, NameTakenError, UnknownJobError
from airflow_mlmax.hooks.sagemaker import SageMakerJobHook
from airflow_mlmax.operators.building import Draft, drafted
from airflow_mlmax.operators.calling import called
from airflow_mlmax.operators.monitoring_definition import MonitoringJobOperator
from airflow_mlmax.operators.planned import Planned
from airflow_mlmax.sagemaker import ownership
from airflow_mlmax.sagemaker.requests import MonitoringScheduleRequest, tag_list

_NAME = "MonitoringScheduleName"
_ARN = "MonitoringScheduleArn"
_STATUS = "MonitoringScheduleStatus"


class CreateMonitoringScheduleOperator(MonitoringJobOperator):
    """Makes a monitoring schedule, or brings the one of this name to what is asked; an equal one is left alone.

    A tag of the schedule holds the hash of its request, by which equal ones are known. XCom: `schedule_name`,
    `schedule_arn`, `outcome` (`created`, `updated` or `unchanged`).

    :param schedule_name: up to 63 letters, digits and dashes; a schedule that runs `NOW` wants one for each run
    :param schedule: `NOW`, `cron(0 * ? * * *)`, `cron(0 HH ? * * *)` or `cron(0 HH/N ? * * *)`, in UTC; every day at an
        hour of SageMaker's choice if not given
    :param analysis_start: beginning of the data's window, as an offset from the scheduled time such as `-PT1H`
    :param analysis_end: its end, such as `-PT0H`
    :param job_definition: name of a job definition of this kind, instead of the arguments that define a job, which is one
        of data quality; those are the ones of `CreateMonitoringJobDefinitionOperator`
    :raises BadRequestError: a request with faults, all of them named, before anything is sent
    """

    template_fields: Sequence[str] = (
        *MonitoringJobOperator.template_fields,
        *("schedule_name", "schedule", "analysis_start", "analysis_end", "job_definition"),
    )

    def __init__(
        self,
        *,
        schedule_name: str,
        schedule: str | None = None,
        analysis_start: str | None = None,
        analysis_end: str | None = None,
        job_definition: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.schedule_name = schedule_name
        self.schedule = schedule
        self.analysis_start = analysis_start
        self.analysis_end = analysis_end
        self.job_definition = job_definition

    def draft(self) -> Draft:
        draft = drafted(MonitoringScheduleRequest, self, {_NAME: self.schedule_name})
        tags = {**(self.tags or {}), ownership.FINGERPRINT: ownership.fingerprint(draft.request)}
        return replace(draft, request={**draft.request, "Tags": tag_list(tags)})

    def execute(self, context: Context) -> dict[str, Any]:
        create = self.checked()
        try:
            arn, outcome = called(self, "CreateMonitoringSchedule", create, expect=_ARN)[_ARN], "created"
        except NameTakenError:
            arn, outcome = self._brought(create)
        self.log.info("The monitoring schedule %s: %s.", self.schedule_name, outcome)
        return {"schedule_name": self.schedule_name, "schedule_arn": str(arn), "outcome": outcome}

    def _brought(self, create: Mapping[str, Any]) -> tuple[str, str]:
        """The ARN of the schedule that is there, once it does what is asked, and what that took."""
        request, tags = {**create}, {tag["Key"]: tag["Value"] for tag in create["Tags"]}
        del request["Tags"]
        arn = str(called(self, "DescribeMonitoringSchedule", {_NAME: self.schedule_name}, expect=_ARN)[_ARN])
        known = self.hook.tags(arn).get(ownership.FINGERPRINT)
        if known == tags[ownership.FINGERPRINT]:
            return arn, "unchanged"
        if known is None:
            self.log.warning(
                "%s was made by somebody else; its configuration is replaced.", self.schedule_name
            )
        called(self, "UpdateMonitoringSchedule", request, expect=_ARN)
        called(self, "AddTags", {"ResourceArn": arn, "Tags": tag_list(tags)}, expect="Tags")
        return arn, "updated"


class _ScheduleOperator(AwsBaseOperator[SageMakerJobHook]):
    """One call about one schedule, left out where the schedule is already as the call would make it."""

    aws_hook_class = SageMakerJobHook
    operation: ClassVar[str]
    template_fields: Sequence[str] = aws_template_fields("schedule_name")
    ui_color = "#d5e4f0"

    def __init__(self, *, schedule_name: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.schedule_name = schedule_name

    def planned(self, context: Context) -> Planned:
        return Planned([Draft(self.operation, {_NAME: self.schedule_name})])

    def _status(self) -> str:
        answer = called(self, "DescribeMonitoringSchedule", {_NAME: self.schedule_name}, expect=_STATUS)
        return str(answer[_STATUS])

    def _call(self, expected: type[ApiError] = NameTakenError) -> None:
        called(self, self.operation, {_NAME: self.schedule_name}, expected=expected)


class DeleteMonitoringScheduleOperator(_ScheduleOperator):
    """Deletes a monitoring schedule; one that is gone is a success. The history of its executions stays.

    :param schedule_name: its name
    """

    operation = "DeleteMonitoringSchedule"

    def execute(self, context: Context) -> None:
        try:
            self._call(UnknownJobError)
        except UnknownJobError:
            self.log.info("The monitoring schedule %s is gone.", self.schedule_name)


class StopMonitoringScheduleOperator(_ScheduleOperator):
    """Lets a monitoring schedule start no further execution; one that runs goes on.

    :param schedule_name: its name
    """

    operation = "StopMonitoringSchedule"

    def execute(self, context: Context) -> None:
        if self._status() != "Stopped":
            self._call()


class StartMonitoringScheduleOperator(_ScheduleOperator):
    """Lets a stopped monitoring schedule go on.

    :param schedule_name: its name
    """

    operation = "StartMonitoringSchedule"

    def execute(self, context: Context) -> None:
        if self._status() == "Stopped":
            self._call()
