"""Which objects there are and which file holds each: one sqlite database."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from airflow_mlmax.local.database import Database
from airflow_mlmax.local.s3.errors import NoSuchBucket

_SCHEMA = """
CREATE TABLE IF NOT EXISTS buckets (name TEXT PRIMARY KEY, region TEXT NOT NULL, created REAL NOT NULL);
CREATE TABLE IF NOT EXISTS objects (
    bucket TEXT NOT NULL, key TEXT NOT NULL, size INTEGER NOT NULL, etag TEXT NOT NULL, modified REAL NOT NULL,
    blob TEXT NOT NULL, about TEXT NOT NULL, PRIMARY KEY (bucket, key)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS uploads (
    id TEXT PRIMARY KEY, bucket TEXT NOT NULL, key TEXT NOT NULL, started REAL NOT NULL, about TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS parts (
    upload TEXT NOT NULL, number INTEGER NOT NULL, size INTEGER NOT NULL, etag TEXT NOT NULL,
    modified REAL NOT NULL, blob TEXT NOT NULL, algorithm TEXT, checksum TEXT, PRIMARY KEY (upload, number)
) WITHOUT ROWID;
"""
_COLUMNS = "key, size, etag, modified, blob, about"
_LAST_CODE_POINT = 0x10FFFF
_SURROGATES = range(0xD800, 0xE000)


@dataclass(frozen=True)
class About:
    """What is told of an object beside its bytes, and travels with a copy."""

    headers: dict[str, str] = field(default_factory=dict)
    """Content-Type and its like, and those of encryption and storage class, as they are answered."""

    metadata: dict[str, str] = field(default_factory=dict)
    """The user's own, without the prefix `x-amz-meta-`."""

    tags: dict[str, str] = field(default_factory=dict)
    checksums: dict[str, str] = field(default_factory=dict)
    """By algorithm in lower case, `crc32`; one that ends in `-<number>` is made from those of the parts."""

    def to_json(self) -> str:
        return json.dumps(vars(self))

    @classmethod
    def from_json(cls, text: str) -> "About":
        return cls(**json.loads(text))


@dataclass(frozen=True)
class ObjectInfo:
    """An object as HEAD tells it; `size` in bytes, `modified` in epoch seconds."""

    key: str
    size: int
    etag: str
    """In quotes, as S3 answers it."""

    modified: float
    blob: str = ""
    """Name of the file with the bytes."""

    about: About = field(default_factory=About)


@dataclass(frozen=True)
class Bucket:
    name: str
    region: str
    created: float


Condition = Callable[[ObjectInfo | None], None]
"""Raises when a write must not replace the object that is there, or its absence."""


class Index:
    """Buckets and objects. Keys come in the order of their UTF-8 bytes, which is S3's."""

    def __init__(self, path: Path) -> None:
        self.database = Database(path, _SCHEMA)

    def add_bucket(self, name: str, region: str) -> bool:
        """Whether the bucket is new."""
        with self.database.transaction():
            known = self.bucket(name) is not None
            if not known:
                self.database.rows("INSERT INTO buckets VALUES (?, ?, ?)", name, region, time.time())
        return not known

    def bucket(self, name: str) -> Bucket | None:
        row = self.database.row("SELECT name, region, created FROM buckets WHERE name = ?", name)
        return Bucket(*row) if row else None

    def buckets(self) -> list[Bucket]:
        return [
            Bucket(*row)
            for row in self.database.rows("SELECT name, region, created FROM buckets ORDER BY name")
        ]

    def require_bucket(self, name: str) -> Bucket:
        """Raises NoSuchBucket."""
        found = self.bucket(name)
        if found is None:
            raise NoSuchBucket(name)
        return found

    def remove_bucket(self, name: str) -> None:
        self.database.rows("DELETE FROM buckets WHERE name = ?", name)

    def get(self, bucket: str, key: str) -> ObjectInfo | None:
        row = self.database.row(
            f"SELECT {_COLUMNS} FROM objects WHERE bucket = ? AND key = ?",  # noqa: S608 - a constant
            bucket,
            key,
        )
        return _info(row) if row else None

    def swap(self, bucket: str, info: ObjectInfo, condition: Condition | None = None) -> ObjectInfo | None:
        """Let the key name this object and give the one that it named before.

        `condition` is asked inside the transaction, so that of two conditional writers only one succeeds.
        Raises NoSuchBucket.
        """
        with self.database.transaction():
            self.require_bucket(bucket)
            old = self.get(bucket, info.key)
            if condition:
                condition(old)
            self.database.rows(
                f"INSERT OR REPLACE INTO objects (bucket, {_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)",  # noqa: S608 - a constant
                bucket, info.key, info.size, info.etag, info.modified, info.blob, info.about.to_json(),
            )  # fmt: skip
        return old

    def remove(self, bucket: str, key: str, condition: Condition | None = None) -> ObjectInfo | None:
        """Forget an object and give it; None if it was not there. Raises NoSuchBucket."""
        with self.database.transaction():
            self.require_bucket(bucket)
            old = self.get(bucket, key)
            if condition:
                condition(old)
            self.database.rows("DELETE FROM objects WHERE bucket = ? AND key = ?", bucket, key)
        return old

    def page(self, bucket: str, prefix: str, start: str, count: int) -> list[ObjectInfo]:
        """At most `count` objects below a prefix whose keys are `start` or greater."""
        first = max(start, prefix)
        end = successor(prefix)
        rows = self.database.rows(
            f"SELECT {_COLUMNS} FROM objects WHERE bucket = ? AND key >= ? AND (? IS NULL OR key < ?)"  # noqa: S608 - a constant
            " ORDER BY key LIMIT ?",
            bucket, first, end, end, count,
        )  # fmt: skip
        return [_info(row) for row in rows]

    def clear(self) -> None:
        with self.database.transaction():
            for table in ("buckets", "objects", "uploads", "parts"):
                self.database.rows(f"DELETE FROM {table}")  # noqa: S608 - a constant

    def blobs(self) -> set[str]:
        return {name for (name,) in self.database.rows("SELECT blob FROM objects")}


def successor(prefix: str) -> str | None:
    """The least text that is greater than every text with this prefix; None if there is no such text."""
    while prefix and ord(prefix[-1]) == _LAST_CODE_POINT:
        prefix = prefix[:-1]
    if not prefix:
        return None
    following = ord(prefix[-1]) + 1
    return prefix[:-1] + chr(_SURROGATES.stop if following in _SURROGATES else following)


def _info(row: tuple[Any, ...]) -> ObjectInfo:
    key, size, etag, modified, blob, about = row
    return ObjectInfo(key, size, etag, modified, blob, About.from_json(about))
