"""What a rule is, and what several rules ask for."""

import re
from collections.abc import Callable, Hashable, Iterable, Mapping
from typing import Any

from airflow_mlmax.local.errors import ServiceError
from airflow_mlmax.local.operations.api_call import ApiCall

Body = Mapping[str, Any]
Rule = Callable[[ApiCall, Body], str | None]
"""Gives the text of the ValidationException, or None. The body is the request or one definition inside it."""

_S3_URI = re.compile(r"s3://([^/]+)/?(.*)")


def repeated(values: Iterable[Hashable]) -> Hashable | None:
    """The first value that occurs twice."""
    seen = set()
    for value in values:
        if value in seen:
            return value
        seen.add(value)
    return None


def missing_input_text(call: ApiCall, uri: str, *, exact: bool, role: str = "") -> str | None:
    """AWS's text for an input without any object; `exact` asks for the very key, as for a manifest."""
    found = _S3_URI.fullmatch(uri)
    if found is None:
        return f"{uri} is not available to the local runtime: give an s3:// URI."
    bucket, key = found.groups()
    try:
        objects = call.parts.objects
        is_there = objects.head(bucket, key) if exact else next(iter(objects.list(bucket, key)), None)
    except ServiceError:
        is_there = None
    if is_there:
        return None
    return (
        f'No S3 objects found under S3 URL "{uri}" given in input data source. Please ensure that the bucket exists in'
        f" the selected region ({call.region}), that objects exist under that S3 prefix, and that the role"
        f' "{role}" has "s3:ListBucket" permissions on bucket "{bucket}".'
    )
