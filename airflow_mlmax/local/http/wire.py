"""The outermost layer: who is asked for what, in which Region, and how errors look on the wire."""

import json
import re
import uuid
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from werkzeug import Request, Response

from airflow_mlmax.local.errors import ServiceError
from airflow_mlmax.local.s3 import routes
from airflow_mlmax.local.s3.call import error_answer as s3_error
from airflow_mlmax.local.services.protocols import protocol_of

_SCOPE = re.compile(r"(?:Credential=)?[^/]+/\d+/([^/]+)/([^/]+)/aws4_request")
JSON = "application/x-amz-json-1.1"


@dataclass(frozen=True)
class Scope:
    """What the signature is made for. The signature itself is not verified."""

    region: str
    service: str


def scope_of(request: Request) -> Scope | None:
    """The credential scope in the Authorization header or, for a presigned URL, in the query.

    boto3 still presigns S3 URLs with the older signature, which has no scope, where nothing asks for another one.
    """
    header = request.headers.get("Authorization", "")
    found = _SCOPE.search(header or request.args.get("X-Amz-Credential", ""))
    if found:
        return Scope(*found.groups())
    is_older = header.startswith("AWS ") or "AWSAccessKeyId" in request.args
    return Scope("us-east-1", "s3") if is_older else None


def target_of(request: Request) -> str:
    """The operation in `X-Amz-Target: SageMaker.CreateTrainingJob`; empty without that header."""
    return request.headers.get("X-Amz-Target", "").rpartition(".")[2]


def operation_of(request: Request, scope: Scope) -> str:
    """The operation in any protocol; empty if the request names none."""
    if scope.service == "s3":
        return routes.operation_of(request)
    return target_of(request) or str(request.form.get("Action", ""))


def name_in(request: Request, scope: Scope, operation: str) -> str:
    """What the call is about: the job or resource in a SageMaker request, the path for S3, else nothing."""
    if scope.service == "s3":
        return request.path
    if scope.service != "sagemaker":
        return ""
    with suppress(ServiceError):
        for member, value in json_body(request).items():
            is_name = member.endswith("Name") and member.removesuffix("Name") in operation
            if isinstance(value, str) and (is_name or member.endswith("Arn")):
                return value
    return ""


def json_body(request: Request) -> dict[str, Any]:
    """The members of a JSON request. Raises SerializationException, as AWS does, for anything but an object."""
    try:
        body = json.loads(request.get_data() or b"{}")
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise ServiceError("SerializationException", "The request body is not a JSON object")
    return body


def json_answer(body: Mapping[str, Any] | None, status: int = 200) -> Response:
    """An answer of the JSON protocol; None is the empty body of operations that answer nothing."""
    data = "" if body is None else json.dumps(body)
    return Response(data, status, {"x-amzn-RequestId": str(uuid.uuid4())}, content_type=JSON)


def error_answer(error: ServiceError, request: Request, scope: Scope) -> Response:
    """An error in the words of the service's protocol."""
    if scope.service == "s3":
        return s3_error(error, request)
    if scope.service in {"sts", "iam", "monitoring"}:
        service = {"monitoring": "cloudwatch"}.get(scope.service, scope.service)
        return protocol_of(request, service).error(error)
    return json_answer({"__type": error.code, "message": error.message}, error.status)
