"""Monitoring schedules of SageMaker Model Monitor: the four types, when a schedule fires, and its executions.

Sources: the API reference's pages of `ScheduleConfig`, `CreateMonitoringSchedule` and `ListMonitoringExecutions`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from airflow_mlmax.sagemaker.jobs import PROCESSING, JobType

NOW = "NOW"
"""Schedule expression of a schedule that runs once, at once."""

DAILY = "cron(0 0 ? * * *)"
"""What a schedule without an expression does; SageMaker itself picks the hour."""

_CRON = re.compile(r"cron\(0 (?P<hour>\*|[01]?\d|2[0-3])(?:/(?P<step>[01]?\d|2[0-4]))? \? \* \* \*\)")
_OFFSET = re.compile(
    r"(?P<sign>-?)P(?:(?P<days>\d+)D)?(?:T(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?(?:(?P<seconds>\d+)S)?)?"
)


@dataclass(frozen=True)
class MonitorType:
    """One of the four monitors. As with job families, one word spells its calls and the members of its requests."""

    area: str
    """`MonitoringType` of the API: `DataQuality` gives `CreateDataQualityJobDefinition`, `DataQualityJobInput`, ..."""

    @property
    def resource(self) -> str:
        return f"{self.area}JobDefinition"

    def operation(self, verb: str) -> str:
        return f"{verb}{self.resource}{'s' if verb == 'List' else ''}"


MONITOR_TYPES: Mapping[str, MonitorType] = {
    "data_quality": MonitorType("DataQuality"),
    "model_quality": MonitorType("ModelQuality"),
    "bias": MonitorType("ModelBias"),
    "feature_attribution": MonitorType("ModelExplainability"),
}
"""The types by the words of this package's own monitors."""


@dataclass(frozen=True)
class ExecutionType(JobType):
    """Executions of schedules, as something to wait for: a family that is only listed, and whose names are `Execution.name`s."""

    def question(self, name: str) -> tuple[str, dict[str, Any], str]:
        return self.operation("List"), Execution.of(name).query(), self.summaries_key

    def described(self, answer: Mapping[str, Any]) -> dict[str, Any]:
        """The newest execution; one that has not begun, up to twenty minutes after its hour, is pending."""
        found: list[dict[str, Any]] = answer[self.summaries_key]
        return found[0] if found else {self.status_key: "Pending"}


MONITORING_EXECUTION = ExecutionType(
    "MonitoringExecution", PROCESSING.log_group, PROCESSING.console_path, is_listed=False
)


@dataclass(frozen=True)
class Execution:
    """The newest execution of a schedule whose scheduled time lies in `[after, before)`; ISO texts, empty for no bound."""

    schedule: str
    after: str = ""
    before: str = ""

    @classmethod
    def of(cls, name: str) -> "Execution":
        schedule, _, window = name.partition("@")
        after, _, before = window.partition("/")
        return cls(schedule, after, before)

    @property
    def name(self) -> str:
        """What this execution is called while somebody waits for it; schedules have no `@` in their names."""
        return f"{self.schedule}@{self.after}/{self.before}" if self.after or self.before else self.schedule

    def query(self) -> dict[str, Any]:
        """The request of `ListMonitoringExecutions` that finds it. The service leaves out the bounds themselves."""
        query: dict[str, Any] = {
            "MonitoringScheduleName": self.schedule,
            "SortBy": "ScheduledTime",
            "SortOrder": "Descending",
            "MaxResults": 1,
        }
        if self.after:
            query["ScheduledTimeAfter"] = moment(self.after) - timedelta(seconds=1)
        if self.before:
            query["ScheduledTimeBefore"] = moment(self.before)
        return query


def moment(text: str) -> datetime:
    """The time that an ISO 8601 text says; without a zone it is UTC.

    :raises ValueError: for any other text
    """
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def firing_hours(expression: str) -> tuple[int, ...]:
    """The hours of the day, UTC, at which a recurring schedule fires; `cron(0 17/12 ? * * *)` gives (5, 17).

    :raises ValueError: for what is not among the documented forms
    """
    found = _CRON.fullmatch(expression)
    if found is None or int(found["step"] or 1) < 1:
        raise ValueError(
            f"ScheduleExpression {expression!r} is not supported: give {NOW}, cron(0 * ? * * *) for every hour, "
            "cron(0 HH ? * * *) for one hour of the day, or cron(0 HH/N ? * * *) for every N hours from HH on, in UTC."
        )
    if found["hour"] == "*":
        return tuple(range(0, 24, int(found["step"] or 1)))
    start = int(found["hour"])
    step = int(found["step"] or 24)
    return tuple(sorted(hour % 24 for hour in range(start, start + 24, step)))


def firing_after(expression: str, when: datetime) -> datetime:
    """The first time after `when` at which a recurring schedule fires."""
    hours = firing_hours(expression)
    hour = when.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    return next(later for n in range(1, 26) if (later := hour + timedelta(hours=n)).hour in hours)


def firing_before(expression: str, when: datetime) -> datetime:
    """The last time before `when` at which a recurring schedule fired, or would have."""
    hours = firing_hours(expression)
    hour = when.astimezone(UTC).replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    candidates = (hour - timedelta(hours=n) for n in range(26))
    return next(earlier for earlier in candidates if earlier < when and earlier.hour in hours)


def offset(text: str) -> timedelta:
    """The duration that an ISO 8601 text such as `-PT1H` or `P1D` says.

    :raises ValueError: for any other text
    """
    found = _OFFSET.fullmatch(text)
    parts = {
        key: int(value)
        for key, value in (found.groupdict() if found else {}).items()
        if value and key != "sign"
    }
    if found is None or not parts:
        raise ValueError(
            f"{text!r} is no duration of days, hours, minutes and seconds, such as -PT1H or P1D."
        )
    duration = timedelta(**parts)
    return -duration if found["sign"] else duration
