"""The objects of a data set, named one by one before any is read, and their way to this machine."""

import hashlib
import json
import shutil
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from airflow_mlmax.hooks.s3 import S3Objects


class TooLargeError(ValueError):
    """More data than may come to this machine."""


@dataclass(frozen=True)
class DataObject:
    """One object; with its ETag it is that object and no later one."""

    uri: str
    etag: str | None
    size: int | None


def objects_at(s3: S3Objects, uri: str) -> list[DataObject]:
    """The object of exactly this URI, or all objects below it as a prefix, with their ETags.

    :raises FileNotFoundError: there is none
    """
    listed = [item for item in s3.list(uri) if not item["uri"].endswith("/")]
    exact = [item for item in listed if item["uri"] == uri]
    below = [item for item in listed if item["uri"].startswith(f"{uri.rstrip('/')}/")]
    found = exact or below
    if not found:
        raise FileNotFoundError(f"there is no object at {uri}")
    return [DataObject(item["uri"], item["ETag"].strip('"'), item["Size"]) for item in found]


def objects_in(s3: S3Objects, manifest_uri: str) -> list[DataObject]:
    """The objects that a manifest names.

    :param manifest_uri: a JSON list of `{uri, etag, size}`, or SageMaker's: a prefix, then the keys below it
    :raises FileNotFoundError: it names none
    :raises ValueError: it is neither
    """
    items = s3.read_json(manifest_uri)
    if not isinstance(items, list) or not items:
        raise FileNotFoundError(f"the manifest {manifest_uri} names no object")
    if _is_sagemaker(items):
        found = [DataObject(items[0]["prefix"] + key, None, None) for key in items[1:]]
    elif all(isinstance(item, dict) and isinstance(item.get("uri"), str) for item in items):
        found = [DataObject(item["uri"], item.get("etag"), item.get("size")) for item in items]
    else:
        raise ValueError(f"{manifest_uri} is no manifest: neither `uri` and `etag` nor a prefix and keys")
    if not found:
        raise FileNotFoundError(f"the manifest {manifest_uri} names no object")
    return found


def download(
    s3: S3Objects, objects: Sequence[DataObject], folder: Path, most_bytes: int
) -> tuple[list[Path], list[DataObject]]:
    """Brings objects to a folder, in order; gives the files and the objects as they were found.

    :param most_bytes: of all objects together
    :raises TooLargeError: before anything that is too much is downloaded
    """
    files, found, total = [], [], sum(each.size or 0 for each in objects)
    _refuse_more(total, most_bytes)
    total = 0
    for number, each in enumerate(objects):
        answer = s3.open(each.uri, etag=each.etag)
        total += answer["ContentLength"]
        _refuse_more(total, most_bytes)
        path = folder / f"{number:05}-{each.uri.rpartition('/')[2]}"
        with path.open("wb") as target:
            shutil.copyfileobj(answer["Body"], target)
        files.append(path)
        found.append(DataObject(each.uri, answer["ETag"].strip('"'), answer["ContentLength"]))
    return files, found


def manifest_digest(objects: Sequence[DataObject]) -> str:
    """A hash over the objects, that changes when one of them does."""
    return hashlib.sha256(json.dumps([asdict(each) for each in objects]).encode()).hexdigest()


def _is_sagemaker(items: list[Any]) -> bool:
    return (
        isinstance(items[0], dict) and "prefix" in items[0] and all(isinstance(key, str) for key in items[1:])
    )


def _refuse_more(total: int, most_bytes: int) -> None:
    if total > most_bytes:
        raise TooLargeError(
            f"the data have {total:,} bytes or more and a worker takes {most_bytes:,}; "
            "check a part of them, or raise max_bytes where the worker has the disk for it"
        )
