"""Executions of schedules: each starts one processing job, and stands as that job stands."""

import hashlib
import sys
import time
import traceback
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from airflow_mlmax.local.jobs.job import JobError
from airflow_mlmax.local.monitoring import captured, request
from airflow_mlmax.local.monitoring.captured import Window
from airflow_mlmax.local.monitoring.definition import Definition, MissingDefinition, definition_of
from airflow_mlmax.local.operations.jobs import first_answer
from airflow_mlmax.local.resources import ResourceKey, parse_arn
from airflow_mlmax.local.store import AlreadyExists, Record, Store
from airflow_mlmax.sagemaker.jobs import PROCESSING
from airflow_mlmax.sagemaker.monitoring import DAILY, MONITORING_EXECUTION, NOW, firing_before, offset

if TYPE_CHECKING:
    from airflow_mlmax.local.jobs.engine import Engine
    from airflow_mlmax.local.s3.objects import ObjectStore

KIND = MONITORING_EXECUTION.resource
SCHEDULE = "MonitoringSchedule"
_STATUS = MONITORING_EXECUTION.status_key
_VIOLATIONS = "CompletedWithViolations"
_BROKEN = "InternalServerError: the local runtime failed"
_NO_DATA = "Job inputs had no data"


@dataclass(frozen=True)
class Executions:
    """Starts executions. One schedule has at most one for each scheduled time, also after a crash in the middle."""

    store: Store
    objects: "ObjectStore"
    engine: "Engine"

    def start(self, schedule: Record, scheduled: float) -> Record:
        """The execution of a schedule for an epoch time; what cannot even start is Failed, as on AWS."""
        when = datetime.fromtimestamp(scheduled, UTC)
        try:
            answer = self._job(schedule, when)
        except (MissingDefinition, JobError) as error:
            answer = {_STATUS: "Failed", "FailureReason": str(error)}
        except Exception:  # noqa: BLE001 - a schedule that cannot run must not keep the others from it
            traceback.print_exc(file=sys.stderr)
            answer = {_STATUS: "Failed", "FailureReason": _BROKEN}
        return self._kept(schedule, scheduled, answer)

    def _job(self, schedule: Record, when: datetime) -> dict[str, Any]:
        definition = definition_of(self.store, schedule)
        window = window_of(schedule.description["MonitoringScheduleConfig"], definition, when)
        inputs = captured.inputs(self.objects, definition.area, definition.captured, window)
        if not inputs:
            return {_STATUS: "Failed", "FailureReason": _NO_DATA}
        definition = self._with_baseline(schedule.region, definition)
        key = ResourceKey(schedule.region, PROCESSING.resource, _job_name(schedule, when))
        made = {
            PROCESSING.name_key: key.name,
            **request.processing_request(definition, schedule.name, when, window, inputs),
        }
        answer = {
            **first_answer(PROCESSING, made),
            PROCESSING.arn_key: key.arn,
            PROCESSING.status_key: "InProgress",
            "MonitoringScheduleArn": schedule.answer["MonitoringScheduleArn"],
        }
        # After a crash between the job and its execution the engine has the job already.
        with suppress(AlreadyExists):
            self.engine.submit(self.store.insert(key.region, key.kind, key.name, made, answer))
        return {_STATUS: "InProgress", PROCESSING.arn_key: key.arn}

    def _with_baseline(self, region: str, definition: Definition) -> Definition:
        """The files that a baselining job left, where the definition names the job instead of the files."""
        name = definition.baseline.get("BaseliningJobName")
        if name is None:
            return definition
        job = self.store.get(region, PROCESSING.resource, name)
        if job is None:
            raise JobError(f"ClientError: Could not find requested job with name: {name}")
        prefix = job.request["ProcessingOutputConfig"]["Outputs"][0]["S3Output"]["S3Uri"].rstrip("/")
        names = {"ConstraintsResource": "constraints.json", "StatisticsResource": "statistics.json"}
        if not definition.area.endswith("Quality"):
            names = {"ConstraintsResource": "analysis.json"}
        files = {member: {"S3Uri": f"{prefix}/{name}"} for member, name in names.items()}
        return Definition(**{**vars(definition), "baseline": {**files, **definition.baseline}})

    def _kept(self, schedule: Record, scheduled: float, answer: Mapping[str, Any]) -> Record:
        now = time.time()
        config = schedule.description["MonitoringScheduleConfig"]
        facts = {
            "MonitoringScheduleName": schedule.name,
            "MonitoringType": config.get("MonitoringType", "DataQuality"),
            "MonitoringJobDefinitionName": config.get("MonitoringJobDefinitionName"),
        }
        times = {"ScheduledTime": scheduled, "CreationTime": now, "LastModifiedTime": now}
        name = f"{schedule.answer['CreationTime']}/{schedule.name}/{scheduled}"
        try:
            return self.store.insert(schedule.region, KIND, name, facts, {**times, **answer})
        except AlreadyExists as error:
            return error.record


def told(store: Store, execution: Record) -> dict[str, Any]:
    """An execution as it stands now: its processing job decides, and the job's message about violations."""
    found = execution.description
    key = parse_arn(found.get(PROCESSING.arn_key, ""))
    job = store.get(key.region, key.kind, key.name) if key else None
    if job is None:
        return found
    answer = job.answer
    status = PROCESSING.status(answer)
    violated = status.is_successful and str(answer.get("ExitMessage", "")).startswith(_VIOLATIONS)
    return {
        **found,
        _STATUS: _VIOLATIONS if violated else str(status),
        "LastModifiedTime": answer["LastModifiedTime"],
        "FailureReason": answer.get("FailureReason"),
    }


def window_of(config: Mapping[str, Any], definition: Definition, scheduled: datetime) -> Window:
    """The data that an execution looks at: by default all since the schedule fired before."""
    schedule = config.get("ScheduleConfig", {})
    expression = schedule.get("ScheduleExpression", DAILY)
    start = scheduled if expression == NOW else firing_before(expression, scheduled)
    if "DataAnalysisStartTime" in schedule:
        start = scheduled + offset(schedule["DataAnalysisStartTime"])
    end = scheduled + offset(schedule.get("DataAnalysisEndTime", "PT0H"))
    earlier = {name: definition.captured.get(f"{name}TimeOffset", "PT0H") for name in ("Start", "End")}
    return Window(start - abs(offset(earlier["Start"])), end - abs(offset(earlier["End"])))


def _job_name(schedule: Record, when: datetime) -> str:
    """The same for the same schedule and time, so that a second start finds the first job."""
    text = f"{schedule.answer['MonitoringScheduleArn']}/{schedule.answer['CreationTime']}/{when.timestamp()}"
    return f"model-monitoring-{when:%Y%m%d%H%M}-{hashlib.sha256(text.encode()).hexdigest()[:24]}"
