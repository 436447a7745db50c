"""The sensor of monitoring executions, on a runtime that really runs them."""

from typing import Any

import pytest
from attempts import TaskInstance, wait
from schedules import Schedules

from airflow_mlmax import exceptions as errors
from airflow_mlmax.sensors.monitoring import MonitoringExecutionSensor

both_modes = pytest.mark.parametrize("deferrable", [False, True], ids=["waiting", "deferred"])


def sensor(name: str, **arguments: Any) -> TaskInstance:
    given = {"schedule_name": name, "poke_interval": 0.1, "timeout": 60, **arguments}
    return TaskInstance(lambda: MonitoringExecutionSensor(task_id="sensor", **given))


@both_modes
def test_a_clean_execution_lets_the_sensor_pass(schedules: Schedules, deferrable: bool) -> None:
    """It gives the job, the report and no violations."""
    name = schedules.create(rows="x\n1\n2\n")
    attempt = sensor(name, deferrable=deferrable).run()
    assert attempt.error is None
    found = attempt.xcoms
    assert (found["execution_status"], found["violation_count"], found["violations_uri"]) == (
        "Completed",
        0,
        None,
    )
    assert found["processing_job_arn"].endswith(found["job_name"])
    assert schedules.exists(found["statistics_uri"])
    assert found["report_uri"].startswith(schedules.uri("reports/"))


@both_modes
def test_violations_fail_the_task_at_once(schedules: Schedules, deferrable: bool) -> None:
    """The error names them; XCom holds them for the tasks after it."""
    name = schedules.create(rows="x\n1\nmany\n")
    attempt = sensor(name, deferrable=deferrable).run()
    assert attempt.state == "failed"
    assert type(attempt.error) is errors.ViolationsError
    assert "x data_type_check" in str(attempt.error)
    assert (attempt.xcoms["violation_count"], attempt.xcoms["worst_features"]) == (1, ["x"])
    assert schedules.exists(attempt.xcoms["violations_uri"])


def test_violations_may_be_a_warning(schedules: Schedules) -> None:
    """The policy lets the task succeed with the same XCom."""
    attempt = sensor(schedules.create(rows="x\n1\nmany\n"), on_violations="warn").run()
    assert attempt.state == "success"
    assert attempt.xcoms["violation_count"] == 1


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ({"kind": "fail", "reason": "AlgorithmError: x"}, errors.UserCodeError),
        ({"kind": "stop"}, errors.JobStoppedError),
    ],
    ids=["failed", "stopped"],
)
def test_any_other_end_is_an_error(
    schedules: Schedules, fault: dict[str, Any], kind: type[Exception]
) -> None:
    """Failed and Stopped executions are those of their job."""
    schedules.server.faults.add(**fault)
    attempt = sensor(schedules.create()).run()
    assert type(attempt.error) is kind
    assert attempt.state == "failed"


def test_an_execution_without_data_says_so(schedules: Schedules) -> None:
    """It fails without a job, with the service's reason."""
    attempt = sensor(schedules.create(rows=None)).run()
    assert attempt.state == "failed"
    assert "Job inputs had no data" in str(attempt.error)


@both_modes
def test_the_window_picks_the_execution(schedules: Schedules, deferrable: bool) -> None:
    """An hour's execution is found by its scheduled time, and not by that of the next."""
    name = schedules.create(schedule="cron(0 * ? * * *)")
    first, second = (schedules.run_next(name) for _ in range(2))
    assert second == first + 3600
    window = {"scheduled_after": schedules.text(first), "scheduled_before": schedules.text(second)}
    attempt = sensor(name, deferrable=deferrable, **window).run()
    assert attempt.xcoms["scheduled_time"] == schedules.text(first)


def test_an_execution_that_has_not_begun_is_waited_for(schedules: Schedules) -> None:
    """It defers while there is none, and finds the one that comes."""
    name = schedules.create(schedule="cron(0 * ? * * *)")
    task = sensor(name)
    attempt = task.start()
    assert attempt.state == "deferred"
    schedules.run_next(name)
    while attempt.state == "deferred":
        attempt = task.resume(attempt, wait(attempt))
    assert attempt.state == "success"


@both_modes
def test_the_deadline_ends_the_wait(schedules: Schedules, deferrable: bool) -> None:
    """An execution that never comes fails the task at its timeout."""
    name = schedules.create(schedule="cron(0 * ? * * *)")
    attempt = sensor(name, deferrable=deferrable, timeout=0.3).run()
    assert type(attempt.error) is errors.RuntimeLimitError


def test_a_stopped_schedule_is_not_waited_for(schedules: Schedules) -> None:
    """Nothing will come of it."""
    name = schedules.create(schedule="cron(0 * ? * * *)")
    schedules.sagemaker.stop_monitoring_schedule(MonitoringScheduleName=name)
    attempt = sensor(name).run()
    assert attempt.state == "failed"
    assert "its schedule is Stopped" in str(attempt.error)


@pytest.mark.usefixtures("runtime")
@pytest.mark.parametrize("arguments", [{}, {"scheduled_after": "noon"}], ids=["unknown-schedule", "no-time"])
def test_a_typing_error_fails_at_once(arguments: dict[str, Any]) -> None:
    """An unknown schedule and a time that is none are named."""
    attempt = sensor("no-such-schedule", **arguments).run()
    assert attempt.state == "failed"
    assert ("noon" if arguments else "no-such-schedule") in str(attempt.error)
