"""The object store as the engine uses it."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from airflow_mlmax.local.errors import ServiceError
from airflow_mlmax.local.s3.errors import NoSuchBucket, NoSuchKey
from airflow_mlmax.local.s3.objects import ObjectStore


@pytest.fixture
def store(tmp_path: Path) -> Iterator[ObjectStore]:
    store = ObjectStore(tmp_path / "s3")
    store.create_bucket("data")
    yield store
    store.close()


def blobs(store: ObjectStore) -> list[str]:
    return sorted(path.name for path in store.blobs.path("").iterdir())


def test_object_survives_restart(tmp_path: Path) -> None:
    """What was stored is there when the next process opens the folder."""
    first = ObjectStore(tmp_path / "s3")
    first.create_bucket("data", "eu-west-1")
    first.put_bytes("data", "a/b", b"hello")
    first.close()
    second = ObjectStore(tmp_path / "s3")
    with second.open("data", "a/b") as file:
        assert file.read() == b"hello"
    second.close()


def test_put_file_and_download(store: ObjectStore, tmp_path: Path) -> None:
    """A file goes in and comes out, and a change of the copy changes no object."""
    source, target = tmp_path / "in", tmp_path / "out"
    source.write_bytes(b"x" * 3_000_000)
    info = store.put_file("data", "k", source)
    store.download("data", "k", target)
    assert target.read_bytes() == source.read_bytes()
    target.write_bytes(b"changed")
    assert store.head("data", "k") == info
    with store.open("data", "k") as file:
        assert len(file.read()) == info.size == 3_000_000


def test_list_is_in_key_order(store: ObjectStore) -> None:
    """Keys come in the order of their bytes, those of the prefix only, beyond one page too."""
    for number in range(1100):
        store.put_bytes("data", f"a/{number:04}", b"")
    store.put_bytes("data", "b", b"")
    assert [info.key for info in store.list("data", "a/")] == [f"a/{number:04}" for number in range(1100)]


def test_missing_things_raise(store: ObjectStore) -> None:
    """A missing bucket and a missing key have errors of their own; `head` tells of a missing key by None."""
    assert store.head("data", "nope") is None
    with pytest.raises(NoSuchKey):
        store.open("data", "nope")
    with pytest.raises(NoSuchBucket):
        store.list("nope")
    with pytest.raises(NoSuchBucket):
        store.put_bytes("nope", "k", b"")


def test_replacing_leaves_one_blob(store: ObjectStore) -> None:
    """An overwritten object's file is removed, and whoever reads it still reads the old one."""
    store.put_bytes("data", "k", b"old")
    with store.open("data", "k") as reader:
        store.put_bytes("data", "k", b"new")
        assert reader.read() == b"old"
    assert len(blobs(store)) == 1


def test_failing_source_leaves_the_old_object(store: ObjectStore) -> None:
    """A body that breaks off changes nothing and leaves no file."""

    def broken() -> Iterator[bytes]:
        yield b"half"
        raise ConnectionResetError

    store.put_bytes("data", "k", b"old")
    with pytest.raises(ConnectionResetError):
        store.put("data", "k", broken())
    with store.open("data", "k") as file:
        assert file.read() == b"old"
    assert len(blobs(store)) == 1


def test_start_sweeps_orphans(store: ObjectStore) -> None:
    """Files that a killed server left behind are removed at the next start; objects and parts stay."""
    store.put_bytes("data", "k", b"kept")
    upload = store.uploads.begin("data", "big", store.require("data", "k").about)
    store.uploads.add(upload.id, 1, store.blobs.write([b"part"]))
    kept = blobs(store)
    store.blobs.path("orphan").write_bytes(b"half an objec")
    again = ObjectStore(store.blobs.path("").parent)
    assert blobs(again) == kept
    again.close()


def test_deleting_a_bucket_takes_unfinished_uploads(store: ObjectStore) -> None:
    """Nothing of a removed bucket stays on disk."""
    upload = store.uploads.begin("data", "big", store.put_bytes("data", "k", b"").about)
    store.uploads.add(upload.id, 1, store.blobs.write([b"part"]))
    store.delete("data", "k")
    store.delete_bucket("data")
    assert blobs(store) == []


def test_readers_never_see_a_mixture(store: ObjectStore) -> None:
    """While writers replace an object, every reader gets one whole version of it."""
    versions = [bytes([number]) * 50_000 for number in range(40)]
    store.put_bytes("data", "k", versions[0])

    def write() -> None:
        for version in versions:
            store.put_bytes("data", "k", version)

    writer = threading.Thread(target=write)
    writer.start()
    seen = []
    while writer.is_alive():
        with store.open("data", "k") as file:
            seen.append(file.read())
    writer.join()
    assert seen
    assert set(seen) <= set(versions)


@pytest.mark.parametrize(
    "name", ["ab", "a" * 64, "UPPER", "under_score", "-a-", "a..b", "192.168.0.1", "xn--abc", "abc-s3alias"]
)
def test_bucket_names(store: ObjectStore, name: str) -> None:
    """S3's rules for bucket names are checked."""
    with pytest.raises(ServiceError) as caught:
        store.create_bucket(name)
    assert caught.value.code == "InvalidBucketName"


def test_clear(store: ObjectStore) -> None:
    """Nothing is left of anything, on disk neither."""
    store.put_bytes("data", "k", b"x")
    store.clear()
    assert not store.bucket_exists("data")
    assert blobs(store) == []
