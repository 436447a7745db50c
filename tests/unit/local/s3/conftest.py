"""A bucket of its own for every test, over the running runtime."""

import http.client
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

import pytest

SIGNATURE = {
    "Authorization": "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/s3/aws4_request, Signature=x"
}


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes


@pytest.fixture
def s3(runtime: Any) -> Any:
    return runtime.client("s3")


@pytest.fixture
def bucket(s3: Any) -> str:
    name = f"test-{uuid.uuid4().hex[:16]}"
    s3.create_bucket(Bucket=name)
    return name


@pytest.fixture
def send(runtime: Any, bucket: str) -> Callable[..., Answer]:
    """Sends one request for a key of the bucket, byte for byte as it is told."""

    def send(
        method: str,
        key: str,
        headers: dict[str, str] | None = None,
        body: bytes | None = None,
        query: str = "",
    ) -> Answer:
        connection = http.client.HTTPConnection(urlsplit(runtime.url).netloc, timeout=10)
        try:
            path = f"/{bucket}/{quote(key)}{query}"
            connection.request(method, path, body, {**SIGNATURE, **(headers or {})})
            response = connection.getresponse()
            return Answer(response.status, {k.lower(): v for k, v in response.getheaders()}, response.read())
        finally:
            connection.close()

    return send
