"""The objects of a data set, named one by one before any is read, and their way to this machine."""

import hashlib
import json
import shutil
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from airflow_mlmax.hooks.s3 import S3Objects, parse_uri


@dataclass(frozen=True)
class DataObject:
    """One object; with its ETag it is that object and no later one."""

    uri: str
    etag: str
    size: int


def objects_at(s3: S3Objects, uri: str) -> list[DataObject]:
    """The object of exactly this URI, or all objects below it as a prefix, with their ETags.

    :raises FileNotFoundError: there is none
    """
    listed = objects_below(s3, uri)
    exact = [each for each in listed if each.uri == uri]
    found = exact or [each for each in listed if each.uri.startswith(f"{uri.rstrip('/')}/")]
    if not found:
        raise FileNotFoundError(f"there is no object at {uri}")
    return found


def objects_below(s3: S3Objects, prefix: str, most: int | None = None) -> list[DataObject]:
    """All objects whose URIs begin with a prefix, with their ETags, but for the marks of folders.

    :param most: stop looking beyond that many
    :raises ValueError: there are more
    """
    files = (item for item in s3.list(prefix) if not item["uri"].endswith("/"))
    found = [DataObject(item["uri"], item["ETag"].strip('"'), item["Size"]) for item in islice(files, most)]
    if next(files, None):
        raise ValueError(f"more than {most} objects lie below {prefix}")
    return found


def objects_in(s3: S3Objects, manifest_uri: str) -> list[DataObject]:
    """The objects that a manifest names; those that it does not pin, as they are now.

    :param manifest_uri: a JSON list of `{uri, etag, size}`, or SageMaker's: a prefix, then the keys below it
    :raises FileNotFoundError: it names none, or one that is not there
    :raises ValueError: it is neither
    """
    items = s3.read_json(manifest_uri)
    if not isinstance(items, list) or not items:
        raise FileNotFoundError(f"the manifest {manifest_uri} names no object")
    if _is_sagemaker(items):
        found = [_now(s3, items[0]["prefix"] + key) for key in items[1:]]
    elif all(isinstance(item, dict) and isinstance(item.get("uri"), str) for item in items):
        found = [_pinned(s3, item) for item in items]
    else:
        raise ValueError(f"{manifest_uri} is no manifest: neither `uri` and `etag` nor a prefix and keys")
    if not found:
        raise FileNotFoundError(f"the manifest {manifest_uri} names no object")
    return found


def download(s3: S3Objects, objects: Sequence[DataObject], folder: Path) -> list[Path]:
    """Brings objects, as they were pinned, to files of a folder, in their order."""
    files = []
    for number, each in enumerate(objects):
        path = folder / f"{number:05}-{each.uri.rpartition('/')[2]}"
        with path.open("wb") as target:
            shutil.copyfileobj(s3.open(each.uri, etag=each.etag)["Body"], target)
        files.append(path)
    return files


def changed(s3: S3Objects, objects: Sequence[DataObject]) -> list[str]:
    """The URIs of objects that are no longer what they were when they were pinned."""
    folders = dict.fromkeys(each.uri.rpartition("/")[0] + "/" for each in objects)
    now = {item["uri"]: item["ETag"].strip('"') for folder in folders for item in s3.list(folder)}
    return [each.uri for each in objects if now.get(each.uri) != each.etag]


def sagemaker_manifest(objects: Sequence[DataObject]) -> tuple[list[Any], list[str]]:
    """A manifest of these objects in SageMaker's form, and the path of each below the folder where a job finds them.

    :raises ValueError: the objects do not lie in one bucket
    """
    places = [parse_uri(each.uri) for each in objects]
    [bucket, *others] = dict.fromkeys(bucket for bucket, _ in places)
    if others:
        raise ValueError(
            f"the data lie in {bucket} and {others[0]}; a processing job takes them from one bucket"
        )
    names = [key for _, key in places]
    return [{"prefix": f"s3://{bucket}/"}, *names], names


def manifest_digest(objects: Sequence[DataObject]) -> str:
    """A hash over the objects, that changes when one of them does."""
    return hashlib.sha256(json.dumps([asdict(each) for each in objects]).encode()).hexdigest()


def _is_sagemaker(items: list[Any]) -> bool:
    return (
        isinstance(items[0], dict) and "prefix" in items[0] and all(isinstance(key, str) for key in items[1:])
    )


def _pinned(s3: S3Objects, item: dict[str, Any]) -> DataObject:
    if item.get("etag") is None or item.get("size") is None:
        return _now(s3, item["uri"])
    return DataObject(item["uri"], item["etag"].strip('"'), int(item["size"]))


def _now(s3: S3Objects, uri: str) -> DataObject:
    if (found := s3.find(uri)) is None:
        raise FileNotFoundError(f"there is no object at {uri}")
    return DataObject(uri, found["ETag"].strip('"'), found["Size"])
