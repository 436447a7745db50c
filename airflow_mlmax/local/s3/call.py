"""One request to S3 and the forms of its answers."""

import base64
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote
from xml.etree import ElementTree as ET

from werkzeug import Request, Response
from werkzeug.http import http_date

from airflow_mlmax.local import markup
from airflow_mlmax.local.errors import ServiceError
from airflow_mlmax.local.s3.errors import invalid_argument
from airflow_mlmax.local.s3.objects import ObjectStore

_NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/"


@dataclass(frozen=True)
class S3Call:
    """A request whose operation, bucket and key are known."""

    objects: ObjectStore
    request: Request
    region: str
    operation: str
    bucket: str
    key: str

    def argument(self, name: str, default: str = "") -> str:
        """A query parameter."""
        return self.request.args.get(name, default)

    def number(self, name: str, default: int) -> int:
        """A query parameter that counts. Raises InvalidArgument."""
        text = self.argument(name, str(default))
        if not text.isdecimal() or not text.isascii():
            raise invalid_argument(f"{name} must be a whole number from 0 up, not {text!r}")
        return int(text)

    def token(self, name: str) -> str:
        """What an earlier answer's `token` hid. Raises InvalidArgument."""
        try:
            return base64.urlsafe_b64decode(self.argument(name)).decode()
        except ValueError as error:
            raise invalid_argument(f"{name} is not one that this server gave") from error

    def document(self) -> ET.Element:
        """The XML body, without namespaces. Raises MalformedXML."""
        try:
            root = ET.fromstring(self.request.get_data())  # noqa: S314 - a client of this machine's user
        except ET.ParseError as error:
            text = "The XML you provided was not well-formed or did not validate against our published schema"
            raise ServiceError("MalformedXML", text, 400) from error
        for element in root.iter():
            element.tag = element.tag.rpartition("}")[2]
        return root


def coding(call: S3Call) -> Callable[[str], str]:
    """How keys are written: as they are, or URL-encoded if the client asks for that."""
    return quote if "encoding-type" in call.request.args else str


def token(text: str | None) -> str | None:
    """A text that clients pass back and do not look into."""
    return None if text is None else base64.urlsafe_b64encode(text.encode()).decode()


def timestamp(epoch: float) -> str:
    return datetime.fromtimestamp(epoch, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def document(root: str, content: Any, headers: dict[str, str] | None = None) -> Response:
    """An answer with an XML body."""
    return Response(
        markup.document(root, content, _NAMESPACE), headers=headers, content_type="application/xml"
    )


def empty(status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """An answer without a body, and without a type for it."""
    response = Response(status=status, headers=headers)
    response.headers.pop("Content-Type", None)
    return response


def error_answer(error: ServiceError, request: Request) -> Response:
    """An error as S3 tells it; HEAD gets the status alone."""
    content = {"Code": error.code, "Message": error.message, "Resource": request.path}
    return Response(markup.document("Error", content), error.status, content_type="application/xml")


def modified(epoch: float) -> str:
    """The value of `Last-Modified`."""
    return http_date(int(epoch))
