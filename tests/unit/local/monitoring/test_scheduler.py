"""Executions of schedules: run at their times, on the data of their windows, once each, whatever happens."""

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from schedules import HOURLY, Schedules

from airflow_mlmax.local.container.jail import choose
from airflow_mlmax.local.monitoring.executions import SCHEDULE, Executions
from airflow_mlmax.local.monitoring.scheduler import NEXT
from airflow_mlmax.local.server import LocalRuntime

REGION = "us-east-1"
OVER = {"Completed", "CompletedWithViolations", "Failed", "Stopped"}


def ended(schedules: Schedules, name: str) -> dict[str, Any]:
    """The newest execution, when it is over."""
    deadline = time.monotonic() + 30
    while True:
        found = schedules.executions(name)
        if found and found[0]["MonitoringExecutionStatus"] in OVER:
            return found[0]
        assert time.monotonic() < deadline, f"the execution of {name} did not end: {found}"
        time.sleep(0.02)


def job_of(schedules: Schedules, execution: dict[str, Any]) -> dict[str, Any]:
    name = execution["ProcessingJobArn"].rpartition("/")[2]
    return dict(schedules.sagemaker.describe_processing_job(ProcessingJobName=name))


def change(schedules: Schedules, name: str, **answer: Any) -> None:
    schedules.server.store.update(REGION, SCHEDULE, name, answer)


@pytest.fixture(params=["remap", "namespace"])
def jailed(request: pytest.FixtureRequest, tmp_path: Path, connect: Any) -> Iterator[Schedules]:
    """Schedules of a runtime with each isolation in turn."""
    if request.param == "namespace" and choose("auto").name != "namespace":
        pytest.skip("this system allows no namespaces")
    with LocalRuntime(tmp_path, isolation=request.param, stop_grace=2.0) as server:
        yield Schedules(server, connect(server).client)


def test_the_shipped_analyzer_stands_for_awss(jailed: Schedules) -> None:
    """AWS's image without an entrypoint: the package's analyzer writes the documented files."""
    name = jailed.create(rows="x\n1\nmany\n")
    found = ended(jailed, name)
    assert found["MonitoringExecutionStatus"] == "CompletedWithViolations"
    uri = job_of(jailed, found)["ProcessingOutputConfig"]["Outputs"][0]["S3Output"]["S3Uri"]
    assert uri == jailed.uri(f"reports/{name}/{found['ScheduledTime'].astimezone(UTC):%Y/%m/%d/%H}")
    for file in ("statistics", "constraints", "constraint_violations"):
        assert jailed.exists(f"{uri}/{file}.json")


def test_manifests_of_the_window_are_the_data(schedules: Schedules) -> None:
    """What transform jobs captured within the hour before is read; earlier and later hours are not."""
    name = schedules.create(HOURLY, rows=None)
    record = schedules.server.store.get(REGION, SCHEDULE, name)
    due = datetime.fromtimestamp(record.answer[NEXT], UTC)
    for hours, value in ((0, "later"), (1, "7"), (2, "earlier")):
        folder = f"{due - timedelta(hours=hours):%Y/%m/%d/%H}"
        schedules.put(f"data/{hours}/rows.csv", f"x\n{value}\n")
        manifest = json.dumps([{"prefix": schedules.uri(f"data/{hours}/")}, "rows.csv"])
        schedules.put(f"captured/input/{folder}/job.json", manifest)
        schedules.put(f"captured/output/{folder}/job.json", json.dumps([{"prefix": "s3://nowhere/"}, "a"]))
    schedules.run_next(name)
    found = ended(schedules, name)
    assert found["MonitoringExecutionStatus"] == "Completed"
    [captured] = [
        each["S3Input"]
        for each in job_of(schedules, found)["ProcessingInputs"]
        if "captured" in each["InputName"]
    ]
    assert captured["S3DataType"] == "ManifestFile"


def definition(schedules: Schedules, area: str, **application: Any) -> dict[str, Any]:
    """A job definition over captured predictions and their labels."""
    given = schedules.definition()
    return {
        "JobDefinitionName": f"{area}-{schedules.bucket}",
        f"{area}BaselineConfig": {"ConstraintsResource": {"S3Uri": schedules.uri("baseline/known.json")}},
        f"{area}AppSpecification": {**given["MonitoringAppSpecification"], **application},
        f"{area}JobInput": {
            **given["MonitoringInputs"][0],
            "GroundTruthS3Input": {"S3Uri": schedules.uri("labels/")},
        },
        f"{area}JobOutputConfig": given["MonitoringOutputConfig"],
        "JobResources": given["MonitoringResources"],
        "RoleArn": given["RoleArn"],
    }


def scheduled(schedules: Schedules, area: str) -> str:
    """Name of a schedule that runs a definition now."""
    name = f"{area}-now-{schedules.bucket}"
    config = schedules.config()
    del config["MonitoringJobDefinition"]
    named = {"MonitoringJobDefinitionName": f"{area}-{schedules.bucket}", "MonitoringType": area}
    schedules.sagemaker.create_monitoring_schedule(
        MonitoringScheduleName=name, MonitoringScheduleConfig={**config, **named}
    )
    return name


def test_model_quality_joins_the_labels(schedules: Schedules) -> None:
    """Labels from their own prefix, problem and columns from the definition."""
    schedules.put("captured/rows.csv", "id,guess\n1,1.0\n2,2.0\n")
    schedules.put("labels/rows.csv", "id,truth\n1,1.5\n2,2.5\n")
    threshold = {"mae": {"threshold": 0.1, "comparison_operator": "GreaterThanThreshold"}}
    schedules.put("baseline/known.json", json.dumps({"regression_constraints": threshold}))
    environment = {"join_attribute": "id", "ground_truth_attribute": "truth"}
    made = definition(schedules, "ModelQuality", ProblemType="Regression", Environment=environment)
    made["ModelQualityJobInput"]["BatchTransformInput"]["InferenceAttribute"] = "guess"
    schedules.sagemaker.create_model_quality_job_definition(**made)
    found = ended(schedules, scheduled(schedules, "ModelQuality"))
    assert found["MonitoringExecutionStatus"] == "CompletedWithViolations", found
    assert (found["MonitoringType"], found["MonitoringJobDefinitionName"]) == (
        "ModelQuality",
        made["JobDefinitionName"],
    )


def test_a_deleted_definition_fails_the_execution(schedules: Schedules) -> None:
    """It has no job, and a reason that names the definition."""
    schedules.sagemaker.create_model_bias_job_definition(
        **definition(schedules, "ModelBias", ConfigUri=schedules.uri("config.json"))
    )
    schedules.server.faults.add("hold", family="ProcessingJob")
    name = scheduled(schedules, "ModelBias")
    ended(schedules, name)  # without data it fails at once
    schedules.put("captured/rows.csv", "x\n1\n")
    schedules.sagemaker.delete_model_bias_job_definition(JobDefinitionName=f"ModelBias-{schedules.bucket}")
    change(schedules, name, **{NEXT: time.time()})
    schedules.run_next(name)
    found = ended(schedules, name)
    assert "was deleted" in found["FailureReason"]
    assert "ProcessingJobArn" not in found


def test_a_baseline_may_be_a_jobs(schedules: Schedules) -> None:
    """BaseliningJobName leads to the files that the job left."""
    schedules.create(rows="x\n1\n2\n")
    schedules.sagemaker.create_processing_job(
        ProcessingJobName=f"baseline-{schedules.bucket}",
        AppSpecification={"ImageUri": "python:3", "ContainerEntrypoint": ["python3", "-c", ""]},
        ProcessingResources=schedules.definition()["MonitoringResources"],
        ProcessingOutputConfig={
            "Outputs": [
                {
                    "OutputName": "report",
                    "S3Output": {
                        "S3Uri": schedules.uri("baseline"),
                        "LocalPath": "/opt/ml/processing/output",
                        "S3UploadMode": "EndOfJob",
                    },
                }
            ]
        },
        RoleArn=schedules.definition()["RoleArn"],
    )
    config = schedules.config()
    config["MonitoringJobDefinition"]["BaselineConfig"] = {
        "BaseliningJobName": f"baseline-{schedules.bucket}"
    }
    schedules.sagemaker.create_monitoring_schedule(
        MonitoringScheduleName=f"of-job-{schedules.bucket}", MonitoringScheduleConfig=config
    )
    found = ended(schedules, f"of-job-{schedules.bucket}")
    assert found["MonitoringExecutionStatus"] == "Completed"
    assert "baseline_constraints" in job_of(schedules, found)["Environment"]


def test_the_clock_starts_what_is_due(schedules: Schedules) -> None:
    """An hour that has come starts one execution, and the next is a whole hour away."""
    name = schedules.create(HOURLY)
    missed = (datetime.now(UTC) - timedelta(hours=3)).replace(minute=0, second=0, microsecond=0).timestamp()
    change(schedules, name, **{NEXT: missed})
    schedules.server.schedules.changed()
    found = ended(schedules, name)
    assert found["ScheduledTime"].timestamp() == missed
    assert len(schedules.executions(name)) == 1
    following = schedules.server.store.get(REGION, SCHEDULE, name).answer[NEXT]
    assert time.time() < following <= time.time() + 3600
    assert following % 3600 == 0


def test_one_scheduled_time_is_one_job(schedules: Schedules) -> None:
    """After a crash between the job and its execution the second start finds the first job."""
    name = schedules.create(HOURLY)
    server = schedules.server
    executions = Executions(server.store, server.objects, server.engine)
    record = server.store.get(REGION, SCHEDULE, name)
    first = executions.start(record, record.answer[NEXT])
    server.store.delete(REGION, first.kind, first.name)
    again = executions.start(record, record.answer[NEXT])
    assert again.answer["ProcessingJobArn"] == first.answer["ProcessingJobArn"]
    assert len(schedules.executions(name)) == 1
    ended(schedules, name)


def test_a_killed_runtime_forgets_nothing(tmp_path: Path, connect: Any, start_remote: Any) -> None:
    """What waited runs after kill -9; what ran is Failed; a schedule goes on, and a new runtime starts nothing twice."""
    remote = start_remote()
    try:
        before = Schedules(remote, connect(remote).client)
        slow = before.config()
        slow["MonitoringJobDefinition"]["MonitoringAppSpecification"] = {
            "ImageUri": "python:3",
            "ContainerEntrypoint": ["python3", "-c", "import time; time.sleep(600)"],
        }
        before.put("captured/rows.csv", "x\n1\n")
        before.sagemaker.create_monitoring_schedule(
            MonitoringScheduleName="runs", MonitoringScheduleConfig=slow
        )
        _until_running(before, "runs")
        waits = before.create()
        hourly = before.create(HOURLY)
        _until(lambda: before.executions(waits))
    finally:
        remote.kill()
    with LocalRuntime(tmp_path) as server:
        after = Schedules(server, connect(server, before.bucket).client, before.bucket)
        assert ended(after, "runs")["FailureReason"].endswith("the local runtime was restarted")
        assert ended(after, waits)["MonitoringExecutionStatus"] == "Completed"
        assert [len(after.executions(name)) for name in ("runs", waits, hourly)] == [1, 1, 0]
        after.run_next(hourly)
        assert ended(after, hourly)["MonitoringExecutionStatus"] == "Completed"


def _until_running(schedules: Schedules, name: str) -> None:
    _until(
        lambda: any("ProcessingStartTime" in job_of(schedules, each) for each in schedules.executions(name))
    )


def _until(condition: Any) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)
