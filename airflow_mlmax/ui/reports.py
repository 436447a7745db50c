"""The page of a gate or a monitor, and its other files: what a task announced, streamed from S3."""

import logging
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

from fastapi import APIRouter, HTTPException, Request, Response
from fastapi.responses import StreamingResponse
from starlette.background import BackgroundTask

from airflow_mlmax.exceptions import ApiError, TransientApiError
from airflow_mlmax.hooks.s3 import S3Objects
from airflow_mlmax.hooks.sagemaker import SageMakerJobHook
from airflow_mlmax.reports import PAGE, Report
from airflow_mlmax.ui.access import MAY_READ_RUN
from airflow_mlmax.ui.announced import announced_report
from airflow_mlmax.ui.html import HEADERS, message_page

log = logging.getLogger(__name__)

MOST_BYTES = 5 * 1024**2
"""A larger page is not shown; a browser would be no help with it. Downloads have no limit."""

_CHUNK = 256 * 1024
_GONE = frozenset({"NoSuchKey", "NoSuchBucket", "404"})

router = APIRouter(prefix="/report/{dag_id}/{run_id}/{task_id}/{map_index}", dependencies=list(MAY_READ_RUN))


@router.get("")
def report_page(request: Request, dag_id: str, run_id: str, task_id: str, map_index: int) -> Response:
    """Shows the page that the task instance announced: HTML as HTML, everything else as text."""
    report, uri = _place(dag_id, run_id, task_id, map_index, PAGE)
    answer = _open(report, uri)
    if answer["ContentLength"] > MOST_BYTES:
        answer["Body"].close()
        size = f"{answer['ContentLength'] / 1024**2:.0f} MB"
        download = ("Download it", f"{request.url.path}/file/{PAGE}")
        return message_page(413, "Too large to show", f"The page {uri} has {size}.", download)
    kind = "html" if uri.endswith(".html") else "plain"
    return _stream(answer, f"text/{kind}; charset=utf-8", {})


@router.get("/file/{name}")
def report_file(dag_id: str, run_id: str, task_id: str, map_index: int, name: str) -> Response:
    """Gives a file of the report as a download."""
    report, uri = _place(dag_id, run_id, task_id, map_index, name)
    disposition = f'attachment; filename="{_file_name(uri)}"'
    return _stream(_open(report, uri), "application/octet-stream", {"Content-Disposition": disposition})


def _place(dag_id: str, run_id: str, task_id: str, map_index: int, name: str) -> tuple[Report, str]:
    """The announced report and the S3 URI of its file of this name; the address itself holds no place in S3."""
    try:
        report = announced_report(dag_id, run_id, task_id, map_index)
    except ValueError as error:
        raise HTTPException(404, f"What task {task_id} announced cannot be read.") from error
    if report is None or name not in report.files:
        raise HTTPException(404, f"Task {task_id} of this run has announced no {name.replace('_', ' ')}.")
    return report, report.files[name]


def _open(report: Report, uri: str) -> dict[str, Any]:
    """S3's answer, over the connection that the task used. Refuses with words that hold no message of S3's."""
    hook = SageMakerJobHook(
        aws_conn_id=report.aws_conn_id, region_name=report.region_name, patience=0, attempts=2
    )
    try:
        return S3Objects(hook).open(uri)
    except ValueError as error:
        raise HTTPException(404, f"What the task announced is no place in S3: {uri}.") from error
    except ApiError as error:
        log.warning("%s could not be opened: %s", uri, error)
        raise _refusal(report, uri, error) from error


def _refusal(report: Report, uri: str, error: ApiError) -> HTTPException:
    connection = f"the connection {report.aws_conn_id}" if report.aws_conn_id else "the server's own role"
    if error.code in _GONE:
        return HTTPException(410, f"There is no {uri} any more.")
    if isinstance(error, TransientApiError):
        return HTTPException(503, f"S3 did not give {uri} ({error.code}). Try again in a minute.")
    return HTTPException(
        502, f"S3 refused {uri} to {connection} ({error.code}). It needs s3:GetObject there."
    )


def _stream(answer: Mapping[str, Any], media_type: str, headers: Mapping[str, str]) -> Response:
    body = answer["Body"]
    return StreamingResponse(
        body.iter_chunks(_CHUNK),
        media_type=media_type,
        headers={**HEADERS, "Content-Length": str(answer["ContentLength"]), **headers},
        background=BackgroundTask(body.close),
    )


def _file_name(uri: str) -> str:
    """The last part of a URI, in characters that a header may hold."""
    return "".join(
        char if char.isascii() and (char.isalnum() or char in "._-") else "_"
        for char in PurePosixPath(uri).name
    )
