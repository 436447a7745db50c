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
    "body", [b"no JSON", json.dumps({"schema_name": "mlmax.run-record/2"}).encode()], ids=["broken", "newer"]
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


def _away(connection: Any) -> Any:
    connection.host = "/nowhere"
    return connection
