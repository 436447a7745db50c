import hashlib
from datetime import date
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import AirflowFailException

from airflow_mlmax.hooks.s3 import S3Objects
from airflow_mlmax.pipelines.landing import Pinned, pin_days, read_pins, write_manifest, write_pins
from airflow_mlmax.pipelines.runs import days

WANTED = days(date(2013, 7, 2), date(2013, 7, 5))


def land(put: Any, place: str, *keys: str) -> dict[str, str]:
    """ETags by key of small files below the place."""
    folder = place.split("/", 3)[3]
    return {key: put(f"{folder}/{key}", key) for key in keys}


def test_only_wanted_days_are_pinned(s3: S3Objects, put: Any, place: str) -> None:
    """Days before and after, folder markers and days with several files: exactly the wanted objects, in order."""
    keys = [f"date=2013-07-0{day}/{name}" for day in range(1, 7) for name in ("a.csv", "b.csv")]
    etags = land(put, place, *keys, "date=2013-07-03/")
    pins = pin_days(s3, place, WANTED)
    assert [pinned.uri.removeprefix(f"{place}/") for pinned in pins] == keys[2:8]
    assert pins[0] == Pinned(f"{place}/{keys[2]}", etags[keys[2]], len(keys[2]))


def test_missing_days_are_named(s3: S3Objects, put: Any, place: str) -> None:
    """The error says which days lack files and what is there."""
    land(put, place, "date=2013-07-03/a.csv", "date=2013-08-01/a.csv")
    with pytest.raises(
        AirflowFailException, match=r"for 2013-07-02, 2013-07-04; .* 2013-07-03 to 2013-07-03"
    ):
        pin_days(s3, place, WANTED)


def test_an_empty_landing_zone_is_told(s3: S3Objects, place: str) -> None:
    """A window far from the data names a few days, not all."""
    wanted = days(date(2026, 1, 1), date(2026, 3, 1))
    with pytest.raises(
        AirflowFailException, match=r"2026-01-05 and 54 more; none of the wanted days is there"
    ):
        pin_days(s3, place, wanted)


def test_pins_are_kept(s3: S3Objects, place: str) -> None:
    """What was pinned is read back as it was."""
    pins = [Pinned(f"{place}/a", "etag", 3)]
    digest = write_pins(s3, f"{place}/pins.json", pins)
    assert read_pins(s3, f"{place}/pins.json") == pins
    assert digest == hashlib.sha256(s3.open(f"{place}/pins.json")["Body"].read()).hexdigest()


def test_a_manifest_names_keys_below_its_prefix(s3: S3Objects, place: str) -> None:
    """SageMaker's form: prefix first, then relative keys."""
    pins = [Pinned(f"{place}/date=1/a", "e", 1), Pinned(f"{place}/date=2/b", "f", 1)]
    uri = write_manifest(s3, f"{place}/m.json", place, pins)
    assert s3.read_json(uri) == [{"prefix": f"{place}/"}, "date=1/a", "date=2/b"]
