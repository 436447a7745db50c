"""Requests that no boto3 would send."""

from typing import Any

import pytest
import requests


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ({}, b"no json"),
        ({}, b"[1]"),
        ({"Content-Encoding": "gzip"}, b"no gzip"),
    ],
    ids=["text", "list", "gzip"],
)
def test_damaged_bodies(runtime: Any, headers: dict[str, str], body: bytes) -> None:
    """A body that is no JSON object is a serialization error."""
    answer = requests.post(
        runtime.url,
        data=body,
        headers={
            "Authorization": "Credential=x/20260101/us-east-1/logs/aws4_request",
            "X-Amz-Target": "Logs_20140328.DescribeLogGroups",
            "Content-Type": "application/x-amz-json-1.1",
            **headers,
        },
        timeout=10,
    )
    assert (answer.status_code, answer.json()["__type"]) == (400, "SerializationException")


def test_damaged_form(runtime: Any) -> None:
    """A number that is none is told with the operation."""
    answer = requests.post(
        runtime.url,
        data={"Action": "GetMetricStatistics", "Period": "soon"},
        headers={"Authorization": "Credential=x/20260101/us-east-1/monitoring/aws4_request"},
        timeout=10,
    )
    assert answer.status_code == 400
    assert "<Code>MalformedInput</Code>" in answer.text
