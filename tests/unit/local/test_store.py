"""The store: names are taken once, changes are merged, nothing is lost."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from airflow_mlmax.local.store import AlreadyExists, Store

HERE = "us-east-1"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(tmp_path / "state.db")
    yield opened
    opened.close()


def test_a_name_is_taken_once_per_region_and_kind(store: Store) -> None:
    """The second insert tells who has the name; another region or kind is another name."""
    first = store.insert(HERE, "TrainingJob", "a", {"x": 1}, {"s": "InProgress"})
    with pytest.raises(AlreadyExists) as caught:
        store.insert(HERE, "TrainingJob", "a", {"x": 2}, {})
    assert caught.value.record == first
    store.insert("eu-west-1", "TrainingJob", "a", {}, {})
    store.insert(HERE, "ProcessingJob", "a", {}, {})
    assert store.get(HERE, "TrainingJob", "a") == first


def test_tuning_names_ignore_case(store: Store) -> None:
    """A tuning job is found under any spelling and keeps its own; training names are exact."""
    store.insert(HERE, "HyperParameterTuningJob", "Tune", {}, {})
    with pytest.raises(AlreadyExists):
        store.insert(HERE, "HyperParameterTuningJob", "tune", {}, {})
    found = store.get(HERE, "HyperParameterTuningJob", "TUNE")
    assert found
    assert found.name == "Tune"
    assert store.update(HERE, "HyperParameterTuningJob", "tUNE", {"s": 1}).answer == {"s": 1}
    store.insert(HERE, "TrainingJob", "Tune", {}, {})
    assert store.get(HERE, "TrainingJob", "tune") is None


def test_updates_merge_and_survive(store: Store, tmp_path: Path) -> None:
    """A second connection reads what the first one merged."""
    store.insert(HERE, "TrainingJob", "a", {"x": 1}, {"s": "InProgress", "t": 1.5})
    changed = store.update(HERE, "TrainingJob", "a", {"s": "Completed"})
    again = Store(tmp_path / "state.db")
    assert again.get(HERE, "TrainingJob", "a") == changed
    assert changed.description == {"x": 1, "s": "Completed", "t": 1.5}
    again.close()


def test_concurrent_updates_lose_nothing(store: Store) -> None:
    """Threads that merge different members all find their own afterwards."""
    store.insert(HERE, "TrainingJob", "a", {}, {})
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: store.update(HERE, "TrainingJob", "a", {str(n): n}), range(40)))
    found = store.get(HERE, "TrainingJob", "a")
    assert found
    assert found.answer == {str(n): n for n in range(40)}


def test_concurrent_inserts_have_one_winner(store: Store) -> None:
    """Of many threads that create the same name, one succeeds."""

    def insert(number: int) -> bool:
        try:
            store.insert(HERE, "TrainingJob", "a", {"n": number}, {})
        except AlreadyExists:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(insert, range(20))) == 1


def test_records_are_in_order_of_creation(store: Store) -> None:
    """All regions or one, oldest first; a deleted name is free again."""
    for name in ("b", "a"):
        store.insert(HERE, "Model", name, {}, {})
    store.insert("eu-west-1", "Model", "c", {}, {})
    assert [record.name for record in store.records(HERE, "Model")] == ["b", "a"]
    assert [record.name for record in store.records(None, "Model")] == ["b", "a", "c"]
    store.delete(HERE, "Model", "b")
    store.insert(HERE, "Model", "b", {}, {})
    assert [record.name for record in store.records(HERE, "Model")] == ["a", "b"]


def test_an_update_of_nothing_is_an_error(store: Store) -> None:
    """Whoever updates a deleted record learns of it."""
    with pytest.raises(KeyError, match="TrainingJob gone"):
        store.update(HERE, "TrainingJob", "gone", {"a": 1})
