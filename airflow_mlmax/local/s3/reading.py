"""Operations that read one object."""

from typing import BinaryIO, Self

from werkzeug import Response

from airflow_mlmax.local.s3 import call as answers
from airflow_mlmax.local.s3 import ranges
from airflow_mlmax.local.s3.blobs import pieces_of
from airflow_mlmax.local.s3.call import S3Call
from airflow_mlmax.local.s3.conditions import check_read
from airflow_mlmax.local.s3.errors import invalid_argument, not_implemented
from airflow_mlmax.local.s3.headers import checksum_headers, read_headers
from airflow_mlmax.local.s3.index import ObjectInfo

_RESPONSE = "response-"
"""Query parameters like `response-content-type` replace a header of the answer."""


class _Slice:
    """Part of an open file, as a WSGI server wants it: closed even if it is never begun."""

    def __init__(self, file: BinaryIO, chosen: range) -> None:
        self._file = file
        file.seek(chosen.start)
        self._pieces = pieces_of(file, len(chosen))

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> bytes:
        return next(self._pieces)

    def close(self) -> None:
        self._file.close()

    def __del__(self) -> None:
        """The server does not call `close` when the client goes away in the middle."""
        self.close()


def get_object(call: S3Call) -> Response:
    info, file = call.objects.read(call.bucket, call.key)
    try:
        status, chosen, headers = _answer_to(call, info)
    except BaseException:
        file.close()
        raise
    return Response(_Slice(file, chosen), status, headers, direct_passthrough=True)


def head_object(call: S3Call) -> Response:
    status, _, headers = _answer_to(call, call.objects.require(call.bucket, call.key))
    return Response(status=status, headers=headers)


def get_object_tagging(call: S3Call) -> Response:
    tags = call.objects.require(call.bucket, call.key).about.tags
    pairs = [{"Key": key, "Value": value} for key, value in tags.items()]
    return answers.document("Tagging", {"TagSet": {"Tag": pairs}})


def not_modified(call: S3Call) -> Response:
    """The 304 that NotModified stands for, with the headers that a cache needs."""
    info = call.objects.require(call.bucket, call.key)
    return answers.empty(304, {"ETag": info.etag, "Last-Modified": answers.modified(info.modified)})


def _answer_to(call: S3Call, info: ObjectInfo) -> tuple[int, range, dict[str, str]]:
    """Status, wanted bytes and headers.

    A range gets no checksum: it would be that of the whole, and clients would compare it with the part.
    """
    if "partNumber" in call.request.args:
        raise not_implemented("reading an object by part number; ask for a range")
    check_read(call.request.headers, info)
    headers = {**read_headers(info), **_replaced(call)}
    chosen = ranges.wanted(call.request.headers.get("Range"), info.size)
    if chosen is not None:
        headers["Content-Range"] = f"bytes {chosen.start}-{chosen.stop - 1}/{info.size}"
        headers["Content-Length"] = str(len(chosen))
        return 206, chosen, headers
    if call.request.headers.get("x-amz-checksum-mode", "").upper() == "ENABLED":
        headers |= checksum_headers(info.about.checksums)
    headers["Content-Length"] = str(info.size)
    return 200, range(info.size), headers


def _replaced(call: S3Call) -> dict[str, str]:
    """Headers that the query sets. Raises InvalidArgument for what no header can hold."""
    replaced = {
        name.removeprefix(_RESPONSE).title(): value
        for name, value in call.request.args.items()
        if name.startswith(_RESPONSE)
    }
    for name, value in replaced.items():
        if not value.isprintable() or not value.isascii():
            raise invalid_argument(f"{name} must be printable ASCII, not {value!r}")
    return replaced
