"""Files of bytes on file systems that can less than this one."""

import os
from pathlib import Path
from typing import NoReturn

import pytest

from airflow_mlmax.local.s3.blobs import PIECE, Blobs


def refuse(*_: object) -> NoReturn:
    raise OSError("not on this file system")


@pytest.fixture
def blobs(tmp_path: Path) -> Blobs:
    return Blobs(tmp_path)


@pytest.mark.parametrize("missing", ["", "link", "copy_file_range"], ids=lambda name: name or "all-there")
def test_linking_and_joining(blobs: Blobs, monkeypatch: pytest.MonkeyPatch, missing: str) -> None:
    """Bytes are the same whatever the file system can do, and what they were made of may go."""
    if missing:
        monkeypatch.setattr(os, missing, refuse)
    names = [blobs.write([b"a" * PIECE, b"b"]).name, blobs.write([b"c"]).name]
    joined = blobs.join(names)
    linked = blobs.link(joined)
    blobs.discard(joined, *names)
    assert blobs.path(linked).read_bytes() == b"a" * PIECE + b"bc"


def test_join_that_fails_leaves_nothing(blobs: Blobs, tmp_path: Path) -> None:
    """A part that is gone stops the joining, and the half-written file with it."""
    part = blobs.write([b"a"]).name
    with pytest.raises(FileNotFoundError):
        blobs.join([part, "gone"])
    assert [path.name for path in tmp_path.iterdir()] == [part]


def test_digest(blobs: Blobs) -> None:
    """A checksum is computed where the standard library can, and is otherwise not known."""
    name = blobs.write([b"01234", b"56789"]).name
    assert blobs.digest(name, "crc32") == "poTHxg=="
    assert blobs.digest(name, "crc64nvme") is None
