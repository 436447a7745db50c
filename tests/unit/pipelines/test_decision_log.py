import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from threading import Barrier, Thread
from typing import Any

import pytest

from airflow_mlmax.hooks.numbered_log import NumberedLog
from airflow_mlmax.hooks.s3 import S3Objects
from airflow_mlmax.pipelines.decision_log import DecisionLog

START = datetime(2013, 7, 1, tzinfo=UTC)


def made(hour: int, *, retrain: bool = False, after: Mapping[str, Any] | None = None) -> dict[str, Any]:
    at = START + timedelta(hours=hour)
    return {"retrain": retrain, "at": at.isoformat(), "last_retraining": after["number"] if after else None}


def record(log: DecisionLog, run_id: str, hour: int, *, retrain: bool = False) -> dict[str, Any]:
    begun = START + timedelta(hours=hour)
    return log.record(run_id, begun, lambda training: made(hour, retrain=retrain, after=training))


def test_a_retry_finds_its_own_decision(s3: S3Objects, place: str) -> None:
    """Also when the run is cleared after others have decided; nothing is asked or written again."""
    log = DecisionLog(NumberedLog(s3, place))
    first = record(log, "a", 1, retrain=True)
    record(log, "b", 2)

    def never(training: Any) -> dict[str, Any]:
        pytest.fail(f"asked again after {training}")

    assert log.record("a", START + timedelta(hours=1), never) == first
    assert len(list(s3.list(place))) == 2


def test_the_last_training_is_handed_on(s3: S3Objects, place: str) -> None:
    """Over decisions that were none, and without reading them all."""
    log = DecisionLog(NumberedLog(s3, place))
    seen: list[Any] = []
    for hour, retrain in enumerate((False, True, False, False, True, False)):

        def make(training: Any, hour: int = hour, retrain: bool = retrain) -> dict[str, Any]:
            seen.append(training and training["number"])
            return made(hour, retrain=retrain, after=training)

        log.record(str(hour), START + timedelta(hours=hour), make)
    assert seen == [None, None, 2, 2, 2, 5]


def test_two_at_once_know_of_each_other(s3: S3Objects, place: str) -> None:
    """Both find nothing; one trains, and the other decides again with that training known."""
    log, together = DecisionLog(NumberedLog(s3, place)), Barrier(2)
    done: list[dict[str, Any]] = []

    def decide(run_id: str) -> None:
        def make(training: Mapping[str, Any] | None) -> dict[str, Any]:
            if training is None:
                together.wait(timeout=10)
            return made(1, retrain=training is None, after=training)

        done.append(log.record(run_id, START, make))

    threads = [Thread(target=decide, args=(name,)) for name in ("a", "b")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    by_number = {each["number"]: each for each in done}
    assert {number: each["retrain"] for number, each in by_number.items()} == {1: True, 2: False}
    assert by_number[2]["last_retraining"] == 1


def test_a_decision_is_never_changed(s3: S3Objects, place: str) -> None:
    """Each is an object with its number for a name, written on condition that there is none."""
    log = DecisionLog(NumberedLog(s3, place))
    record(log, "a", 1)
    record(log, "b", 2)
    names = [item["uri"].rpartition("/")[2] for item in s3.list(place)]
    assert names == ["000001.json", "000002.json"]
    assert s3.put_if_absent(f"{place}/000001.json", json.dumps({}).encode()) is False
