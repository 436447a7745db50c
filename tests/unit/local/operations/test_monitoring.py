"""Monitoring schedules, job definitions and executions over HTTP; no job begins."""

import time
from typing import Any

import pytest
import requests

ARN = "arn:aws:sagemaker:us-east-1:123456789012"
AREAS = {
    "DataQuality": "data-quality",
    "ModelQuality": "model-quality",
    "ModelBias": "model-bias",
    "ModelExplainability": "model-explainability",
}
CONFIG = "MonitoringScheduleConfig"
NOW = {
    f"{CONFIG}.ScheduleConfig": {
        "ScheduleExpression": "NOW",
        "DataAnalysisStartTime": "-PT2H",
        "DataAnalysisEndTime": "-PT1H",
    }
}


def run_next(api: Any, name: str = "schedule") -> dict[str, Any]:
    answer = requests.post(f"{api.server.url}/_mlmax/executions?schedule={name}", timeout=30)
    return {"status": answer.status_code, **answer.json()}


def executions(api: Any, **query: Any) -> list[dict[str, Any]]:
    return list(api.call("ListMonitoringExecutions", **query)["MonitoringExecutionSummaries"])


def job_of(api: Any, execution: dict[str, Any]) -> dict[str, Any]:
    return dict(api.describe("ProcessingJob", execution["ProcessingJobArn"].rpartition("/")[2]))


def until_one(api: Any) -> dict[str, Any]:
    """The execution that the scheduler's thread starts."""
    deadline = time.monotonic() + 30
    while not (found := executions(api)):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return found[0]


@pytest.mark.parametrize("area", AREAS)
def test_a_job_definition_lives_and_dies(api: Any, area: str) -> None:
    """Create, Describe, List, Delete; duplicate is ResourceInUse, unknown is ResourceNotFound."""
    kind = f"{area}JobDefinition"
    arn = f"{ARN}:{AREAS[area]}-job-definition/definition"
    assert api.create(kind) == {"JobDefinitionArn": arn}
    found = api.call(f"Describe{kind}", JobDefinitionName="definition")
    request = api.request(kind)
    assert {key: found[key] for key in request} == request
    assert api.refused(f"Create{kind}", **request) == (
        "ResourceInUse",
        f"Monitoring Job Definition {arn} already exists.",
    )
    [summary] = api.call(f"List{kind}s")["JobDefinitionSummaries"]
    assert (summary["MonitoringJobDefinitionName"], summary["MonitoringJobDefinitionArn"]) == (
        "definition",
        arn,
    )
    assert api.call(f"Delete{kind}", JobDefinitionName="definition") == {}
    for verb in ("Describe", "Delete"):
        code, text = api.refused(f"{verb}{kind}", JobDefinitionName="definition")
        assert (code, text) == ("ResourceNotFound", f"Monitoring Job Definition {arn} not found.")


def test_definitions_are_listed_newest_first(api: Any) -> None:
    """In pages, by time downwards unless told otherwise; none has an endpoint."""
    for name in ("b", "a", "c"):
        api.create("DataQualityJobDefinition", {"JobDefinitionName": name})
    pages = api.client.get_paginator("list_data_quality_job_definitions").paginate(
        PaginationConfig={"PageSize": 2}
    )
    found = [each["MonitoringJobDefinitionName"] for page in pages for each in page["JobDefinitionSummaries"]]
    assert found == ["c", "a", "b"]
    assert api.call("ListDataQualityJobDefinitions", EndpointName="e")["JobDefinitionSummaries"] == []


def test_a_schedule_lives_and_dies(api: Any) -> None:
    """Create, Describe, Stop, Start, Delete."""
    arn = f"{ARN}:monitoring-schedule/schedule"
    assert api.create("MonitoringSchedule") == {"MonitoringScheduleArn": arn}
    found = api.describe("MonitoringSchedule", "schedule")
    assert found[CONFIG] == api.request("MonitoringSchedule")[CONFIG]
    assert (found["MonitoringScheduleStatus"], found["MonitoringType"]) == ("Scheduled", "DataQuality")
    assert api.refused("CreateMonitoringSchedule", **api.request("MonitoringSchedule"))[0] == "ResourceInUse"
    name = {"MonitoringScheduleName": "schedule"}
    for verb, status in (("Stop", "Stopped"), ("Start", "Scheduled")):
        assert api.call(f"{verb}MonitoringSchedule", **name) == {}
        assert api.describe("MonitoringSchedule", "schedule")["MonitoringScheduleStatus"] == status
        code, text = api.refused(f"{verb}MonitoringSchedule", **name)
        assert (code, text) == ("ValidationException", f"Monitoring schedule in status {status}")
    assert api.call("DeleteMonitoringSchedule", **name) == {}
    for verb in ("Describe", "Stop", "Start", "Delete"):
        code, text = api.refused(f"{verb}MonitoringSchedule", **name)
        assert (code, text) == ("ResourceNotFound", f"Monitoring Schedule {arn} not found.")


def test_an_update_replaces_the_configuration(api: Any) -> None:
    """What the new one does not say is gone; the ARN stays."""
    api.create("MonitoringSchedule")
    api.create("DataQualityJobDefinition")
    config = {"MonitoringJobDefinitionName": "definition", "MonitoringType": "DataQuality"}
    api.call("UpdateMonitoringSchedule", MonitoringScheduleName="schedule", **{CONFIG: config})
    found = api.describe("MonitoringSchedule", "schedule")
    assert found[CONFIG] == config
    code, _ = api.refused("UpdateMonitoringSchedule", MonitoringScheduleName="other", **{CONFIG: config})
    assert code == "ResourceNotFound"


def test_schedules_are_listed_and_filtered(api: Any) -> None:
    """Newest first; by name, status, type and definition."""
    api.create("DataQualityJobDefinition")
    named = {"MonitoringJobDefinitionName": "definition", "MonitoringType": "DataQuality"}
    for name, change in (("b", {}), ("a", {CONFIG: named}), ("c", {})):
        api.create("MonitoringSchedule", {"MonitoringScheduleName": name, **change})
    api.call("StopMonitoringSchedule", MonitoringScheduleName="c")

    def names(**query: Any) -> str:
        found = api.call("ListMonitoringSchedules", **query)["MonitoringScheduleSummaries"]
        return "".join(each["MonitoringScheduleName"] for each in found)

    assert names() == "cab"
    assert names(SortBy="Name", SortOrder="Ascending") == "abc"
    assert names(StatusEquals="Scheduled") == "ab"
    assert names(NameContains="c") == "c"
    assert names(MonitoringJobDefinitionName="definition") == "a"
    assert names(MonitoringTypeEquals="ModelBias") == names(EndpointName="e") == ""


def test_now_runs_once_at_once(api: Any) -> None:
    """The execution is a processing job of the schedule, over the window that the offsets say."""
    api.create("MonitoringSchedule", NOW)
    found = until_one(api)
    assert (found["MonitoringScheduleName"], found["MonitoringExecutionStatus"]) == ("schedule", "InProgress")
    job = job_of(api, found)
    assert job["MonitoringScheduleArn"] == f"{ARN}:monitoring-schedule/schedule"
    environment = job["Environment"]
    assert environment["dataset_format"] == '{"csv": {"header": true}}'
    assert environment["sagemaker_monitoring_schedule_name"] == "schedule"
    hours = [int(environment[name][11:13]) for name in ("start_time", "end_time")]
    assert (hours[1] - hours[0]) % 24 == 1
    assert api.describe("MonitoringSchedule", "schedule")["LastMonitoringExecutionSummary"] == found
    assert run_next(api)["status"] == 400


def test_an_hourly_schedule_runs_on_whole_hours(api: Any) -> None:
    """The control page runs the next one now; each has the hour before as its window, and its own folder."""
    api.create("MonitoringSchedule")
    first, second = run_next(api), run_next(api)
    assert second["ScheduledTime"] - first["ScheduledTime"] == 3600
    assert first["ScheduledTime"] % 3600 == 0
    newest, older = executions(api, MonitoringScheduleName="schedule", SortBy="ScheduledTime")
    assert newest["ScheduledTime"].timestamp() == second["ScheduledTime"]
    environment = job_of(api, newest)["Environment"]
    assert environment["start_time"] == job_of(api, older)["Environment"]["end_time"]
    folders = {
        job_of(api, each)["ProcessingOutputConfig"]["Outputs"][0]["S3Output"]["S3Uri"]
        for each in (newest, older)
    }
    assert all(folder.startswith("s3://bucket/reports/schedule/20") for folder in folders)
    assert len(folders) == 2


def test_executions_are_filtered(api: Any) -> None:
    """By schedule, status, type and times; the bounds themselves are left out."""
    api.create("MonitoringSchedule")
    first, second = (run_next(api)["ScheduledTime"] for _ in range(2))
    assert len(executions(api, MonitoringScheduleName="schedule")) == 2
    assert executions(api, MonitoringScheduleName="other") == []
    assert len(executions(api, StatusEquals="InProgress", MonitoringTypeEquals="DataQuality")) == 2
    assert executions(api, StatusEquals="Completed") == []
    [only] = executions(api, ScheduledTimeBefore=second)
    assert only["ScheduledTime"].timestamp() == first
    [only] = executions(api, ScheduledTimeAfter=first)
    assert only["ScheduledTime"].timestamp() == second
    pages = api.client.get_paginator("list_monitoring_executions").paginate(PaginationConfig={"PageSize": 1})
    assert [len(page["MonitoringExecutionSummaries"]) for page in pages] == [1, 1]


def test_an_execution_stands_as_its_job(api: Any) -> None:
    """Status and reason are the job's; a message of violations makes the status."""
    api.create("MonitoringSchedule")
    run_next(api)
    name = executions(api)[0]["ProcessingJobArn"].rpartition("/")[2]
    api.finish("ProcessingJob", name, "Failed", FailureReason="AlgorithmError: x")
    [found] = executions(api)
    assert (found["MonitoringExecutionStatus"], found["FailureReason"]) == ("Failed", "AlgorithmError: x")
    api.finish(
        "ProcessingJob",
        name,
        ExitMessage="CompletedWithViolations: Job completed successfully with 2 violations.",
    )
    assert executions(api)[0]["MonitoringExecutionStatus"] == "CompletedWithViolations"


def test_the_history_outlives_the_schedule(api: Any) -> None:
    """Executions are still listed after it was deleted, and a new one of its name begins anew."""
    api.create("MonitoringSchedule")
    run_next(api)
    api.call("DeleteMonitoringSchedule", MonitoringScheduleName="schedule")
    assert len(executions(api)) == 1
    api.create("MonitoringSchedule")
    assert "LastMonitoringExecutionSummary" not in api.describe("MonitoringSchedule", "schedule")
    assert run_next(api)["ProcessingJobArn"]
    assert len({each["ProcessingJobArn"] for each in executions(api)}) == 2


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({f"{CONFIG}.MonitoringJobDefinitionName": "d"}, "exactly one of MonitoringJobDefinition"),
        ({f"{CONFIG}.ScheduleConfig.ScheduleExpression": "rate(1 hour)"}, "'rate(1 hour)' is not supported"),
        ({f"{CONFIG}.ScheduleConfig.ScheduleExpression": "NOW"}, "NOW needs DataAnalysisStartTime"),
        (
            {
                f"{CONFIG}.ScheduleConfig.DataAnalysisStartTime": "-P2D",
                f"{CONFIG}.ScheduleConfig.DataAnalysisEndTime": "-PT1H",
            },
            "at most 24 hours",
        ),
        (
            {
                f"{CONFIG}.MonitoringJobDefinition.MonitoringInputs": [
                    {"EndpointInput": {"EndpointName": "e", "LocalPath": "/opt/ml/processing/input"}}
                ]
            },
            "MonitoringInputs[0].EndpointInput: endpoints are not there; give BatchTransformInput",
        ),
        (
            {CONFIG: {"MonitoringJobDefinitionName": "d", "MonitoringType": "ModelBias"}},
            f"Monitoring Job Definition {ARN}:model-bias-job-definition/d not found.",
        ),
        ({CONFIG: {"MonitoringJobDefinitionName": "d"}}, "needs MonitoringType"),
    ],
    ids=["two-forms", "rate", "now", "long-window", "endpoint", "no-definition", "no-type"],
)
def test_a_bad_schedule_is_refused(api: Any, changes: dict[str, Any], text: str) -> None:
    """Create says what is wrong; nothing is stored."""
    assert text in api.refusal("MonitoringSchedule", changes)
    assert api.call("ListMonitoringSchedules")["MonitoringScheduleSummaries"] == []


def test_attribution_cannot_be_scheduled_here(api: Any) -> None:
    """It asks a shadow endpoint; the text says what to use."""
    api.create("ModelExplainabilityJobDefinition")
    config = {"MonitoringJobDefinitionName": "definition", "MonitoringType": "ModelExplainability"}
    assert "Use MonitorOperator" in api.refusal("MonitoringSchedule", {CONFIG: config})


def test_the_page_says_what_it_needs(api: Any) -> None:
    """Without a name, and for a schedule that is not there."""
    answer = requests.post(f"{api.server.url}/_mlmax/executions", timeout=30)
    assert (answer.status_code, "?schedule=NAME" in answer.json()["error"]) == (400, True)
    assert "no monitoring schedule" in run_next(api)["error"]
