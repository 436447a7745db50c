from datetime import date
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import AirflowFailException

from airflow_mlmax.hooks.s3 import S3Objects
from airflow_mlmax.pipelines.landing import pin_days
from airflow_mlmax.pipelines.lateness import AVAILABLE_AT, Lateness
from airflow_mlmax.pipelines.runs import days

WANTED = days(date(2013, 7, 2), date(2013, 7, 4))


@pytest.fixture
def land(s3: S3Objects, place: str) -> Any:
    """Puts a file of a day, with or without metadata that say since when it has been known."""
    bucket, _, folder = place.removeprefix("s3://").partition("/")

    def put(day: str, available_at: str | None = None, name: str = "a.csv") -> None:
        s3.hook.client("s3").put_object(
            Bucket=bucket,
            Key=f"{folder}/date={day}/{name}",
            Body=b"key\n",
            Metadata={AVAILABLE_AT: available_at} if available_at else {},
        )

    return put


def test_history_that_was_loaded_later_is_in_time(s3: S3Objects, land: Any, place: str) -> None:
    """What counts is since when it has been known, to the last moment of the grace."""
    land("2013-07-02", "2013-07-03")
    land("2013-07-03", "2013-07-05T20:00:00-04:00")  # midnight in UTC
    assert len(pin_days(s3, place, WANTED, Lateness(grace_hours=48))) == 2


def test_late_files_are_named(s3: S3Objects, land: Any, place: str) -> None:
    """Which, when they came, when they were due, and what to do; nothing is pinned."""
    land("2013-07-02", "2013-07-03")
    land("2013-07-03", "2013-07-05T00:01:00Z")
    with pytest.raises(AirflowFailException) as refused:
        pin_days(s3, place, WANTED, Lateness(grace_hours=24))
    text = str(refused.value)
    assert text.startswith(f"late: {place}/date=2013-07-03/a.csv came 2013-07-05 00:01 UTC; ")
    for part in ("ended 2013-07-04 00:00 UTC, and 24 hours later", AVAILABLE_AT, "`data.late_files: allow`"):
        assert part in text


def test_a_file_without_metadata_came_when_it_was_written(s3: S3Objects, land: Any, place: str) -> None:
    """Many late files are counted, five are named."""
    land("2013-07-03", "2013-07-04")
    for number in range(7):
        land("2013-07-02", name=f"{number}.csv")
    with pytest.raises(
        AirflowFailException, match=r"date=2013-07-02/4.csv came 20[^,]*, and 2 more; the run"
    ):
        pin_days(s3, place, WANTED, Lateness())


def test_only_new_objects_are_asked(runtime: Any, s3: S3Objects, land: Any, place: str) -> None:
    """A landing zone that filled day by day costs no call for each object."""
    land("2026-01-01")
    runtime.server.calls.clear()
    pin_days(s3, place, [date(2026, 1, 1)], Lateness(grace_hours=24 * 365 * 100))
    assert runtime.server.calls.count("HeadObject") == 0


def test_late_files_may_be_allowed(
    s3: S3Objects, land: Any, place: str, caplog: pytest.LogCaptureFixture
) -> None:
    """The log names them all the same."""
    land("2013-07-02")
    land("2013-07-03")
    assert len(pin_days(s3, place, WANTED, Lateness("allow"))) == 2
    assert "date=2013-07-02/a.csv came 20" in caplog.text
    assert "spec allows it" in caplog.text


def test_metadata_that_are_no_time_are_told(s3: S3Objects, land: Any, place: str) -> None:
    """They are not taken for the past."""
    land("2013-07-02", "yesterday")
    land("2013-07-03", "yesterday")
    with pytest.raises(
        AirflowFailException, match=r"02/a.csv: metadata available-at is 'yesterday'; write a date"
    ):
        pin_days(s3, place, WANTED, Lateness())
