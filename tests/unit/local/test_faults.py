"""Which fault strikes whom, and how often."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from airflow_mlmax.local.faults import Faults


def test_a_fault_strikes_once_unless_told_otherwise() -> None:
    """Then it is spent, and stays listed with its hits."""
    faults = Faults()
    faults.add("capacity", family="TrainingJob")
    assert faults.take("capacity", family="TrainingJob", name="a")
    assert faults.take("capacity", family="TrainingJob", name="a") is None
    assert faults.list() == [{"kind": "capacity", "family": "TrainingJob", "times": 1, "hits": 1}]


@pytest.mark.parametrize(
    ("parameters", "strikes"),
    [
        ({}, True),
        ({"family": "TrainingJob"}, True),
        ({"family": "ProcessingJob"}, False),
        ({"name": "job-1"}, True),
        ({"job": "job-*"}, True),
        ({"name": "other"}, False),
        ({"family": "TrainingJob", "name": "other"}, False),
    ],
    ids=str,
)
def test_what_a_fault_names_must_agree(parameters: dict[str, str], strikes: bool) -> None:
    """What it does not name does not matter; a star stands for any text."""
    faults = Faults()
    faults.add("fail", **parameters)
    assert bool(faults.take("fail", family="TrainingJob", name="job-1", job="job-1")) is strikes


def test_throttling_can_last_for_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """As often as asked until the seconds are over."""
    now = 1000.0
    monkeypatch.setattr("airflow_mlmax.local.faults.time.time", lambda: now)
    faults = Faults()
    faults.add("throttle", seconds=5)
    assert all(faults.take("throttle", operation="x") for _ in range(3))
    now += 6
    assert faults.take("throttle", operation="x") is None
    assert faults.hits("throttle") == 3


def test_the_oldest_fault_strikes_first() -> None:
    """Two faults of a kind take turns in the order in which they were set."""
    faults = Faults()
    for code in ("First", "Second"):
        faults.add("error", code=code)
    taken = [faults.take("error", operation="x") for _ in range(2)]
    assert [fault.parameters["code"] for fault in taken if fault] == ["First", "Second"]


def test_concurrent_calls_share_the_hits() -> None:
    """Many threads together are struck exactly as often as asked."""
    faults = Faults()
    faults.add("throttle", times=10)
    with ThreadPoolExecutor(8) as pool:
        struck = list(pool.map(lambda _: faults.take("throttle", operation="x"), range(50)))
    assert sum(fault is not None for fault in struck) == 10
