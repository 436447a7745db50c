"""What a server that is killed at any moment leaves behind."""

import http.client
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import boto3
import pytest
from botocore.config import Config

PART = 5 * 2**20
PATIENCE = 10.0


class Server:
    """A runtime in a process of its own, to be killed."""

    def __init__(self, folder: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "airflow_mlmax.local", "--port", "0", "--data-dir", str(folder)],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout
        self.url = self.process.stdout.readline().split()[3].rstrip(",")
        config = Config(retries={"total_max_attempts": 1})
        self.s3 = boto3.client(
            "s3", region_name="us-east-1", endpoint_url=self.url, config=config,
            aws_access_key_id="test", aws_secret_access_key="test",
        )  # fmt: skip

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()
        if self.process.stdout:
            self.process.stdout.close()

    def send_half(self, path: str, length: int) -> http.client.HTTPConnection:
        """Begin a PUT and stop in the middle of its body."""
        connection = http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=10)
        connection.putrequest("PUT", path)
        connection.putheader("Authorization", "Credential=x/20260101/us-east-1/s3/aws4_request")
        connection.putheader("Content-Length", str(length))
        connection.endheaders(b"n" * (length // 2))
        return connection


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[[], Server]]:
    """Starts a server over the same folder, again and again."""
    started = []

    def start() -> Server:
        started.append(Server(tmp_path))
        return started[-1]

    yield start
    for server in started:
        server.kill()


def blobs(folder: Path) -> int:
    return len(list((folder / "s3" / "blobs").iterdir()))


def wait_for_blobs(folder: Path, count: int) -> None:
    """Until the server has begun to write so many files."""
    deadline = time.monotonic() + PATIENCE
    while blobs(folder) < count:
        assert time.monotonic() < deadline, f"the server wrote {blobs(folder)} files, not {count}"


@pytest.mark.parametrize("old", [b"old", None], ids=["replacing", "new"])
def test_killed_in_a_put(start: Callable[[], Server], tmp_path: Path, old: bytes | None) -> None:
    """After a kill in the middle of a PUT the old object is there, or none, and no half-written file."""
    server = start()
    server.s3.create_bucket(Bucket="data")
    if old:
        server.s3.put_object(Bucket="data", Key="k", Body=old)
    connection = server.send_half("/data/k", 3 * 2**20)
    wait_for_blobs(tmp_path, 1 + bool(old))
    server.kill()
    connection.close()
    s3 = start().s3
    assert blobs(tmp_path) == bool(old)
    if old:
        assert s3.get_object(Bucket="data", Key="k")["Body"].read() == old
    else:
        with pytest.raises(s3.exceptions.NoSuchKey):
            s3.get_object(Bucket="data", Key="k")


def test_killed_in_a_multipart_upload(start: Callable[[], Server], tmp_path: Path) -> None:
    """After a kill in the middle of a part the old object is there, and the upload goes on with the whole parts."""
    server = start()
    server.s3.create_bucket(Bucket="data")
    server.s3.put_object(Bucket="data", Key="k", Body=b"old")
    upload = server.s3.create_multipart_upload(Bucket="data", Key="k")["UploadId"]
    names = {"Bucket": "data", "Key": "k", "UploadId": upload}
    parts = [put_part(server.s3, names, 1, b"a" * PART)]
    connection = server.send_half(f"/data/k?partNumber=2&uploadId={upload}", 3 * 2**20)
    wait_for_blobs(tmp_path, 3)
    server.kill()
    connection.close()
    s3 = start().s3
    assert blobs(tmp_path) == 2
    assert s3.get_object(Bucket="data", Key="k")["Body"].read() == b"old"
    assert [part["PartNumber"] for part in s3.list_parts(**names)["Parts"]] == [1]
    parts.append(put_part(s3, names, 2, b"b"))
    s3.complete_multipart_upload(**names, MultipartUpload={"Parts": parts})
    assert s3.get_object(Bucket="data", Key="k")["Body"].read() == b"a" * PART + b"b"


def test_killed_while_writers_write(start: Callable[[], Server]) -> None:
    """Whatever was answered before a kill is there after it, whole."""
    server = start()
    server.s3.create_bucket(Bucket="data")
    answered: dict[str, str] = {}
    for number in range(30):
        answered[f"k{number % 7}"] = server.s3.put_object(
            Bucket="data", Key=f"k{number % 7}", Body=bytes([number]) * 10_000
        )["ETag"]
    server.kill()
    s3 = start().s3
    found = {item["Key"]: item["ETag"] for item in s3.list_objects_v2(Bucket="data")["Contents"]}
    assert found == answered
    for key, etag in answered.items():
        assert s3.get_object(Bucket="data", Key=key, IfMatch=etag)["ContentLength"] == 10_000


def put_part(s3: Any, names: dict[str, str], number: int, body: bytes) -> dict[str, Any]:
    return {"PartNumber": number, "ETag": s3.upload_part(**names, PartNumber=number, Body=body)["ETag"]}
