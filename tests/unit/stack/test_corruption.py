"""A day that was broken is caught by the gate's suite, and is whole again to the byte after its repair."""

import json
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest

from airflow_mlmax.pipelines.runs import interval_parameters
from airflow_mlmax.quality.data import open_data
from airflow_mlmax.quality.duckdb_engine import DuckDBEngine
from airflow_mlmax.quality.errors import DataError
from airflow_mlmax.quality.suites import load_suite
from airflow_mlmax.stack.corruption import Landing, addresses
from airflow_mlmax.stack.damage import DAMAGES
from airflow_mlmax.stack.environment import Layout
from airflow_mlmax.stack.errors import StackError

DAY = date(2013, 7, 3)
KEY = f"landing/flights/date={DAY}/flights.csv"
KNOWN_SINCE = {"available-at": "2013-07-04T00:00:00Z"}
SUITE = Path(__file__).parents[3] / "dags/models/flights/expectations/landing.json"


def flights(count: int = 60) -> str:
    """A landed file: rows alike but for their key."""
    suite = json.loads(SUITE.read_text())
    [columns] = [
        each["kwargs"]["column_list"] for each in suite["expectations"] if "column_list" in each["kwargs"]
    ]
    row = {
        **dict.fromkeys(columns, "1"),
        "scheduled_departure": "2013-07-03T10:00:00Z",
        "local_departure": "2013-07-03T06:00",
        "weather_observed_at": "2013-07-03T08:00:00Z",
        "carrier": "UA",
        "origin": "EWR",
        "dest": "IAH",
        "distance": "1400",
        "plane_year": "1999.0",
    }
    lines = [
        ",".join(str({**row, "flight_key": f"key-{number}"}[name]) for name in columns)
        for number in range(count)
    ]
    return "\n".join([",".join(columns), *lines, ""])


def holds(text: str, folder: Path) -> bool:
    """Whether a file with this text passes the landing suite's critical checks."""
    interval = interval_parameters(DAY, DAY + timedelta(days=1))
    suite = load_suite(SUITE.read_text(), interval)
    (folder / "flights.csv").write_text(text)
    try:
        data = open_data([folder / "flights.csv"], folder, "csv", suite.columns)
    except DataError:
        return False
    with closing(data):
        checks = [each for each in suite.checks if set(each.columns) <= set(data.columns)]
        results = DuckDBEngine().run(data, checks)
        return bool(data.rows and not data.unreadable and all(each.success for each in results))


@pytest.fixture
def bucket(runtime: Any) -> SimpleNamespace:
    s3, name = runtime.client("s3"), f"demo-{uuid4()}"
    s3.create_bucket(Bucket=name)
    s3.put_object(Bucket=name, Key=KEY, Body=flights().encode(), ContentType="text/csv", Metadata=KNOWN_SINCE)
    return SimpleNamespace(
        name=name,
        metadata=lambda: s3.head_object(Bucket=name, Key=KEY)["Metadata"],
        landing=Landing(runtime.url, name),
        text=lambda: s3.get_object(Bucket=name, Key=KEY)["Body"].read().decode(),
        stored=lambda: [item["Key"] for item in s3.list_objects_v2(Bucket=name)["Contents"]],
    )


def test_what_landed_passes(tmp_path: Path) -> None:
    """Without damage the suite holds, so that what follows is the damage's doing."""
    assert holds(flights(), tmp_path)


@pytest.mark.parametrize("how", DAMAGES)
def test_every_damage_is_caught(how: str, tmp_path: Path) -> None:
    """The landing suite of the flights does not hold on a damaged file."""
    assert not holds(DAMAGES[how].apply(flights()), tmp_path)


def test_a_broken_day_is_whole_after_its_repair(bucket: SimpleNamespace) -> None:
    """Broken twice in two ways, repaired once: the bytes are the first ones, and nothing is left beside them."""
    whole = bucket.text()
    assert bucket.landing.corrupt(DAY, "nulls") == [f"s3://{bucket.name}/{KEY}"]
    assert bucket.landing.corrupt(DAY, "empty") == [f"s3://{bucket.name}/{KEY}"]
    assert bucket.text() == whole.partition("\n")[0] + "\n"
    assert bucket.landing.repair(DAY) == [f"s3://{bucket.name}/{KEY}"]
    assert bucket.text() == whole
    assert bucket.stored() == [KEY]


def test_breaking_again_gives_the_same_bytes(bucket: SimpleNamespace) -> None:
    """The second time starts from the kept file, not from the broken one."""
    bucket.landing.corrupt(DAY, "duplicate-keys")
    once = bucket.text()
    bucket.landing.corrupt(DAY, "duplicate-keys")
    assert bucket.text() == once


def test_a_broken_file_came_when_the_whole_one_did(bucket: SimpleNamespace) -> None:
    """Else it would be refused as late, and nobody would see the damage."""
    bucket.landing.corrupt(DAY, "future")
    assert bucket.metadata() == KNOWN_SINCE
    bucket.landing.repair(DAY)
    assert bucket.metadata() == KNOWN_SINCE


def test_the_whole_file_is_kept_where_no_pipeline_reads(bucket: SimpleNamespace) -> None:
    """The landing zone holds one file for the day, as before."""
    bucket.landing.corrupt(DAY, "truncated")
    assert [key for key in bucket.stored() if key.startswith("landing/")] == [KEY]


def test_a_whole_day_needs_no_repair(bucket: SimpleNamespace) -> None:
    """Nothing is written where nothing was kept."""
    whole = bucket.text()
    assert bucket.landing.repair(DAY) == []
    assert bucket.text() == whole


def test_a_day_that_did_not_land_is_named_with_those_that_did(bucket: SimpleNamespace) -> None:
    """The error says which days there are."""
    with pytest.raises(
        StackError, match="nothing has landed on 2020-01-01; there are the days 2013-07-03 to"
    ):
        bucket.landing.corrupt(date(2020, 1, 1), "empty")


@pytest.mark.parametrize(
    "text",
    [None, '{"airflow": "http://127.0.0.1:9", "runtime": "http://127.0.0.1:9"}'],
    ids=["ended", "crashed"],
)
def test_a_demo_that_is_not_up_is_told(text: str | None, tmp_path: Path) -> None:
    """Without addresses, or with addresses where nobody listens, the error says how to start it."""
    if text:
        Layout(tmp_path).addresses.write_text(text)
    with pytest.raises(StackError, match=r"no demo is up on .*: start it with `make demo`"):
        addresses(tmp_path)


def test_a_running_demo_is_found(runtime: Any, tmp_path: Path) -> None:
    """The folder of the demo is enough to find it."""
    Layout(tmp_path).addresses.write_text(json.dumps({"airflow": "http://x", "runtime": runtime.url}))
    assert addresses(tmp_path).runtime == runtime.url
