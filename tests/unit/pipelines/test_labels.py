from datetime import UTC, date, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import AirflowSkipException

from airflow_mlmax.pipelines.labels import LabelsSensor
from airflow_mlmax.settings import Settings

SETTINGS = Settings.model_validate(
    {
        "environment": "local",
        "bucket": "pipeline-tests",
        "region": "us-east-1",
        "role_arn": "arn:aws:iam::123456789012:role/r",
        "namespace": "local",
        "images": {},
        "compute": {
            name: {"instance_type": "ml.m5.large"} for name in ("processing", "training", "transform")
        },
        "data_ends": date(2013, 7, 3),
    }
)


def poke(place: str, day: str, run_type: str = "manual") -> Any:
    moment = datetime.fromisoformat(day).replace(tzinfo=UTC)
    run = SimpleNamespace(run_type=run_type, run_id="r", data_interval_start=moment, data_interval_end=moment)
    sensor = LabelsSensor(task_id="labels", settings=SETTINGS, labels=place)
    return sensor.poke({"dag_run": run, "params": {"day": day}})


@pytest.mark.usefixtures("s3")
def test_labels_are_waited_for(put: Any, place: str) -> None:
    """Not there yet is no error; a folder marker, or another day's labels, are not labels."""
    folder = place.split("/", 3)[3]
    put(f"{folder}/date=2013-07-02/", "")
    put(f"{folder}/date=2013-07-03/labels.csv", "key\n")
    assert poke(place, "2013-07-02").is_done is False
    come = poke(place, "2013-07-03")
    assert (come.is_done, come.xcom_value) == (True, "2013-07-03")


def test_days_after_the_data_are_skipped(place: str) -> None:
    """The schedule goes on when a replay of the past has ended."""
    with pytest.raises(AirflowSkipException, match="the data ends with 2013-07-03"):
        poke(place, "2013-07-04", run_type="scheduled")


def test_waiting_takes_no_worker(place: str) -> None:
    """A day may pass before labels come."""
    sensor = LabelsSensor(task_id="labels", settings=SETTINGS, labels=place)
    assert (sensor.mode, sensor.timeout) == ("reschedule", 3 * 24 * 3600)
