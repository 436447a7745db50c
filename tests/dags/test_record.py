"""Run records on a real Airflow: the last task writes what happened, and neither it nor its database decides on the run."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from airflow_mlmax.records.connection import engine_of
from airflow_mlmax.records.document import RunRecord
from airflow_mlmax.records.store import Records

BUCKET = "kept-runs"
SECRET = "swordfish-of-the-warehouse"
DAG_FILE = f"""
from datetime import timedelta

from airflow.providers.common.compat.sdk import AirflowFailException, AirflowSkipException
from airflow.sdk import DAG, get_current_context, task

from airflow_mlmax.operators.processing import ProcessingJobOperator
from airflow_mlmax.operators.record import RecordRunOperator

with DAG("shop", schedule=None, params={{"records": "mlmax_records", "script": "print(1)", "password": ""}}) as dag:

    @task(multiple_outputs=True)
    def measure():
        return {{
            "pins_uri": "s3://{BUCKET}/pins/rows.json",
            "metrics": {{"slices.origin=LGA.roc_auc": 0.5, "model.roc_auc": 0.75}},
            "model_package_arn": "arn:aws:sagemaker:us-east-1:123456789012:model-package/shop/2",
            "version": 2,
            "approval_status": "Approved",
        }}

    @task
    def each(number):
        return {{"metric_loss": number / 4}}

    @task
    def gate():
        if get_current_context()["params"]["records"] == "mlmax_away":
            get_current_context()["ti"].xcom_push("passed", False)
            raise AirflowFailException("closed")
        return {{"passed": True, "report_uri": "s3://{BUCKET}/report.json"}}

    @task
    def approve():
        if get_current_context()["params"]["records"] == "mlmax_away":
            get_current_context()["ti"].xcom_push("refusal", {{"by": "ana", "why": "too old"}})
            raise AirflowSkipException("refused")

    job = ProcessingJobOperator(
        task_id="job",
        image_uri="683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.4-2-cpu-py3",
        role_arn="arn:aws:iam::123456789012:role/mlmax-local",
        entrypoint=["python3", "-c", "{{{{ params.script }}}}"],
        outputs={{"rows": "s3://{BUCKET}/rows"}},
        compute={{"instance_type": "ml.m5.large", "instance_count": 1, "volume_size_gb": 10}},
        max_runtime=60,
        retries=1,
        retry_delay=timedelta(0),
        poll_interval=0.1,
    )
    record = RecordRunOperator(
        task_id="record",
        records_conn_id="{{{{ params.records }}}}",
        pending_uri="s3://{BUCKET}/pending",
        model="shop",
        namespace="test",
    )
    measured = measure()
    measured >> [gate(), approve(), job, each.expand(number=[1, 2])] >> record.as_teardown()
"""


@dataclass(frozen=True)
class Story:
    """Two runs: one while the database was away, in which a gate and two tries of a job failed, and a green one after it."""

    away: Any
    back: Any
    waiting: list[str]
    """What is left in S3."""

    records: dict[str, RunRecord]


@pytest.fixture(scope="module")
def story(
    run_dags: Callable[..., Any], endpoint: Any, postgres: Any, tmp_path_factory: pytest.TempPathFactory
) -> Story:
    from airflow.providers.common.compat.sdk import Connection
    from kept_runs import connection_text

    s3 = endpoint.client("s3")
    s3.create_bucket(Bucket=BUCKET)
    s3.put_object(Bucket=BUCKET, Key="pins/rows.json", Body=b"[]")
    endpoint.server.faults.add("capacity", family="ProcessingJob", times=1)
    connection = connection_text(postgres, "story")
    file = tmp_path_factory.mktemp("dags") / "shop.py"
    file.write_text(DAG_FILE)
    variables = {
        "AIRFLOW__CORE__DAGS_FOLDER": str(file.parent),
        "AIRFLOW_CONN_MLMAX_RECORDS": connection,
        "AIRFLOW_CONN_MLMAX_AWAY": json.dumps({**json.loads(connection), "host": "/nowhere"}),
    }
    conf = {"records": "mlmax_away", "script": "raise SystemExit(3)", "password": SECRET}
    runs = [{"file": str(file), "conf": each, "logical_date": None} for each in (conf, {})]
    away, back = run_dags(*runs, variables=variables)
    waiting = s3.list_objects_v2(Bucket=BUCKET, Prefix="pending/").get("Contents", [])
    found = Records(engine_of(Connection.from_json(connection, conn_id="x"))).last(None)
    return Story(away, back, [each["Key"] for each in waiting], {each.run_id: each for each in found})


def test_a_green_record_turns_no_run_green(story: Story) -> None:
    """The task succeeds whatever happened, and the state of the run is that of the tasks before it."""
    assert (story.away.state, story.away.tasks["record"]) == ("failed", "success"), story.away.log[-5000:]
    assert (story.back.state, story.back.tasks["record"]) == ("success", "success"), story.back.log[-5000:]


def test_without_a_database_the_record_waits_in_s3(story: Story) -> None:
    """The log tells where and why; the next run takes it along."""
    place = re.escape(f"s3://{BUCKET}/pending/")
    told = rf"waits at ({place}\S+\.json), because it could not be written: the records' database: "
    found = re.search(told, story.away.log)
    assert found, story.away.log[-5000:]
    assert f"1 records that waited are written too: {found[1]}" in story.back.log
    assert story.waiting == []
    assert set(story.records) == {story.away.run_id, story.back.run_id}


def test_a_run_is_recorded_as_it_was(story: Story) -> None:
    """States, version, metrics by slice and by mapped task, verdict, and the manifest with its hash."""
    record = story.records[story.back.run_id]
    assert (record.state, record.model, record.model_version, record.decision) == (
        "success",
        "shop",
        2,
        "Approved",
    )
    assert (record.namespace, record.dag_id, record.run_type) == ("test", "shop", "manual")
    assert {(task.task_id, task.map_index): task.state for task in record.tasks} == {
        ("measure", -1): "success",
        ("gate", -1): "success",
        ("approve", -1): "success",
        ("job", -1): "success",
        ("each", 0): "success",
        ("each", 1): "success",
    }
    assert {(each.task_id, each.map_index, each.name, each.slice): each.value for each in record.metrics} == {
        ("measure", -1, "model.roc_auc", ""): 0.75,
        ("measure", -1, "roc_auc", "origin=LGA"): 0.5,
        ("each", 0, "loss", ""): 0.25,
        ("each", 1, "loss", ""): 0.5,
    }
    (verdict,) = record.verdicts
    assert (verdict.kind, verdict.status, verdict.decision, verdict.report_uri) == (
        *("gate", "pass", "continue"),
        f"s3://{BUCKET}/report.json",
    )
    (pinned,) = record.inputs
    assert (pinned.name, pinned.sha256) == (
        "pins",
        "4f53cda18c2baa0c0354bb5f9a3ecbe5ed12ab4d8e11ba873c2f11161202b945",  # of two brackets
    )


def test_a_job_is_recorded_with_its_cost(story: Story) -> None:
    """And with what it is made of."""
    record = story.records[story.back.run_id]
    (job,) = record.jobs
    assert (job.task_id, job.number, job.try_number) == ("job", 1, 1)
    assert (job.job_type, job.status) == ("ProcessingJob", "Completed")
    assert job.outputs == {"rows": f"s3://{BUCKET}/rows"}
    assert str(job.arn).endswith(f":processing-job/{job.name}")
    assert job.started
    assert job.ended
    assert job.ended >= job.started
    assert job.billable_seconds is not None
    assert (job.cost_usd, job.unknown_prices) == (record.cost_usd, [])


def test_every_try_of_a_job_is_recorded_with_its_cost(story: Story) -> None:
    """A task that failed gives no XCom of its cost; the description of each of its jobs tells it."""
    jobs = story.records[story.away.run_id].jobs
    assert [(job.number, job.try_number, job.status) for job in jobs] == [(1, 1, "Failed"), (2, 2, "Failed")]
    assert all(job.cost_usd is not None for job in jobs)


def test_a_red_run_is_recorded_red_and_without_secrets(story: Story) -> None:
    """Who closed the gate, which tasks failed, who refused and why, and no password."""
    record = story.records[story.away.run_id]
    states = {task.task_id: task.state for task in record.tasks if task.task_id != "each"}
    assert states == {"measure": "success", "gate": "failed", "approve": "skipped", "job": "failed"}
    assert (record.decision, record.why, record.decided_by) == ("Rejected", "too old", "ana")
    (verdict,) = record.verdicts
    assert (record.state, verdict.status, verdict.decision) == ("failed", "fail", "stop")
    assert (record.params["password"], record.conf["password"]) == ("***", "***")
    assert SECRET not in record.model_dump_json()
