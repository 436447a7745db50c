"""Uploads that end while something of them is still on its way."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from airflow_mlmax.local.s3.errors import NoSuchUpload
from airflow_mlmax.local.s3.index import About
from airflow_mlmax.local.s3.objects import ObjectStore


@pytest.fixture
def store(tmp_path: Path) -> Iterator[ObjectStore]:
    store = ObjectStore(tmp_path)
    store.create_bucket("data")
    yield store
    store.close()


def test_part_of_an_aborted_upload(store: ObjectStore) -> None:
    """A part whose upload was aborted while it arrived is refused, and its file removed."""
    upload = store.uploads.begin("data", "k", About())
    blob = store.blobs.write([b"late"])
    store.uploads.end(upload.id)
    with pytest.raises(NoSuchUpload):
        store.uploads.add(upload.id, 1, blob)
    assert not store.blobs.path(blob.name).exists()


def test_join_of_an_aborted_upload(store: ObjectStore) -> None:
    """An upload that is aborted while its parts are joined does not become an object."""
    upload = store.uploads.begin("data", "k", About())
    part = store.uploads.add(upload.id, 1, store.blobs.write([b"x"]))
    store.blobs.discard(part.blob)
    with pytest.raises(NoSuchUpload):
        store.uploads.join(upload, [(1, part.etag)])


def test_parts_without_a_common_checksum(store: ObjectStore) -> None:
    """The whole has a checksum only if all its parts came with one of the same algorithm."""
    upload = store.uploads.begin("data", "k", About())
    big = bytes(5 * 2**20)
    parts = [
        store.uploads.add(upload.id, 1, store.blobs.write([big], "crc32")),
        store.uploads.add(upload.id, 2, store.blobs.write([b"x"], "sha256")),
    ]
    assert store.uploads.join(upload, [(part.number, part.etag) for part in parts]).checksums == {}
