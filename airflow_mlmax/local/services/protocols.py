"""The forms of requests and answers: JSON in a body, or a form in and XML out.

botocore speaks JSON with logs, events and CloudWatch, and the query protocol with sts and iam. Other clients still
speak the query protocol with CloudWatch too.
"""

import gzip
import json
import uuid
import zlib
from abc import ABC, abstractmethod
from datetime import UTC, datetime
from typing import Any

from werkzeug import Request, Response

from airflow_mlmax.local import markup
from airflow_mlmax.local.errors import ServiceError
from airflow_mlmax.sagemaker.shapes import service_model


class Protocol(ABC):
    """How a service's requests are read and its answers written; `service` is botocore's name of it."""

    def __init__(self, service: str) -> None:
        self.model = service_model(service)

    @abstractmethod
    def operation(self, request: Request) -> str:
        """Name of the operation; empty if the request has none."""

    @abstractmethod
    def members(self, request: Request, operation: str) -> dict[str, Any]:
        """The request's members. Raises SerializationException."""

    @abstractmethod
    def answer(self, operation: str, members: dict[str, Any]) -> Response:
        """An answer; times are epoch seconds."""

    @abstractmethod
    def error(self, error: ServiceError) -> Response: ...


def protocol_of(request: Request, service: str) -> Protocol:
    return Query(service) if request.mimetype == "application/x-www-form-urlencoded" else Json(service)


class Json(Protocol):
    """AWS's JSON protocols 1.0 and 1.1."""

    def operation(self, request: Request) -> str:
        return request.headers.get("X-Amz-Target", "").rpartition(".")[2]

    def members(self, request: Request, operation: str) -> dict[str, Any]:
        try:
            members = json.loads(_body(request) or b"{}")
        except ValueError:
            members = None
        if not isinstance(members, dict):
            raise ServiceError("SerializationException", "The request body is not a JSON object")
        return members

    def answer(self, operation: str, members: dict[str, Any]) -> Response:
        has_body = self.model.operation_model(operation).output_shape is not None
        return self._response(json.dumps(members) if has_body else "", 200)

    def error(self, error: ServiceError) -> Response:
        response = self._response(json.dumps({"__type": error.code, "message": error.message}), error.status)
        if self.model.is_query_compatible:  # clients then look for the code that the query protocol had
            response.headers["x-amzn-query-error"] = f"{self._query_code(error)};Sender"
        return response

    def _query_code(self, error: ServiceError) -> str:
        known = error.code in self.model.shape_names
        trait = self.model.shape_for(error.code).metadata.get("error", {}) if known else {}
        return str(trait.get("code", error.code))

    def _response(self, body: str, status: int) -> Response:
        version = self.model.metadata["jsonVersion"]
        headers = {"x-amzn-RequestId": str(uuid.uuid4())}
        return Response(body, status, headers, content_type=f"application/x-amz-json-{version}")


class Query(Protocol):
    """AWS's query protocol."""

    def operation(self, request: Request) -> str:
        return str(request.form.get("Action", ""))

    def members(self, request: Request, operation: str) -> dict[str, Any]:
        shape = self.model.operation_model(operation).input_shape
        try:
            return _from_form(shape, "", request.form.to_dict()) if shape else {}
        except ValueError as error:
            raise ServiceError("MalformedInput", f"{operation}: {error}") from error

    def answer(self, operation: str, members: dict[str, Any]) -> Response:
        shape = self.model.operation_model(operation).output_shape
        request_id = {"ResponseMetadata": {"RequestId": str(uuid.uuid4())}}
        result = {f"{operation}Result": _for_xml(shape, members)} if shape else {}
        return self._response(f"{operation}Response", {**result, **request_id}, 200)

    def error(self, error: ServiceError) -> Response:
        told = {"Type": "Sender", "Code": error.code, "Message": error.message}
        content = {"Error": told, "RequestId": str(uuid.uuid4())}
        return self._response("ErrorResponse", content, error.status)

    def _response(self, root: str, content: dict[str, Any], status: int) -> Response:
        body = markup.document(root, content, self.model.metadata.get("xmlNamespace", ""))
        return Response(body, status, content_type="text/xml")


def _body(request: Request) -> bytes:
    """The body; botocore sends long lists of metrics compressed."""
    data = request.get_data()
    if request.headers.get("Content-Encoding", "") != "gzip":
        return data
    try:
        return gzip.decompress(data)
    except (OSError, EOFError, zlib.error) as error:
        raise ServiceError("SerializationException", "The request body is not valid gzip") from error


def _from_form(shape: Any, place: str, form: dict[str, str]) -> Any:
    """The value of a shape from parameters like `MetricData.member.1.Value`; None if there is none."""
    kind = shape.type_name
    if kind == "structure":
        dot = f"{place}." if place else ""
        members = {
            name: _from_form(member, f"{dot}{name}", form)
            for name, member in shape.members.items()
            if any(key == f"{dot}{name}" or key.startswith(f"{dot}{name}.") for key in form)
        }
        return {name: value for name, value in members.items() if value is not None}
    if kind == "list":
        numbers = {key.removeprefix(f"{place}.member.").partition(".")[0] for key in form}
        wanted = sorted(int(number) for number in numbers if number.isdecimal())
        return [_from_form(shape.member, f"{place}.member.{number}", form) for number in wanted]
    return _scalar(kind, form[place]) if place in form else None


def _scalar(kind: str, text: str) -> Any:
    if kind in {"integer", "long"}:
        return int(text)
    if kind in {"float", "double"}:
        return float(text)
    if kind == "boolean":
        return text == "true"
    if kind == "timestamp":
        return datetime.fromisoformat(text).timestamp()
    return text


def _for_xml(shape: Any, value: Any) -> Any:
    """A value with list items under the name `member` and times as texts."""
    if shape.type_name == "structure":
        return {name: _for_xml(shape.members[name], item) for name, item in value.items()}
    if shape.type_name == "list":
        return {"member": [_for_xml(shape.member, item) for item in value]}
    if shape.type_name == "timestamp":
        return datetime.fromtimestamp(value, UTC).isoformat()
    return value
