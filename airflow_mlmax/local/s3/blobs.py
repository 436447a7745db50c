"""The files that hold objects' bytes. A file is written once, under a name of its own, and never changed."""

import hashlib
import os
import shutil
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from airflow_mlmax.local.s3.checksums import DIGESTS, encoded

PIECE = 1024 * 1024
"""Bytes that are in memory at a time while a body passes through."""


@dataclass(frozen=True)
class Blob:
    """A written file that no index row names yet, and what was learned while writing it."""

    name: str
    size: int
    etag: str
    """In quotes: the MD5, or for joined parts that of their MD5s and their number."""

    checksums: dict[str, str] = field(default_factory=dict)


class Blobs:
    """A folder of files. One that is not in the index is nobody's: it was never finished, or was replaced."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def path(self, name: str) -> Path:
        return self._folder / name

    def write(self, pieces: Iterable[bytes], algorithm: str | None = None) -> Blob:
        """Write a new file, computing its MD5 and, if wanted, one more checksum. Leaves nothing behind on an error."""
        name = uuid.uuid4().hex
        md5 = hashlib.md5(usedforsecurity=False)
        extra = DIGESTS[algorithm]() if algorithm in DIGESTS else None
        size = 0
        try:
            with self.path(name).open("wb") as file:
                for piece in pieces:
                    file.write(piece)
                    md5.update(piece)
                    if extra:
                        extra.update(piece)
                    size += len(piece)
        except BaseException:
            self.discard(name)
            raise
        checksums = {algorithm: encoded(extra)} if algorithm and extra else {}
        return Blob(name, size, f'"{md5.hexdigest()}"', checksums)

    def link(self, name: str) -> str:
        """A second name for the same bytes: what copying an object costs."""
        second = uuid.uuid4().hex
        try:
            os.link(self.path(name), self.path(second))
        except OSError:  # a file system without links, or one name too many
            shutil.copyfile(self.path(name), self.path(second))
        return second

    def join(self, names: list[str]) -> str:
        """A new file with the bytes of several; they stay, so that a crash in the middle spoils nothing."""
        name = uuid.uuid4().hex
        try:
            with self.path(name).open("wb", buffering=0) as target:
                for part in names:
                    with self.path(part).open("rb", buffering=0) as source:
                        append(source, target)
        except BaseException:
            self.discard(name)
            raise
        return name

    def digest(self, name: str, algorithm: str) -> str | None:
        """Checksum of a written file; None for an algorithm that is not computed."""
        if algorithm not in DIGESTS:
            return None
        digest = DIGESTS[algorithm]()
        with self.path(name).open("rb") as file:
            for piece in pieces_of(file):
                digest.update(piece)
        return encoded(digest)

    def discard(self, *names: str) -> None:
        """Remove files; whoever has one open still reads it to its end."""
        for name in names:
            self.path(name).unlink(missing_ok=True)

    def sweep(self, used: set[str]) -> None:
        """Remove every file but the `used` ones: what a killed server left."""
        for path in self._folder.iterdir():
            if path.name not in used:
                path.unlink()


def pieces_of(file: BinaryIO, length: int | None = None) -> Iterator[bytes]:
    """The rest of a file, or its next `length` bytes, in pieces."""
    left = length
    while piece := file.read(PIECE if left is None else min(PIECE, left)):
        yield piece
        if left is not None:
            left -= len(piece)


def append(source: BinaryIO, target: BinaryIO) -> None:
    """Copy the rest of a file behind an unbuffered one, in the kernel where it can; some file systems share the blocks."""
    try:
        while os.copy_file_range(source.fileno(), target.fileno(), 2**30):
            pass
    except (AttributeError, OSError):  # another system, or a file system that cannot
        shutil.copyfileobj(source, target, PIECE)
