"""Operators of monitoring schedules: made once, brought to what is asked, deleted without fuss."""

import inspect
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from attempts import Attempt, TaskInstance
from families import ARGUMENTS, seed
from schedules import HOURLY, Schedules

from airflow_mlmax.exceptions import BadRequestError, RetryableJobError
from airflow_mlmax.operators.monitoring_definition import CreateMonitoringJobDefinitionOperator
from airflow_mlmax.operators.monitoring_schedule import (
    CreateMonitoringScheduleOperator,
    DeleteMonitoringScheduleOperator,
    StartMonitoringScheduleOperator,
    StopMonitoringScheduleOperator,
)
from airflow_mlmax.operators.transform import TransformJobOperator
from airflow_mlmax.sensors.monitoring import MonitoringExecutionSensor

OPERATORS = [
    CreateMonitoringJobDefinitionOperator,
    CreateMonitoringScheduleOperator,
    DeleteMonitoringScheduleOperator,
    StartMonitoringScheduleOperator,
    StopMonitoringScheduleOperator,
]
KINDS = {
    "data_quality": ("data-quality", {}),
    "model_quality": ("model-quality", {"problem_type": "Regression"}),
    "bias": ("model-bias", {"config_uri": "s3://bucket/analysis_config.json"}),
    "feature_attribution": ("model-explainability", {"config_uri": "s3://bucket/analysis_config.json"}),
}


def attempt(operator: type, /, **arguments: Any) -> Attempt:
    return TaskInstance(lambda: operator(task_id="task", **arguments)).run()


def result(operator: type, /, **arguments: Any) -> Any:
    """The result of a try that must succeed."""
    found = attempt(operator, **arguments)
    assert found.state == "success", found.error
    return found.xcoms.get("return_value")


@pytest.fixture
def name() -> str:
    return f"schedule-{uuid4().hex[:8]}"


@pytest.fixture
def schedule(schedules: Schedules, name: str) -> dict[str, Any]:
    """Arguments of an hourly schedule."""
    return {"schedule_name": name, "schedule": HOURLY, **schedules.arguments()}


@pytest.fixture
def described(schedules: Schedules, name: str) -> Callable[[], dict[str, Any]]:
    return lambda: schedules.sagemaker.describe_monitoring_schedule(MonitoringScheduleName=name)


def test_a_rerun_makes_nothing_twice(
    runtime: Any, schedule: dict[str, Any], described: Callable[[], dict[str, Any]]
) -> None:
    """The second run finds the equal schedule and leaves it alone."""
    first = result(CreateMonitoringScheduleOperator, **schedule)
    second = result(CreateMonitoringScheduleOperator, **schedule)
    assert [first["outcome"], second["outcome"]] == ["created", "unchanged"]
    assert first["schedule_arn"] == second["schedule_arn"] == described()["MonitoringScheduleArn"]
    assert runtime.server.calls.count("UpdateMonitoringSchedule") == 0


def test_a_lost_answer_makes_nothing_twice(runtime: Any, schedule: dict[str, Any]) -> None:
    """Create took effect and its answer was lost: the repeated one finds the schedule."""
    runtime.server.faults.add("lose_answer", operation="CreateMonitoringSchedule")
    assert result(CreateMonitoringScheduleOperator, **schedule)["outcome"] == "unchanged"
    assert runtime.server.faults.hits("lose_answer") == 1
    assert runtime.server.calls.count("UpdateMonitoringSchedule") == 0


def test_another_content_updates_the_schedule(
    schedule: dict[str, Any], described: Callable[[], dict[str, Any]]
) -> None:
    """The whole configuration is replaced, what was taken out included; once."""
    result(CreateMonitoringScheduleOperator, **schedule, environment={"mine": "1"})
    changed = {**schedule, "schedule": "cron(0 3 ? * * *)"}
    outcomes = [result(CreateMonitoringScheduleOperator, **changed)["outcome"] for _ in range(2)]
    assert outcomes == ["updated", "unchanged"]
    config = described()["MonitoringScheduleConfig"]
    assert config["ScheduleConfig"]["ScheduleExpression"] == "cron(0 3 ? * * *)"
    assert "Environment" not in config["MonitoringJobDefinition"]


def test_a_schedule_of_somebody_else_is_replaced_with_a_warning(
    schedules: Schedules, capfd: pytest.CaptureFixture[str]
) -> None:
    """One without the package's tag is brought to what is asked, and the log says so."""
    name = schedules.create(HOURLY)
    arguments = {"schedule_name": name, "schedule": HOURLY, **schedules.arguments()}
    outcomes = [result(CreateMonitoringScheduleOperator, **arguments)["outcome"] for _ in range(2)]
    assert outcomes == ["updated", "unchanged"]
    assert "was made by somebody else" in "".join(capfd.readouterr())


@pytest.mark.parametrize("kind", KINDS)
def test_a_job_definition_is_made_once_for_each_content(schedules: Schedules, kind: str) -> None:
    """Its name is a hash: an equal one is taken, another content gets another name."""
    path, more = KINDS[kind]
    labels = {"labels_uri": schedules.uri("labels/")} if kind in {"model_quality", "bias"} else {}
    data = {"captured_uri": schedules.uri("captured/"), **labels}
    given = {**schedules.arguments(), "data": data, **more, "kind": kind, "name_prefix": "flights"}
    first, again = (result(CreateMonitoringJobDefinitionOperator, **given) for _ in range(2))
    other = result(CreateMonitoringJobDefinitionOperator, **given, max_runtime=60)
    assert first == again
    assert first["job_definition_arn"].endswith(f"{path}-job-definition/{first['job_definition_name']}")
    assert other["job_definition_name"] != first["job_definition_name"]
    assert first["job_definition_name"].startswith("flights-")


def test_a_lost_answer_makes_no_second_definition(runtime: Any, schedules: Schedules) -> None:
    """The repeated Create finds the definition that the first one made."""
    runtime.server.faults.add("lose_answer", operation="CreateDataQualityJobDefinition")
    found = result(CreateMonitoringJobDefinitionOperator, **schedules.arguments())
    assert runtime.server.faults.hits("lose_answer") == 1
    assert found["job_definition_arn"].endswith(found["job_definition_name"])


def test_definition_schedule_and_execution_in_a_row(schedules: Schedules, name: str) -> None:
    """A schedule of a named definition runs now, and its execution is waited for."""
    schedules.put("captured/rows.csv", "x\n1\n2\n")
    definition = result(CreateMonitoringJobDefinitionOperator, **schedules.arguments())
    result(
        CreateMonitoringScheduleOperator,
        schedule_name=name,
        job_definition=definition["job_definition_name"],
        schedule="NOW",
        analysis_start="-PT1H",
        analysis_end="-PT0H",
    )
    found = result(MonitoringExecutionSensor, schedule_name=name, poke_interval=0.1, timeout=60)
    assert found["execution_status"] == "Completed"
    summary = schedules.executions(name)[0]
    assert summary["MonitoringJobDefinitionName"] == definition["job_definition_name"]


def test_what_a_transform_job_captured_is_monitored(runtime: Any, schedules: Schedules, name: str) -> None:
    """Its manifests, in the folder of its hour, lead the execution to the rows that went in."""
    seed(runtime)
    transform = {
        **ARGUMENTS[TransformJobOperator],
        "data_capture": schedules.uri("captured"),
        "poll_interval": 0.1,
    }
    result(TransformJobOperator, **transform)
    arguments = {**schedules.arguments(), "baseline_uri": None}
    result(
        CreateMonitoringScheduleOperator,
        schedule_name=name,
        schedule="NOW",
        analysis_start="-PT2H",
        analysis_end="PT1H",
        **{
            **arguments,
            "data": {"captured_uri": schedules.uri("captured"), "data_format": "csv_without_header"},
        },
    )
    found = result(MonitoringExecutionSensor, schedule_name=name, poke_interval=0.1, timeout=60)
    place = urlsplit(found["statistics_uri"])
    body = schedules.s3.get_object(Bucket=place.netloc, Key=place.path[1:])["Body"].read()
    assert json.loads(body)["dataset"]["item_count"] == 2


def test_stop_start_and_delete_may_be_repeated(
    runtime: Any, schedule: dict[str, Any], name: str, described: Callable[[], dict[str, Any]]
) -> None:
    """Each is left out where it has nothing to do; a schedule that is gone is deleted."""
    result(CreateMonitoringScheduleOperator, **schedule)
    for kind, status in (
        (StopMonitoringScheduleOperator, "Stopped"),
        (StartMonitoringScheduleOperator, "Scheduled"),
    ):
        for _ in range(2):
            result(kind, schedule_name=name)
            assert described()["MonitoringScheduleStatus"] == status
    runtime.server.faults.add("lose_answer", operation="DeleteMonitoringSchedule")
    for _ in range(2):
        result(DeleteMonitoringScheduleOperator, schedule_name=name)
    assert not runtime.server.store.get("us-east-1", "MonitoringSchedule", name)


@pytest.mark.parametrize(
    ("kind", "arguments", "parts"),
    [
        (
            CreateMonitoringScheduleOperator,
            {"schedule": "cron(5 4 ? * * *)", "data": None, "compute": {"type": "x"}},
            ["compute has no key 'type'"],
        ),
        (
            CreateMonitoringScheduleOperator,
            {"data": None, "output_uri": None},
            ["data needs one of captured_uri", "output_uri is missing"],
        ),
        (
            CreateMonitoringScheduleOperator,
            {"schedule": "cron(5 4 ? * * *)", "role_arn": "me"},
            ["'cron(5 4 ? * * *)' is not supported", "RoleArn"],
        ),
        (CreateMonitoringScheduleOperator, {"kind": "bias"}, ["needs job_definition"]),
        (
            CreateMonitoringScheduleOperator,
            {"job_definition": "d"},
            ["job_definition excludes baseline_uri, data, image_uri"],
        ),
        (
            CreateMonitoringScheduleOperator,
            {"environment": {"password": "hunter22"}},
            ["looks like a secret"],
        ),
        (
            CreateMonitoringJobDefinitionOperator,
            {"kind": "bias"},
            ["needs config_uri", "needs data.labels_uri"],
        ),
        (
            CreateMonitoringJobDefinitionOperator,
            {"kind": "drift"},
            ["give one of data_quality, model_quality"],
        ),
    ],
)
def test_all_faults_are_named_before_anything_is_sent(
    runtime: Any,
    schedules: Schedules,
    kind: type,
    arguments: dict[str, Any],
    parts: list[str],
) -> None:
    """One error, at once, without a call."""
    given = {**schedules.arguments(), **arguments}
    if kind is CreateMonitoringScheduleOperator:
        given["schedule_name"] = "bad"
    runtime.server.calls.clear()
    found = attempt(kind, **given)
    assert found.state == "failed"
    assert isinstance(found.error, BadRequestError)
    for part in parts:
        assert part in str(found.error)
    assert not runtime.server.calls.list()


def test_a_refusal_is_final_and_a_busy_schedule_is_not(runtime: Any, schedule: dict[str, Any]) -> None:
    """What SageMaker is still making is asked for again by the task's retry."""
    refusals = {"Monitoring schedule in status Pending": RetryableJobError, "No.": BadRequestError}
    for text, kind in refusals.items():
        runtime.server.faults.add(
            "error", operation="CreateMonitoringSchedule", code="ValidationException", message=text
        )
        found = attempt(CreateMonitoringScheduleOperator, **schedule)
        assert type(found.error) is kind
        assert text in str(found.error)


@pytest.mark.parametrize("kind", OPERATORS, ids=lambda each: each.__name__)
def test_constructors_only_assign(kind: type) -> None:
    """Every argument is a field and a template field."""
    classes = [each for each in kind.__mro__ if each.__module__.startswith("airflow_mlmax.")]
    own = {
        name
        for each in classes
        for name, parameter in inspect.signature(each.__init__).parameters.items()
        if parameter.kind is parameter.KEYWORD_ONLY
    }
    marks = {name: f"{{{{ params.{name} }}}}" for name in own}
    task = kind(task_id="task", **marks)
    assert {name: getattr(task, name) for name in own} == marks
    assert own <= set(kind.template_fields)
