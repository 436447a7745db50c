"""When schedules fire, what their offsets say, and how executions are named."""

from datetime import UTC, datetime, timedelta

import pytest

from airflow_mlmax.sagemaker.jobs import JobStatus
from airflow_mlmax.sagemaker.monitoring import (
    MONITORING_EXECUTION,
    Execution,
    firing_after,
    firing_before,
    firing_hours,
    offset,
)


def at(hour: int, minute: int = 0, day: int = 10) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("expression", "hours"),
    [
        ("cron(0 * ? * * *)", tuple(range(24))),
        ("cron(0 12 ? * * *)", (12,)),
        ("cron(0 0 ? * * *)", (0,)),
        ("cron(0 17/12 ? * * *)", (5, 17)),
        ("cron(0 0/2 ? * * *)", tuple(range(0, 24, 2))),
        ("cron(0 05/24 ? * * *)", (5,)),
    ],
)
def test_the_documented_forms_fire(expression: str, hours: tuple[int, ...]) -> None:
    """Hourly, daily and every N hours from an hour on, as the API reference has them."""
    assert firing_hours(expression) == hours


@pytest.mark.parametrize(
    "expression",
    [
        "NOW",
        "cron(5 * ? * * *)",
        "cron(0 24 ? * * *)",
        "cron(0 1/0 ? * * *)",
        "cron(0 1 * * ? *)",
        "rate(1 hour)",
        "",
    ],
)
def test_other_forms_are_refused(expression: str) -> None:
    """The text names the expression and what there is."""
    with pytest.raises(ValueError, match="for every hour"):
        firing_hours(expression)


@pytest.mark.parametrize(
    ("when", "before", "after"),
    [
        (at(12), at(0), at(0, day=11)),
        (at(0), at(0, day=9), at(0, day=11)),
        (at(0, 1), at(0), at(0, day=11)),
        (at(23, 59), at(0), at(0, day=11)),
    ],
    ids=["noon", "at-the-hour", "just-after", "just-before"],
)
def test_the_neighbours_of_a_time(when: datetime, before: datetime, after: datetime) -> None:
    """A schedule that fires at a time fired before it and fires after it, never at it."""
    assert firing_before("cron(0 0 ? * * *)", when) == before
    assert firing_after("cron(0 0 ? * * *)", when) == after


@pytest.mark.parametrize(
    ("text", "duration"),
    [
        ("-PT1H", -timedelta(hours=1)),
        ("PT0H", timedelta()),
        ("-P1DT2H", -timedelta(days=1, hours=2)),
        ("PT90M", timedelta(minutes=90)),
    ],
)
def test_offsets(text: str, duration: timedelta) -> None:
    """ISO 8601 durations of days, hours, minutes and seconds, with a sign."""
    assert offset(text) == duration


@pytest.mark.parametrize("text", ["P", "-PT", "1H", "P1M", "PT1H "])
def test_other_offsets_are_refused(text: str) -> None:
    """Months have no length."""
    with pytest.raises(ValueError, match="no duration"):
        offset(text)


@pytest.mark.parametrize(
    ("execution", "bounds"),
    [
        (Execution("hourly"), {}),
        (
            Execution("hourly", "2026-11-10 12:00:00+00:00", "2026-11-10T13:00:00"),
            {"ScheduledTimeAfter": at(11, 59) + timedelta(seconds=59), "ScheduledTimeBefore": at(13)},
        ),
        (Execution("hourly", "", "2026-11-10T13:00:00Z"), {"ScheduledTimeBefore": at(13)}),
    ],
    ids=["newest", "window", "before"],
)
def test_a_name_keeps_the_window(execution: Execution, bounds: dict[str, datetime]) -> None:
    """An execution is found again by its name; the first bound counts, which the service leaves out."""
    assert Execution.of(execution.name) == execution
    operation, request, _ = MONITORING_EXECUTION.question(execution.name)
    assert operation == "ListMonitoringExecutions"
    assert request["MonitoringScheduleName"] == "hourly"
    assert {name: value for name, value in request.items() if name.startswith("ScheduledTime")} == bounds


def test_an_execution_that_is_not_there_is_pending() -> None:
    """So a wait goes on until it begins."""
    status = MONITORING_EXECUTION.status(MONITORING_EXECUTION.described({"MonitoringExecutionSummaries": []}))
    assert (status.value, status.is_active) == ("Pending", True)


def test_violations_are_an_end_and_no_success() -> None:
    """CompletedWithViolations is known, over, and not green."""
    status = JobStatus("CompletedWithViolations")
    assert (status.is_known, status.is_active, status.is_successful, status.has_violations) == (
        True,
        False,
        False,
        True,
    )
