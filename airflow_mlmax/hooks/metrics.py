"""Values on their way to CloudWatch, in as few calls as its limits allow."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

from airflow_mlmax.hooks.sagemaker import SageMakerJobHook

_MOST = 1000
_MOST_BYTES = 900_000
"""Of the 1 MB that PutMetricData takes."""

_OVERHEAD = 200
"""Bytes by which an item is longer on the wire than in JSON, about."""


def put_metrics(hook: SageMakerJobHook, namespace: str, data: Sequence[dict[str, Any]]) -> int:
    """Puts all items of `MetricData`; gives the number of calls.

    :raises ApiError: CloudWatch refused, or could not be reached; some calls may have been made
    """
    calls = 0
    for part in _parts(data):
        hook.call("cloudwatch", "PutMetricData", {"Namespace": namespace, "MetricData": part})
        calls += 1
    return calls


def _parts(data: Sequence[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    part: list[dict[str, Any]] = []
    size = 0
    for item in data:
        more = len(json.dumps(item, default=str)) + _OVERHEAD
        if part and (len(part) == _MOST or size + more > _MOST_BYTES):
            yield part
            part, size = [], 0
        part.append(item)
        size += more
    if part:
        yield part
