"""Copies between S3 and the folders of a job."""

import json
import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlsplit

from airflow_mlmax.local.errors import ServiceError
from airflow_mlmax.local.jobs.job import JobError

if TYPE_CHECKING:
    from airflow_mlmax.local.s3.objects import ObjectStore

_LARGEST_MANIFEST = 64 * 2**20
_SYNC_EVERY = 1.0


@dataclass(frozen=True)
class Location:
    """A place in S3: a key, or the beginning of keys."""

    bucket: str
    key: str

    @classmethod
    def parse(cls, uri: str) -> "Location":
        """Raises JobError for anything but `s3://bucket/...`."""
        parts = urlsplit(uri, allow_fragments=False)
        if parts.scheme != "s3" or not parts.netloc:
            raise JobError(f"ClientError: {uri} is not an S3 URI")
        return cls(parts.netloc, uri.removeprefix(f"s3://{parts.netloc}").removeprefix("/"))

    @property
    def uri(self) -> str:
        return f"s3://{self.bucket}/{self.key}"

    def below(self, *parts: str) -> "Location":
        return Location(self.bucket, "/".join([*filter(None, [self.key.rstrip("/")]), *parts]))


@dataclass(frozen=True)
class Item:
    """One object of an input, and where it goes in the input's folder."""

    bucket: str
    key: str
    path: str


@dataclass(frozen=True)
class Source:
    """An input as requests describe it, with the members of `S3DataSource` or `S3Input`."""

    uri: str
    kind: str = "S3Prefix"
    sharded: bool = False

    @classmethod
    def of(cls, request: dict[str, Any]) -> "Source":
        sharded = request.get("S3DataDistributionType") == "ShardedByS3Key"
        return cls(request["S3Uri"], request.get("S3DataType", "S3Prefix"), sharded)

    def items(self, objects: "ObjectStore") -> list[Item]:
        """All objects of the input in the order of their keys.

        Raises JobError if there is none, if one is missing, or if a key would leave the input's folder.
        """
        try:
            items = listed(objects, self.uri) if self.kind == "S3Prefix" else _manifest(objects, self.uri)
        except ServiceError as error:
            raise JobError(f"ClientError: Data download failed: {self.uri}: {error.message}") from error
        if not items:
            raise JobError(
                "ClientError: Data download failed: No S3 objects found under S3 URL "
                f'"{self.uri}" given in input data source.'
            )
        return items


def listed(objects: "ObjectStore", uri: str) -> list[Item]:
    """Objects whose keys begin with the URI's key: a prefix of names, not a folder.

    Below a folder keys keep their relative path, and an exact key its base name. AWS does not say where
    `train2/x` lands for the prefix `train`; here it is `train2/x`, so that nothing is overwritten.
    """
    prefix = Location.parse(uri)
    keys = sorted(found.key for found in objects.list(prefix.bucket, prefix.key))
    folder = prefix.key if prefix.key.endswith("/") else f"{prefix.key}/"
    parent = prefix.key.rpartition("/")[0]
    items = []
    for key in keys:
        if not key.endswith("/"):
            start = len(folder) if prefix.key and key.startswith(folder) else len(parent) + bool(parent)
            items.append(Item(prefix.bucket, key, key[start:]))
    return items


def _manifest(objects: "ObjectStore", uri: str) -> list[Item]:
    """Objects that a manifest names: a JSON list with `{"prefix": "s3://..."}` first, then keys relative to it."""
    location = Location.parse(uri)
    with objects.open(location.bucket, location.key) as file:
        text = file.read(_LARGEST_MANIFEST)
    try:
        head, *names = json.loads(text)
        prefix = Location.parse(head["prefix"])
    except (ValueError, TypeError, KeyError) as error:
        raise JobError(
            f'ClientError: manifest {uri} is not a list that begins with {{"prefix": ...}}'
        ) from error
    items = [Item(prefix.bucket, prefix.key + str(name), str(name)) for name in names]
    for item in items:
        if objects.head(item.bucket, item.key) is None:
            raise JobError(
                f"ClientError: Data download failed: manifest {uri} names {item.key}, which is missing"
            )
    return items


def download(objects: "ObjectStore", items: list[Item], target: Path) -> None:
    """Copy objects into a folder. Nothing is written if one of the keys would leave it."""
    for item in items:
        parts = PurePosixPath(item.path).parts
        if not parts or item.path.startswith("/") or ".." in parts or "\0" in item.path:
            raise JobError(
                f"ClientError: Data download failed: key {item.key!r} leaves the folder of its input"
            )
    target.mkdir(parents=True, exist_ok=True)
    for item in items:
        path = target / item.path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            objects.download(item.bucket, item.key, path)
        except (OSError, ServiceError) as error:
            raise JobError(f"ClientError: Data download failed: key {item.key!r}: {error}") from error


def shard(items: list[Item], host: int, hosts: int) -> list[Item]:
    """The objects that one of several hosts gets with `ShardedByS3Key`."""
    return items[host::hosts]


def upload(objects: "ObjectStore", files: Iterator[Path], folder: Path, target: Location) -> None:
    """Copy files below an S3 prefix under their path relative to `folder`. Raises JobError if the bucket refuses."""
    for path in files:
        try:
            objects.put_file(target.bucket, target.below(path.relative_to(folder).as_posix()).key, path)
        except ServiceError as error:
            raise JobError(f"ClientError: upload to {target.uri} failed: {error.message}") from error


def files_of(folder: Path) -> Iterator[Path]:
    """Plain files below a folder, in order. Links that lead out of it are not followed."""
    inside = folder.resolve()
    for parent, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            path = Path(parent, name)
            if path.is_file() and path.resolve().is_relative_to(inside):
                yield path


class Sync:
    """Keeps an S3 prefix up to date with a folder while the block runs, and once more at its end."""

    def __init__(
        self, objects: "ObjectStore", folder: Path, target: Location, every: float = _SYNC_EVERY
    ) -> None:
        """`every`: seconds between two looks at the folder."""
        self.objects = objects
        self.folder = folder
        self.target = target
        self.every = every
        self._seen: dict[Path, tuple[int, int]] = {}
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._run, name="sync", daemon=True)

    def __enter__(self) -> Self:
        self._changed()  # what was restored needs no upload
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()
        upload(self.objects, iter(self._changed()), self.folder, self.target)

    def _run(self) -> None:
        while not self._done.wait(self.every):
            try:
                upload(self.objects, iter(self._changed()), self.folder, self.target)
            except (JobError, OSError):
                self._seen.clear()  # the last upload, at the end, tells what is wrong

    def _changed(self) -> list[Path]:
        changed = []
        for path in files_of(self.folder):
            stat = path.stat()
            state = (stat.st_mtime_ns, stat.st_size)
            if self._seen.get(path) != state:
                self._seen[path] = state
                changed.append(path)
        return changed
