"""Bodies as clients other than boto3 over plain HTTP send them."""

import base64
import hashlib
import http.client
import socket
import zlib
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest

TEXT = b"0123456789" * 1000
CRC32 = base64.b64encode(zlib.crc32(TEXT).to_bytes(4, "big")).decode()
MD5 = base64.b64encode(hashlib.md5(TEXT, usedforsecurity=False).digest()).decode()


def chunked(trailer: bytes = b"", *, signed: bool = False) -> bytes:
    """The text in chunks, as the encoding `aws-chunked` has them."""
    signature = b";chunk-signature=" + b"0" * 64 if signed else b""
    chunks = [TEXT[:4096], TEXT[4096:8192], TEXT[8192:]]
    frames = [b"%x%s\r\n%s\r\n" % (len(chunk), signature, chunk) for chunk in chunks]
    return b"".join(frames) + b"0" + signature + b"\r\n" + trailer + b"\r\n"


def streaming(kind: str, *trailers: str) -> dict[str, str]:
    named = {"x-amz-trailer": trailers[0]} if trailers else {}
    return {
        "Content-Encoding": "aws-chunked",
        "x-amz-content-sha256": kind,
        "x-amz-decoded-content-length": str(len(TEXT)),
        **named,
    }


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        (
            streaming("STREAMING-UNSIGNED-PAYLOAD-TRAILER", "x-amz-checksum-crc32"),
            chunked(f"x-amz-checksum-crc32:{CRC32}\r\n".encode()),
        ),
        (
            streaming("STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER", "x-amz-checksum-crc32"),
            chunked(
                f"x-amz-checksum-crc32:{CRC32}\r\nx-amz-trailer-signature:{'0' * 64}\r\n".encode(),
                signed=True,
            ),
        ),
        (streaming("STREAMING-AWS4-HMAC-SHA256-PAYLOAD"), chunked(signed=True)),
    ],
    ids=["unsigned-trailer", "signed-trailer", "signed"],
)
def test_aws_chunked(send: Callable[..., Any], headers: dict[str, str], body: bytes) -> None:
    """The chunks are taken apart, and the encoding is not told as one of the object."""
    assert send("PUT", "k", headers, body).status == 200
    answer = send("GET", "k", {"x-amz-checksum-mode": "ENABLED"})
    assert answer.body == TEXT
    assert "content-encoding" not in answer.headers
    assert answer.headers.get("x-amz-checksum-crc32") == (CRC32 if "x-amz-trailer" in headers else None)


def test_another_encoding_stays(send: Callable[..., Any]) -> None:
    """`gzip` beside `aws-chunked` is the object's own."""
    headers = streaming("STREAMING-UNSIGNED-PAYLOAD-TRAILER") | {"Content-Encoding": "gzip,aws-chunked"}
    send("PUT", "k", headers, chunked())
    assert send("HEAD", "k").headers["content-encoding"] == "gzip"


@pytest.mark.parametrize(
    ("headers", "body", "code"),
    [
        ({"Content-MD5": base64.b64encode(b"0" * 16).decode()}, TEXT, b"BadDigest"),
        ({"Content-MD5": "no"}, TEXT, b"InvalidDigest"),
        ({"x-amz-checksum-crc32": "AAAAAA=="}, TEXT, b"BadDigest"),
        ({"x-amz-checksum-sha256": CRC32}, TEXT, b"BadDigest"),
        (
            streaming("STREAMING-UNSIGNED-PAYLOAD-TRAILER", "x-amz-checksum-crc32"),
            chunked(b"x-amz-checksum-crc32:AAAAAA==\r\n"),
            b"BadDigest",
        ),
        (streaming("STREAMING-UNSIGNED-PAYLOAD-TRAILER"), chunked()[:5000], b"IncompleteBody"),
        (
            streaming("STREAMING-UNSIGNED-PAYLOAD-TRAILER") | {"x-amz-decoded-content-length": "5"},
            chunked(),
            b"IncompleteBody",
        ),
    ],
    ids=["md5", "no-md5", "crc32", "sha256", "trailer", "broken-off", "length"],
)
def test_damaged_bodies(send: Callable[..., Any], headers: dict[str, str], body: bytes, code: bytes) -> None:
    """A body that is not what the client declares is refused, and the old object stays."""
    send("PUT", "k", None, b"old")
    answer = send("PUT", "k", headers, body)
    assert (answer.status, code in answer.body) == (400, True)
    assert send("GET", "k").body == b"old"


@pytest.mark.parametrize(
    "headers",
    [{"Content-MD5": MD5}, {"x-amz-checksum-crc32": CRC32}, {"x-amz-checksum-crc64nvme": "anything"}],
    ids=["md5", "crc32", "not-computed"],
)
def test_declared_checksums(send: Callable[..., Any], headers: dict[str, str]) -> None:
    """A right checksum is accepted; one that is not computed here is believed and told again."""
    assert send("PUT", "k", headers, TEXT).status == 200
    told = send("GET", "k", {"x-amz-checksum-mode": "ENABLED"}).headers
    assert all(told[name] == value for name, value in headers.items() if name.startswith("x-amz"))


def test_too_large_is_refused_unread(runtime: Any, bucket: str) -> None:
    """More than 5 GiB in one PUT is refused by the declared length alone."""
    connection = http.client.HTTPConnection(urlsplit(runtime.url).netloc, timeout=10)
    connection.putrequest("PUT", f"/{bucket}/k")
    connection.putheader("Authorization", "Credential=x/20260101/us-east-1/s3/aws4_request")
    connection.putheader("Content-Length", str(5 * 2**30 + 1))
    connection.endheaders()
    answer = connection.getresponse()
    assert (answer.status, b"EntityTooLarge" in answer.read()) == (400, True)
    connection.close()


@pytest.mark.parametrize("body", [b"", b"text"], ids=["empty", "filled"])
def test_expect_100_continue(runtime: Any, bucket: str, body: bytes) -> None:
    """A client that waits for leave before it sends its body gets it, also for a body of no bytes."""
    address = urlsplit(runtime.url)
    with socket.create_connection((address.hostname, address.port), timeout=5) as connection:
        head = (
            f"PUT /{bucket}/d/ HTTP/1.1\r\nHost: {address.netloc}\r\nContent-Length: {len(body)}\r\n"
            "Authorization: Credential=x/20260101/us-east-1/s3/aws4_request\r\nExpect: 100-continue\r\n\r\n"
        )
        connection.sendall(head.encode())
        assert connection.recv(12) == b"HTTP/1.1 100"
        connection.sendall(body)
        answer = b"".join(iter(lambda: connection.recv(4096), b""))
    assert b"HTTP/1.1 200" in answer


def test_folder_marker_by_boto3(s3: Any, bucket: str) -> None:
    """boto3's empty body with `Expect: 100-continue` does not hang."""
    s3.put_object(Bucket=bucket, Key="d/", Body=b"")
    assert s3.head_object(Bucket=bucket, Key="d/")["ContentLength"] == 0


def test_broken_connection_leaves_nothing(
    runtime: Any, send: Callable[..., Any], s3: Any, bucket: str
) -> None:
    """A client that goes away in the middle of its body leaves the old object."""
    send("PUT", "k", None, b"old")
    address = urlsplit(runtime.url)
    with socket.create_connection((address.hostname, address.port), timeout=5) as connection:
        head = (
            f"PUT /{bucket}/k HTTP/1.1\r\nHost: {address.netloc}\r\nContent-Length: 1000\r\n"
            "Authorization: Credential=x/20260101/us-east-1/s3/aws4_request\r\n\r\n"
        )
        connection.sendall(head.encode() + b"half")
        connection.shutdown(socket.SHUT_WR)
        answer = b"".join(iter(lambda: connection.recv(4096), b""))
    assert b"IncompleteBody" in answer
    assert send("GET", "k").body == b"old"
    assert len(list(s3.list_objects_v2(Bucket=bucket)["Contents"])) == 1
