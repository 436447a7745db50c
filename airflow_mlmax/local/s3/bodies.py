"""Bodies of uploads: decoding, and comparing them with what the client declares of them."""

import base64
import binascii
import io
from collections.abc import Iterator

from werkzeug import Request
from werkzeug.datastructures import Headers

from airflow_mlmax.local.errors import ServiceError
from airflow_mlmax.local.s3.blobs import PIECE, Blob, Blobs, pieces_of
from airflow_mlmax.local.s3.checksums import ALGORITHMS, DIGESTS

LARGEST = 5 * 2**30
"""Bytes of one PutObject or one part."""

_CHECKSUM = "x-amz-checksum-"
_LONGEST_LINE = 16 * 1024


class Body:
    """The body of a request, read once and in pieces.

    Bodies of encoding `aws-chunked`, signed or not, are decoded; the checksum may come in their trailer.
    """

    def __init__(self, request: Request) -> None:
        """Raises EntityTooLarge before anything is read."""
        self._headers = request.headers
        self._stream = io.BufferedReader(request.stream, PIECE)  # type: ignore[type-var]  # a raw stream in fact
        self._chunked = request.headers.get("x-amz-content-sha256", "").startswith("STREAMING-") or (
            "aws-chunked" in request.headers.get("Content-Encoding", "")
        )
        self._declared = declared_checksums(request.headers)
        self._length = _decoded_length(request, chunked=self._chunked)
        if self._length is not None and self._length > LARGEST:
            raise ServiceError("EntityTooLarge", f"{self._length} bytes are more than {LARGEST}", 400)

    def write(self, blobs: Blobs) -> Blob:
        """Write the body to a new blob. Raises BadDigest, InvalidDigest and IncompleteBody, and leaves no blob then."""
        algorithm = next(iter(self._declared), None) or self._trailing_algorithm()
        blob = blobs.write(self._pieces(), algorithm)
        try:
            self._check(blob)
        except ServiceError:
            blobs.discard(blob.name)
            raise
        return Blob(blob.name, blob.size, blob.etag, {**blob.checksums, **self._declared})

    def _trailing_algorithm(self) -> str | None:
        name = self._headers.get("x-amz-trailer", "").strip().lower().removeprefix(_CHECKSUM)
        return name if name in ALGORITHMS else None

    def _pieces(self) -> Iterator[bytes]:
        if not self._chunked:
            yield from pieces_of(self._stream)
            return
        while size := self._chunk_size():
            yield from pieces_of(self._stream, size)
            self._stream.read(len(b"\r\n"))
        self._read_trailer()

    def _chunk_size(self) -> int:
        line = self._stream.readline(_LONGEST_LINE)
        try:
            return int(line.partition(b";")[0], 16)
        except ValueError as error:
            raise ServiceError("IncompleteBody", "The aws-chunked body ends within a chunk", 400) from error

    def _read_trailer(self) -> None:
        while line := self._stream.readline(_LONGEST_LINE).strip():
            name, _, value = line.decode("latin-1").partition(":")
            algorithm = name.strip().lower().removeprefix(_CHECKSUM)
            if algorithm in ALGORITHMS:
                self._declared[algorithm] = value.strip()

    def _check(self, blob: Blob) -> None:
        if self._length is not None and blob.size != self._length:
            raise ServiceError("IncompleteBody", f"{self._length} bytes were declared, {blob.size} came", 400)
        md5 = self._headers.get("Content-MD5")
        if md5 is not None and _decoded(md5, 16) != bytes.fromhex(blob.etag.strip('"')):
            raise ServiceError(
                "BadDigest", "The Content-MD5 you specified did not match what we received", 400
            )
        for algorithm, value in self._declared.items():
            check_digest(algorithm, value, blob.checksums.get(algorithm))


def declared_checksums(headers: Headers) -> dict[str, str]:
    """Checksums in headers, by algorithm."""
    named = {name.lower(): value for name, value in headers}
    found = {algorithm: named.get(f"{_CHECKSUM}{algorithm}") for algorithm in sorted(ALGORITHMS)}
    return {algorithm: value for algorithm, value in found.items() if value is not None}


def check_digest(algorithm: str, declared: str, computed: str | None) -> None:
    """Raises BadDigest. An algorithm that is not computed here is believed."""
    if algorithm in DIGESTS and declared != computed:
        text = f"The {algorithm.upper()} you specified did not match the calculated checksum"
        raise ServiceError("BadDigest", text, 400)


def _decoded_length(request: Request, *, chunked: bool) -> int | None:
    if not chunked:
        return request.content_length
    length = request.headers.get("x-amz-decoded-content-length", "")
    return int(length) if length.isdecimal() else None


def _decoded(digest: str, size: int) -> bytes:
    try:
        value = base64.b64decode(digest, validate=True)
    except binascii.Error:
        value = b""
    if len(value) != size:
        raise ServiceError("InvalidDigest", "The Content-MD5 you specified is not valid", 400)
    return value
