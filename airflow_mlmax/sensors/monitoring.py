"""Waits for an execution of a SageMaker monitoring schedule."""

from collections.abc import Mapping, Sequence
from typing import Any

from airflow.providers.amazon.aws.utils.mixins import aws_template_fields
from airflow.providers.common.compat.sdk import Context

from airflow_mlmax.exceptions import ApiError, BadRequestError, FinalJobError, ViolationsError
from airflow_mlmax.failures import api_failure, failure, job_failure
from airflow_mlmax.hooks.monitor_report import explanation, read_violations
from airflow_mlmax.hooks.s3 import S3Objects
from airflow_mlmax.links import LINKS, announce, console_url
from airflow_mlmax.sagemaker.jobs import PROCESSING, JobType
from airflow_mlmax.sagemaker.monitoring import MONITORING_EXECUTION, Execution, moment
from airflow_mlmax.sagemaker.results import monitor_result, violations_result
from airflow_mlmax.sensors.waiting import WaitingSensor

_NAME = "MonitoringScheduleName"


class MonitoringExecutionSensor(WaitingSensor):
    """Waits until an execution of a monitoring schedule is over; violations fail the task at once, without retries.

    XCom, also of a task that violations failed: `processing_job_arn`, `scheduled_time`, `execution_status`,
    `report_uri`, `statistics_uri`, `constraints_uri`, `violations_uri`, `violation_count`, `worst_features`,
    `exit_message`. Of several executions in the window the newest counts. SageMaker starts them up to twenty minutes
    after their scheduled hour.

    :param schedule_name: name of the schedule
    :param scheduled_after: ISO 8601 time from which on the execution is scheduled; no bound if not given
    :param scheduled_before: ISO 8601 time before which it is scheduled; no bound if not given
    :param on_violations: `warn` lets the task succeed, with a warning in its log; anything else fails it
    :param deferrable: wait in the triggerer (True) or in the worker
    :param poke_interval: seconds between two looks
    :param timeout: seconds to wait before the task fails
    :raises ViolationsError: the execution found violations, and `on_violations` is not `warn`
    """

    operator_extra_links = LINKS
    template_fields: Sequence[str] = aws_template_fields(
        "schedule_name", "scheduled_after", "scheduled_before", "on_violations"
    )

    def __init__(
        self,
        *,
        schedule_name: str,
        scheduled_after: str | None = None,
        scheduled_before: str | None = None,
        on_violations: str = "fail",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.schedule_name = schedule_name
        self.scheduled_after = scheduled_after
        self.scheduled_before = scheduled_before
        self.on_violations = on_violations

    def watched(self) -> tuple[JobType, str]:
        bounds = [bound for bound in (self.scheduled_after, self.scheduled_before) if bound]
        try:
            _ = [moment(bound) for bound in bounds]
        except ValueError as error:
            raise BadRequestError(
                f"scheduled_after, scheduled_before: {error}; give ISO 8601 times."
            ) from None
        execution = Execution(self.schedule_name, self.scheduled_after or "", self.scheduled_before or "")
        return MONITORING_EXECUTION, execution.name

    def found(self, context: Context, description: Mapping[str, Any]) -> None:
        """Fails at once where no execution can come; leads to the job of one that runs."""
        if PROCESSING.arn_key in description:
            announce(context, self.hook, PROCESSING, _job_name(description))
        elif MONITORING_EXECUTION.status(description).is_active:
            self._expect_one()

    def verdict(self, context: Context, description: dict[str, Any]) -> dict[str, Any]:
        job_type, name = self.watched()
        status = job_type.status(description)
        link = ""
        if PROCESSING.arn_key in description:
            announce(context, self.hook, PROCESSING, _job_name(description))
            link = console_url(self.hook, PROCESSING, _job_name(description))
        if not status.is_successful and not status.has_violations:
            raise job_failure(job_type, name, description, link)
        result = {
            "processing_job_arn": description[PROCESSING.arn_key],
            "scheduled_time": description["ScheduledTime"].isoformat(),
            "execution_status": str(status),
            **self._report(description),
        }
        if not status.has_violations:
            return {**result, "violations_uri": None, **violations_result([])}
        return self._violated(context, result)

    def _expect_one(self) -> None:
        """Raises the error of a schedule that is unknown, broken or stopped, for which nothing is worth waiting."""
        job_type, name = self.watched()
        request, key = {_NAME: self.schedule_name}, "MonitoringScheduleStatus"
        try:
            schedule = self.hook.call("sagemaker", "DescribeMonitoringSchedule", request, expect=key)
        except ApiError as error:
            raise api_failure(error, job_type, name) from error
        if (state := schedule[key]) in {"Failed", "Stopped"}:
            what = f"will not come: its schedule is {state}"
            reason = str(schedule.get("FailureReason") or "")
            raise failure(FinalJobError, job_type, name, what, reason=reason)

    def _report(self, description: Mapping[str, Any]) -> dict[str, Any]:
        try:
            job = self.hook.describe(PROCESSING, _job_name(description))
        except ApiError as error:
            raise api_failure(error, PROCESSING, _job_name(description)) from error
        output = job["ProcessingOutputConfig"]["Outputs"][0]["OutputName"]
        is_quality = str(description.get("MonitoringType", "DataQuality")).endswith("Quality")
        result = monitor_result(job, output, "constraints.json" if is_quality else "analysis.json")
        del result["verdict_uri"]  # a file of this package's own analyzer
        return result

    def _violated(self, context: Context, result: Mapping[str, Any]) -> dict[str, Any]:
        uri, violations = read_violations(S3Objects(self.hook), result["report_uri"])
        full = {**result, "violations_uri": uri, **violations_result(violations)}
        about = f"{self.watched()[1]} found {len(violations)} violations. {_job_name({PROCESSING.arn_key: full['processing_job_arn']})}"
        text = explanation(about, violations, uri)
        if self.on_violations == "warn":
            self.log.warning("%s", text)
            return full
        for key, value in full.items():  # a task after this one may want to read why
            context["ti"].xcom_push(key, value)
        raise ViolationsError(text)


def _job_name(description: Mapping[str, Any]) -> str:
    return str(description[PROCESSING.arn_key]).rpartition("/")[2]
