"""Requests of `CreateMonitoringSchedule`."""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Any, ClassVar

from airflow_mlmax.sagemaker.monitoring import MONITOR_TYPES
from airflow_mlmax.sagemaker.requests.monitoring_job import MonitoredData, MonitoringRequest
from airflow_mlmax.sagemaker.requests.request import Request
from airflow_mlmax.sagemaker.requests.values import present, texts


@dataclass(frozen=True, kw_only=True)
class MonitoringScheduleRequest(MonitoringRequest):
    """A schedule of a named job definition, or of a data-quality job that is defined inside it."""

    operation: ClassVar[str] = "CreateMonitoringSchedule"
    name_key: ClassVar[str] = "MonitoringScheduleName"
    role_key: ClassVar[str | None] = None

    kind: str = "data_quality"
    """`data_quality`, `model_quality`, `bias` or `feature_attribution`."""

    schedule: str | None = None
    """`NOW`, `cron(0 * ? * * *)` and kin; every day at an hour of SageMaker's choice where nothing is said."""

    analysis_start: str | None = None
    analysis_end: str | None = None
    """The window of data, as offsets from the scheduled time: `-PT1H`, `-PT0H`. `NOW` needs both."""

    job_definition: str | None = None
    """Name of a job definition, instead of the arguments that define a job."""

    def body(self) -> dict[str, Any]:
        times = present(
            ScheduleExpression=self.schedule,
            DataAnalysisStartTime=self.analysis_start,
            DataAnalysisEndTime=self.analysis_end,
        )
        config = present(
            ScheduleConfig=times or None,
            MonitoringJobDefinition=None if self.job_definition else self._definition(),
            MonitoringJobDefinitionName=self.job_definition,
            MonitoringType=MONITOR_TYPES[self.kind].area,
        )
        return {"MonitoringScheduleConfig": config}

    def argument_faults(self) -> Iterator[str]:
        if self.kind not in MONITOR_TYPES:
            yield f"kind {self.kind!r} is unknown; give one of {', '.join(MONITOR_TYPES)}."
        if not self.job_definition and self.kind == "data_quality":
            yield from super().argument_faults()
        elif not self.job_definition:
            yield f"kind {self.kind} needs job_definition, which CreateMonitoringJobDefinitionOperator makes."
        elif others := [name for name in _DEFINING if name in self._arguments_given()]:
            yield f"job_definition excludes {', '.join(others)}, which it holds; keep one form."

    def _definition(self) -> dict[str, Any]:
        return present(
            BaselineConfig=self._baseline("data_quality"),
            MonitoringInputs=[MonitoredData.of(self.data).source()],
            MonitoringOutputConfig=self._outputs(),
            MonitoringResources=self._resources(),
            MonitoringAppSpecification=self._application(),
            StoppingCondition=self._limit(),
            Environment=texts(self.environment),
            RoleArn=self.role_arn,
        )


_DEFINING = sorted(
    {each.name for each in fields(MonitoringRequest)} - {each.name for each in fields(Request)}
)
