"""What waits in S3 is loaded once, in the end, and never lost."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from kept_runs import a_run
from sqlalchemy import Engine

from airflow_mlmax.hooks.s3 import S3Objects
from airflow_mlmax.hooks.sagemaker import SageMakerJobHook
from airflow_mlmax.records.connection import engine_of
from airflow_mlmax.records.document import RunRecord
from airflow_mlmax.records.errors import RecordsError
from airflow_mlmax.records.pending import keep, load
from airflow_mlmax.records.store import Records

BUCKET = "pending-records"


@pytest.fixture
def objects(runtime: Any) -> Iterator[S3Objects]:
    runtime.client("s3").create_bucket(Bucket=BUCKET)
    return S3Objects(SageMakerJobHook(aws_conn_id="aws_default", region_name="us-east-1", patience=0))


@pytest.fixture
def place(request: pytest.FixtureRequest) -> str:
    return f"s3://{BUCKET}/{request.node.name}/pending/"


def waiting(objects: S3Objects, place: str) -> list[str]:
    return [item["uri"] for item in objects.list(place)]


def test_records_wait_until_the_database_is_back(
    objects: S3Objects, place: str, engine: Engine, connection: Any, record: RunRecord
) -> None:
    """They stay while it is away, are loaded when it is not, and are then gone from S3."""
    uri = keep(objects, place, record)
    away = Records(engine_of(_away(connection)))
    with pytest.raises(RecordsError, match="nowhere"):
        load(objects, place, away.write)
    assert waiting(objects, place) == [uri]
    records = Records(engine)
    assert load(objects, place, records.write) == [uri]
    assert [run.run_id for run in records.last(9)] == [record.run_id]
    assert waiting(objects, place) == []
    assert load(objects, place, records.write) == []


def test_attempts_never_overwrite_each_other(
    objects: S3Objects, place: str, engine: Engine, record: RunRecord
) -> None:
    """Two records of one run wait side by side, under a name that a person can read; the later one is what stays."""
    later = record.model_copy(update={"state": "failed", "recorded_at": record.recorded_at + timedelta(1)})
    names = [keep(objects, place, each) for each in (later, record)]
    assert names[0] != names[1]
    assert all("/flights_training--scheduled__2013-07-01T00-00-00-00-00-" in name for name in names)
    records = Records(engine)
    assert len(load(objects, place, records.write)) == 2
    assert [run.state for run in records.find(record.run_id)] == ["failed"]


@pytest.mark.parametrize(
    "body",
    [b"no JSON", *(json.dumps({"schema_name": f"mlmax.run-record/{each}"}).encode() for each in (1, 3))],
    ids=["broken", "older", "newer"],
)
def test_what_cannot_be_read_stays_and_holds_nobody_up(
    objects: S3Objects, place: str, engine: Engine, body: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    """The log names it; the records after it are loaded."""
    stranger = f"{place}a-stranger.json"
    objects.write(stranger, body, "application/json")
    uri = keep(objects, place, a_run(dag_id="z"))
    assert load(objects, place, Records(engine).write) == [uri]
    assert waiting(objects, place) == [stranger]
    assert f"{stranger} is no record of this version, so it stays" in caplog.text


def test_no_more_is_loaded_than_asked_for(
    objects: S3Objects, place: str, engine: Engine, record: RunRecord
) -> None:
    """A pipeline's last task is not held up by a long outage."""
    for number in range(3):
        keep(objects, place, record.model_copy(update={"run_id": str(number)}))
    assert len(load(objects, place, Records(engine).write, most=2)) == 2
    assert len(waiting(objects, place)) == 1


def test_what_the_first_version_left_is_loaded(objects: S3Objects, place: str, engine: Engine) -> None:
    """The job of each task becomes one of the run's jobs."""
    job = {
        "job_name": "train-2",
        "job_arn": None,
        "job_status": "Completed",
        "job_started": None,
        "job_ended": None,
    }
    job |= {
        "job_type": "TrainingJob",
        "image_uri": "i",
        "code_uri": None,
        "parameters": {"depth": 3},
        "inputs": {},
    }
    job |= {
        "billable_seconds": 7,
        "cost_usd": 0.25,
        "spot_saving_usd": 0.0,
        "unknown_prices": [],
        "prices_as_of": None,
    }
    task = {
        "task_id": "train",
        "map_index": -1,
        "operator": None,
        "state": "success",
        "seconds": 1.0,
        "outputs": {},
    }
    none = dict.fromkeys(job) | {"parameters": {}, "inputs": {}, "unknown_prices": []}
    document = a_run(jobs=[]).model_dump(mode="json", exclude={"jobs", "why", "decided_by"})
    document |= {
        "schema_name": "mlmax.run-record/1",
        "tasks": [{**task, **job}, {**task, **none, "task_id": "pin"}],
    }
    objects.write_json(f"{place}first.json", document)
    assert load(objects, place, Records(engine).write) == [f"{place}first.json"]
    (run,) = Records(engine).last(9)
    assert [task.task_id for task in run.tasks] == ["pin", "train"]
    assert [(each.name, each.number, each.cost_usd, each.parameters) for each in run.jobs] == [
        ("train-2", 2, 0.25, {"depth": 3})
    ]


def test_what_the_database_refuses_stays_and_holds_nobody_up(
    objects: S3Objects, place: str, engine: Engine, record: RunRecord, caplog: pytest.LogCaptureFixture
) -> None:
    """Waiting on would be no use; the records after it are loaded."""
    twice = record.model_copy(update={"metrics": [*record.metrics, record.metrics[0]]})
    refused, good = keep(objects, place, twice), keep(objects, place, a_run(dag_id="z"))
    assert load(objects, place, Records(engine).write, most=1) == [good]
    assert waiting(objects, place) == [refused]
    assert f"{refused} stays where it is: the records' database refuses it: duplicate key" in caplog.text


def test_two_runs_load_at_the_same_time(
    objects: S3Objects, place: str, engine: Engine, record: RunRecord
) -> None:
    """What the other one has loaded in the meantime is gone, and nobody's fault."""
    uris = [keep(objects, place, record.model_copy(update={"run_id": str(number)})) for number in range(3)]
    records = Records(engine)

    def write(each: RunRecord) -> bool:
        for uri in uris[:2]:
            objects.remove(uri)
        return records.write(each)

    assert load(objects, place, write) == [uris[0], uris[2]]


def _away(connection: Any) -> Any:
    connection.host = "/nowhere"
    return connection
