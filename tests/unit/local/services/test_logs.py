"""The store of log lines as the engine uses it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from airflow_mlmax.local.services.logs import LogStore

PLACE = ("us-east-1", "/aws/sagemaker/TrainingJobs")


@pytest.fixture
def logs(tmp_path: Path) -> Iterator[LogStore]:
    store = LogStore(tmp_path / "logs.db")
    yield store
    store.close()


def test_lines_are_readable_at_once(logs: LogStore, tmp_path: Path) -> None:
    """Another process that opens the file sees every line that `put` took, while the first one runs on."""
    for number in range(100):
        logs.put(*PLACE, "job/algo-1", number, f"line {number}")
    other = LogStore(tmp_path / "logs.db")
    assert [event.message for event in other.events(*PLACE)] == [f"line {number}" for number in range(100)]
    other.close()


def test_streams_are_told_apart(logs: LogStore) -> None:
    """Streams are found by the beginning of their names, in their Region and group only."""
    logs.put(*PLACE, "job-1/algo-1", 5, "a")
    logs.put(*PLACE, "job-1/algo-2", 6, "b")
    logs.put(*PLACE, "job-10/algo-1", 7, "c")
    logs.put("eu-west-1", PLACE[1], "job-1/algo-1", 8, "d")
    logs.put(PLACE[0], "/other", "job-1/algo-1", 9, "e")
    assert [stream.name for stream in logs.streams(*PLACE, "job-1/")] == ["job-1/algo-1", "job-1/algo-2"]
    assert [event.message for event in logs.events(*PLACE, "job-1/")] == ["a", "b"]


def test_times_of_a_stream(logs: LogStore) -> None:
    """A stream tells the times of its first and last line; an empty one has none."""
    logs.put(*PLACE, "full", 7, "later")
    logs.put(*PLACE, "full", 5, "earlier")
    logs.create_stream(*PLACE, "new")
    full, new = logs.streams(*PLACE)
    assert (full.first, full.last) == (5, 7)
    assert (new.first, new.last, new.ingested) == (None, None, None)


def test_clear(logs: LogStore) -> None:
    """After it was cleared the store takes lines of the same streams again."""
    logs.put(*PLACE, "s", 1, "old")
    logs.clear()
    assert logs.groups(PLACE[0]) == {}
    logs.put(*PLACE, "s", 2, "new")
    assert [event.message for event in logs.events(*PLACE)] == ["new"]
