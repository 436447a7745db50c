"""Which operation of S3 a request asks for, told by method, path and query as botocore's service model states them."""

from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import parse_qsl, unquote_to_bytes

from werkzeug import Request

from airflow_mlmax.local.errors import ServiceError
from airflow_mlmax.sagemaker.shapes import service_model

_LEVELS = {"/": 0, "/{Bucket}": 1, "/{Bucket}/{Key+}": 2}


@dataclass(frozen=True)
class Address:
    """What the path names; empty texts where it names nothing."""

    bucket: str
    key: str


@dataclass(frozen=True)
class _Route:
    operation: str
    literals: dict[str, str]
    """Query parameters that must stand there with these values."""

    query: list[str]
    headers: list[str]

    @property
    def weight(self) -> int:
        return len(self.literals) + len(self.query) + len(self.headers)

    def fits(self, request: Request) -> bool:
        arguments = request.args
        return (
            all(arguments.get(name) == value for name, value in self.literals.items())
            and all(name in arguments for name in self.query)
            and all(name in request.headers for name in self.headers)
        )


def address_of(request: Request) -> Address:
    """Bucket and key of a path-style request, `/<bucket>/<key>`. Raises InvalidURI if it is not UTF-8."""
    bucket, key = _parts(request)
    try:
        return Address(unquote_to_bytes(bucket).decode(), unquote_to_bytes(key).decode())
    except UnicodeDecodeError as error:
        raise ServiceError("InvalidURI", f"Could not parse the specified URI: {request.path}", 400) from error


def operation_of(request: Request) -> str:
    """Name of the operation, `GetObject`; empty if S3 has none for this method and path."""
    bucket, key = _parts(request)
    level = bool(bucket) + bool(key)
    fitting = [route for route in _routes().get((request.method, level), []) if route.fits(request)]
    return max(fitting, key=lambda route: route.weight).operation if fitting else ""


def _parts(request: Request) -> tuple[str, str]:
    """Bucket and key as they stand in the URL, still encoded; what WSGI makes of it loses bytes."""
    path = request.environ.get("RAW_URI", request.path).partition("?")[0]
    bucket, _, key = path.removeprefix("/").partition("/")
    return bucket, key


@cache
def _routes() -> dict[tuple[str, int], list[_Route]]:
    model = service_model("s3")
    routes = defaultdict(list)
    for name in model.operation_names:
        operation = model.operation_model(name)
        path, _, query = operation.http["requestUri"].partition("?")
        if path in _LEVELS:
            route = _Route(
                name,
                dict(parse_qsl(query, keep_blank_values=True)),
                _required(operation, "querystring"),
                _required(operation, "header"),
            )
            routes[operation.http["method"], _LEVELS[path]].append(route)
    return routes


def _required(operation: Any, location: str) -> list[str]:
    """Names on the wire of the required members that travel in one place of a request."""
    shape = operation.input_shape
    places = [shape.members[name].serialization for name in shape.required_members] if shape else []
    return [place["name"] for place in places if place.get("location") == location]
