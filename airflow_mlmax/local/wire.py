"""The outermost layer: who is asked for what, in which Region, and how errors look on the wire."""

import json
import re
import uuid
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape

from werkzeug import Request, Response

from airflow_mlmax.local.errors import ServiceError

_SCOPE = re.compile(r"(?:Credential=)?[^/]+/\d+/([^/]+)/([^/]+)/aws4_request")
JSON = "application/x-amz-json-1.1"


@dataclass(frozen=True)
class Scope:
    """What the signature is made for. The signature itself is not verified."""

    region: str
    service: str


def scope_of(request: Request) -> Scope | None:
    """The credential scope in the Authorization header or, for a presigned URL, in the query."""
    text = request.headers.get("Authorization", "") or request.args.get("X-Amz-Credential", "")
    found = _SCOPE.search(text)
    return Scope(*found.groups()) if found else None


def target_of(request: Request) -> str:
    """The operation in `X-Amz-Target: SageMaker.CreateTrainingJob`; empty for protocols without that header."""
    return request.headers.get("X-Amz-Target", "").rpartition(".")[2]


def operation_of(request: Request, scope: Scope) -> str:
    """The operation in any protocol but S3's, for which it is the HTTP method."""
    if scope.service == "s3":
        return request.method
    if target := target_of(request):
        return target
    if "/operation/" in request.path:
        return request.path.rpartition("/")[2]
    found = re.search(rb"(?:^|&)Action=(\w+)", request.get_data())
    return found[1].decode() if found else request.method


def name_in(request: Request, scope: Scope, operation: str) -> str:
    """What the call is about: the name of the job or resource of a SageMaker request, the path for S3."""
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


def error_answer(error: ServiceError, service: str) -> Response:
    """An error in the words of the service's protocol."""
    if service == "s3":
        return _xml_error(f"<Error>{_xml_members(error)}</Error>", error)
    if service in {"sts", "iam"}:
        return _xml_error(f"<ErrorResponse><Error>{_xml_members(error)}</Error></ErrorResponse>", error)
    return json_answer({"__type": error.code, "message": error.message}, error.status)


def _xml_members(error: ServiceError) -> str:
    return f"<Code>{escape(error.code)}</Code><Message>{escape(error.message)}</Message>"


def _xml_error(text: str, error: ServiceError) -> Response:
    return Response(text, error.status, content_type="text/xml")
