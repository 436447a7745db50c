"""Verdicts of data-quality gates: the case, a gate on the worker, and what stands in S3."""

import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from airflow.providers.common.compat.sdk import Context

from airflow_mlmax.exceptions import ApiError, GateUndecidedError
from airflow_mlmax.hooks.datasets import DataObject, download
from airflow_mlmax.hooks.s3 import S3Objects

if TYPE_CHECKING:
    from airflow_mlmax.quality.checking import Question

QUARANTINE = "quarantine"
"""Name of the artifact that only an operator can make, because it is copied inside S3."""

_LARGEST_COPY = 5 * 1024**3
"""In bytes; S3 copies more only in parts."""

_MISSING = frozenset({"NoSuchKey", "NoSuchBucket"})
_CHANGED = frozenset({"NoSuchKey", "PreconditionFailed", "412"})
_CONTENT_TYPES = {
    ".csv": "text/csv",
    ".html": "text/html; charset=utf-8",
    ".json": "application/json",
    ".jsonl": "application/jsonlines",
    ".parquet": "application/vnd.apache.parquet",
}


@dataclass(frozen=True)
class Case:
    """A question, and the objects that it is about."""

    question: "Question"
    objects: list[DataObject]


def run_of(context: Context) -> dict[str, Any]:
    """Who asks."""
    ti = context["ti"]
    return {name: getattr(ti, name) for name in ("dag_id", "run_id", "task_id", "map_index", "try_number")}


def decide(s3: S3Objects, case: Case) -> dict[str, Any]:
    """The verdict on a case, made on this machine; its files are then in S3, where the question has a place for them.

    :raises GateUndecidedError: an object changed, or what was written is not what was counted
    :raises ValueError: a wrong suite, policy or engine
    """
    from airflow_mlmax.quality.checking import IncompleteError, check

    with tempfile.TemporaryDirectory(prefix="mlmax-gate-") as folder:
        data, scratch, output = (Path(folder, name) for name in ("data", "scratch", "output"))
        for each in (data, scratch, output):
            each.mkdir()
        try:
            files = download(s3, case.objects, data)
            document = check(case.question, files, scratch, output)
        except IncompleteError as error:
            raise GateUndecidedError(f"{error}; clear the task") from error
        except ApiError as error:
            if error.code not in _CHANGED:
                raise
            raise GateUndecidedError(
                f"an object of {case.question.dataset['uri']} is no longer the one that was pinned; pin the data again"
            ) from error
        if case.question.artifacts:
            _upload(s3, output, case.question.artifacts)
        return document


def stored(s3: S3Objects, question: "Question") -> dict[str, Any] | None:
    """The verdict that was given on this question before, if all that belongs to it is there, and it is one."""
    if not question.artifacts:
        return None
    try:
        document = read_verdict(s3, question.artifacts)
    except GateUndecidedError:
        return None
    if document["id"] != question.id or document["status"] == "error":
        return None
    made = [uri for name, uri in document["artifacts"].items() if name != QUARANTINE]
    return document if all(s3.exists(uri) for uri in made) else None


def read_verdict(s3: S3Objects, place: str) -> dict[str, Any]:
    """The verdict below an S3 prefix.

    :raises GateUndecidedError: there is none, or it cannot be read, which is never a pass
    """
    from airflow_mlmax.quality.checking import VERDICT
    from airflow_mlmax.quality.verdict import is_verdict

    uri = f"{place.rstrip('/')}/{VERDICT}"
    try:
        document = s3.read_json(uri)
    except ApiError as error:
        if error.code not in _MISSING:
            raise
        raise GateUndecidedError(f"there is no verdict at {uri}, so nothing is decided") from error
    except ValueError as error:
        raise GateUndecidedError(f"{uri} is not JSON, so nothing is decided") from error
    if not is_verdict(document):
        raise GateUndecidedError(f"{uri} is no verdict, so nothing is decided")
    found: dict[str, Any] = document
    return found


def set_aside(s3: S3Objects, document: dict[str, Any], objects: Sequence[DataObject]) -> None:
    """Copies the objects of data that did not pass to the verdict's quarantine; a manifest with the reasons comes last.

    An object of more than 5 GB is named in the manifest, but not copied. The data themselves stay as they are.
    """
    manifest = document["artifacts"].get(QUARANTINE)
    if manifest is None or s3.exists(manifest):
        return
    folder, items = manifest.rpartition("/")[0], []
    for number, each in enumerate(objects):
        copy = f"{folder}/data/{number:05}-{each.uri.rpartition('/')[2]}"
        if each.size <= _LARGEST_COPY:
            s3.copy(each.uri, copy, etag=each.etag)
        items.append({**asdict(each), "copy": copy if each.size <= _LARGEST_COPY else None})
    s3.write_json(manifest, {"verdict": document["id"], "reasons": document["reasons"], "objects": items})


def _upload(s3: S3Objects, folder: Path, place: str) -> None:
    """All files of a folder; the verdict last, so that one that is there is complete."""
    from airflow_mlmax.quality.checking import VERDICT

    files = [path for path in folder.rglob("*") if path.is_file()]
    for path in sorted(files, key=lambda path: path.name == VERDICT):
        with path.open("rb") as body:
            uri = f"{place.rstrip('/')}/{path.relative_to(folder).as_posix()}"
            s3.write(uri, body, _CONTENT_TYPES[path.suffix])
