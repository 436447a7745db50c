"""Reading objects through boto3 and by hand."""

import socket
import struct
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psutil
import pytest
import requests
from botocore.exceptions import ClientError

TEXT = b"0123456789"
ODD_KEYS = [
    "d/", "f", "f/x", "sp ace", "pl+us", "per%20cent", "am&p<>\"'", "ünï/日本", "a\nb\r", "//x//", "a?b#c", "a//b", "~.",
]  # fmt: skip


@pytest.fixture
def etag(s3: Any, bucket: str) -> str:
    """The ETag of the object `k`."""
    return str(s3.put_object(Bucket=bucket, Key="k", Body=TEXT)["ETag"])


@pytest.mark.parametrize("key", ODD_KEYS)
def test_odd_keys(s3: Any, bucket: str, key: str) -> None:
    """Any key is stored, read and listed as it is."""
    s3.put_object(Bucket=bucket, Key=key, Body=key.encode())
    assert s3.get_object(Bucket=bucket, Key=key)["Body"].read() == key.encode()
    assert [item["Key"] for item in s3.list_objects_v2(Bucket=bucket)["Contents"]] == [key]
    assert [item["Key"] for item in s3.list_objects(Bucket=bucket)["Contents"]] == [key]
    s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": key}]})
    assert "Contents" not in s3.list_objects_v2(Bucket=bucket)


def test_key_that_is_not_utf_8(bucket: str, runtime: Any) -> None:
    """Bytes that are no text are refused, not replaced by others."""
    answer = requests.put(f"{runtime.url}/{bucket}/%ff%fe?AWSAccessKeyId=x", data=b"", timeout=10)
    assert (answer.status_code, "InvalidURI" in answer.text) == (400, True)


@pytest.mark.parametrize(
    ("wanted", "part"),
    [
        ("bytes=0-0", b"0"),
        ("bytes=2-4", b"234"),
        ("bytes=7-", b"789"),
        ("bytes=-3", b"789"),
        ("bytes=-99", TEXT),
        ("bytes=8-99", b"89"),
    ],
    ids=str,
)
@pytest.mark.usefixtures("etag")
def test_range(send: Callable[..., Any], wanted: str, part: bytes) -> None:
    """A range gives its bytes, says where they stand, and carries no checksum of the whole."""
    answer = send("GET", "k", {"Range": wanted, "x-amz-checksum-mode": "ENABLED"})
    start = TEXT.index(part)
    assert (answer.status, answer.body) == (206, part)
    assert answer.headers["content-range"] == f"bytes {start}-{start + len(part) - 1}/10"
    assert not [name for name in answer.headers if name.startswith("x-amz-checksum")]


@pytest.mark.parametrize("wanted", ["bytes=10-", "bytes=99-100", "bytes=-0"], ids=str)
@pytest.mark.usefixtures("etag")
def test_range_beyond_the_end(s3: Any, bucket: str, wanted: str) -> None:
    """A range without a byte in it is an error."""
    with pytest.raises(ClientError, match="InvalidRange") as caught:
        s3.get_object(Bucket=bucket, Key="k", Range=wanted)
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 416


@pytest.mark.parametrize("wanted", ["bytes=4-2", "bytes=a-b", "lines=1-2", "bytes=0-1,3-4"], ids=str)
@pytest.mark.usefixtures("etag")
def test_range_that_means_nothing(send: Callable[..., Any], wanted: str) -> None:
    """A range of another form is ignored."""
    answer = send("GET", "k", {"Range": wanted})
    assert (answer.status, answer.body) == (200, TEXT)


@pytest.mark.usefixtures("etag")
def test_whole_object_carries_its_checksum(s3: Any, bucket: str) -> None:
    """What boto3 declared at the upload comes back when it asks for it."""
    answer = s3.get_object(Bucket=bucket, Key="k", ChecksumMode="ENABLED")
    assert (answer["ChecksumCRC32"], answer["ChecksumType"]) == ("poTHxg==", "FULL_OBJECT")


@pytest.mark.parametrize(
    ("condition", "status"),
    [
        ({"If-None-Match": "{etag}"}, 304),
        ({"If-None-Match": '"other"'}, 200),
        ({"If-None-Match": "*"}, 304),
        ({"If-Match": "{etag}"}, 200),
        ({"If-Match": '"other", {etag}'}, 200),
        ({"If-Match": '"other"'}, 412),
        ({"If-Modified-Since": "{later}"}, 304),
        ({"If-Modified-Since": "{earlier}"}, 200),
        ({"If-Modified-Since": "soon"}, 200),
        ({"If-Unmodified-Since": "{earlier}"}, 412),
        ({"If-Unmodified-Since": "{later}"}, 200),
        ({"If-Match": "{etag}", "If-Unmodified-Since": "{earlier}"}, 200),
        ({"If-None-Match": '"other"', "If-Modified-Since": "{later}"}, 200),
    ],
    ids=str,
)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_conditions(
    send: Callable[..., Any], etag: str, method: str, condition: dict[str, str], status: int
) -> None:
    """Conditions decide as RFC 9110 orders them; 304 comes without a body."""
    now = datetime.now(UTC)
    words = {
        "etag": etag,
        "later": f"{now + timedelta(hours=1):%a, %d %b %Y %H:%M:%S GMT}",
        "earlier": f"{now - timedelta(hours=1):%a, %d %b %Y %H:%M:%S GMT}",
    }
    answer = send(method, "k", {name: value.format(**words) for name, value in condition.items()})
    assert answer.status == status
    if status == 304:
        assert (answer.body, answer.headers["etag"]) == (b"", etag)
        assert answer.headers.get("content-length", "0") == "0"


def test_head_tells_the_real_length(send: Callable[..., Any], etag: str) -> None:
    """HEAD has no body and the length of the object."""
    answer = send("HEAD", "k")
    assert (answer.body, answer.headers["content-length"], answer.headers["etag"]) == (b"", "10", etag)


@pytest.mark.parametrize("size", [10, 20 * 2**20], ids=["after-the-last-byte", "in-the-middle"])
def test_client_that_goes_away_leaves_no_open_file(runtime: Any, s3: Any, bucket: str, size: int) -> None:
    """A reader that hangs up costs nothing: the file is closed, and the next reader gets it all."""
    s3.put_object(Bucket=bucket, Key="big", Body=bytes(size))
    for _ in range(3):
        connection = socket.create_connection(("127.0.0.1", urlsplit(runtime.url).port), timeout=5)
        connection.sendall(f"GET /{bucket}/big?AWSAccessKeyId=x HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        assert connection.recv(12) == b"HTTP/1.1 200"
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # end by a reset
        connection.close()
    blob = runtime.server.objects.blobs.path(runtime.server.objects.require(bucket, "big").blob)
    wait_until_closed(blob)
    assert len(s3.get_object(Bucket=bucket, Key="big")["Body"].read()) == size


def wait_until_closed(path: Path) -> None:
    """Until this process, which the server is part of, has the file open no more."""
    deadline = time.monotonic() + 10
    while str(path) in [opened.path for opened in psutil.Process().open_files()]:
        assert time.monotonic() < deadline, f"{path} is still open"


@pytest.mark.parametrize("value", ["a%0d%0aX-Evil: 1", "%E6%97%A5"], ids=["line-break", "not-ascii"])
@pytest.mark.usefixtures("etag")
def test_header_that_none_can_hold(send: Callable[..., Any], value: str) -> None:
    """The query cannot smuggle a header, nor make the server fail."""
    answer = send("GET", "k", query=f"?response-content-type={value.replace(' ', '%20')}")
    assert (answer.status, "x-evil" in answer.headers) == (400, False)


def test_missing_key(s3: Any, bucket: str) -> None:
    """GET names the key in an error; HEAD has a status only."""
    with pytest.raises(s3.exceptions.NoSuchKey, match="nope"):
        s3.get_object(Bucket=bucket, Key="nope")
    with pytest.raises(ClientError, match="404"):
        s3.head_object(Bucket=bucket, Key="nope")


@pytest.mark.parametrize("version", ["s3", "s3v4"])
def test_presigned_urls(runtime: Any, bucket: str, version: str) -> None:
    """Whoever has a presigned URL puts and gets without credentials, with the headers that the URL asks for."""
    import boto3
    from botocore.config import Config

    s3 = boto3.client(
        "s3", region_name="us-east-1", endpoint_url=runtime.url, config=Config(signature_version=version),
        aws_access_key_id="test", aws_secret_access_key="test",
    )  # fmt: skip
    key = {"Bucket": bucket, "Key": "a b/ü"}
    put = s3.generate_presigned_url("put_object", Params=key)
    assert requests.put(put, data=b"x" * 10, timeout=10).status_code == 200
    get = s3.generate_presigned_url(
        "get_object",
        Params={**key, "ResponseContentType": "text/plain", "ResponseContentDisposition": "inline"},
    )
    answer = requests.get(get, timeout=10)
    assert (answer.content, answer.headers["Content-Type"]) == (b"x" * 10, "text/plain")
    assert answer.headers["Content-Disposition"] == "inline"
