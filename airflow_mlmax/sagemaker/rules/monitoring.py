"""Rules of monitoring schedules and job definitions."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from airflow_mlmax.sagemaker.monitoring import NOW, firing_hours, offset
from airflow_mlmax.sagemaker.rules.reading import one_of, part, structures

_ROOT = "/opt/ml/processing/"
_LONGEST_WINDOW = timedelta(hours=24)
_CONFIG = "MonitoringScheduleConfig"


def schedule_faults(request: Mapping[str, Any]) -> Iterator[str]:
    """Faults of a `CreateMonitoringSchedule` or `UpdateMonitoringSchedule` request."""
    config = part(request, _CONFIG)
    yield from one_of(config, _CONFIG, "MonitoringJobDefinition", "MonitoringJobDefinitionName")
    if part(config, "MonitoringJobDefinitionName") and not part(config, "MonitoringType"):
        yield f"{_CONFIG}: MonitoringJobDefinitionName needs MonitoringType, which says what kind it is."
    for item in structures(config, "MonitoringJobDefinition", "MonitoringInputs"):
        yield from _input_faults(item, "MonitoringInputs")
    if isinstance(schedule := part(config, "ScheduleConfig"), Mapping):
        yield from _time_faults(schedule)


def definition_faults(request: Mapping[str, Any]) -> Iterator[str]:
    """Faults of a `Create...JobDefinition` request."""
    for name in request:
        if name.endswith("JobInput"):
            yield from _input_faults(request[name], name)


def _input_faults(value: Any, where: str) -> Iterator[str]:
    yield from one_of(value, where, "EndpointInput", "BatchTransformInput")
    path = str(
        part(value, "EndpointInput", "LocalPath") or part(value, "BatchTransformInput", "LocalPath") or _ROOT
    )
    if not path.startswith(_ROOT):
        yield f"{where}: LocalPath {path!r} must lie below {_ROOT}."


def _time_faults(schedule: Mapping[str, Any]) -> Iterator[str]:
    expression = str(schedule.get("ScheduleExpression"))
    bounds = [schedule.get(f"DataAnalysis{name}Time") for name in ("Start", "End")]
    if expression == NOW and not all(bounds):
        yield "ScheduleConfig: NOW needs DataAnalysisStartTime and DataAnalysisEndTime, such as -PT1H and -PT0H."
    try:
        if expression != NOW:
            firing_hours(expression)
        start, end = (offset(str(bound)) if bound else timedelta() for bound in bounds)
    except ValueError as error:
        yield f"ScheduleConfig: {error}"
        return
    if all(bounds) and not timedelta() < end - start <= _LONGEST_WINDOW:
        yield (
            f"ScheduleConfig: DataAnalysisEndTime {bounds[1]} must follow DataAnalysisStartTime {bounds[0]} by "
            "at most 24 hours."
        )
