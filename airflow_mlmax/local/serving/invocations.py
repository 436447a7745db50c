"""Requests to a running model server, with the timeout and the retries of ModelClientConfig."""

import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from typing import Any

_RETRY_PAUSE = 0.1
"""Seconds before the first retry; each further one waits twice as long."""

_PARAMETERS = {"MaxConcurrentTransforms": int, "MaxPayloadInMB": int, "BatchStrategy": str}
_PROBE_SECONDS = 2.0
_LONGEST_TEXT = 300


class InvocationError(Exception):
    """No prediction for a request; the text begins as a FailureReason does."""


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    content_type: str
    body: bytes

    @property
    def is_good(self) -> bool:
        return HTTPStatus.OK <= self.status < HTTPStatus.MULTIPLE_CHOICES

    @property
    def text(self) -> str:
        """Status and the beginning of the body, for people."""
        return f"{self.status} {self.body.decode(errors='replace').strip()}"[:_LONGEST_TEXT]


@dataclass(frozen=True)
class Client:
    """Talks to the server on a port of this machine, from any number of threads."""

    port: int
    headers: Mapping[str, str] = field(default_factory=dict)
    timeout: float = 600.0
    """Seconds that an invocation may be silent."""

    retries: int = 3
    ended: threading.Event = field(default_factory=threading.Event)
    """Set when the server is gone, after which no retry helps."""

    def invoke(self, body: bytes, *, is_chunked: bool = False) -> Answer:
        """The model's answer. Server errors and broken connections are tried again.

        Raises InvocationError when the server refuses the request or the last retry fails.
        """
        for attempt in range(self.retries + 1):
            try:
                answer = self._post(body, is_chunked=is_chunked)
            except (OSError, HTTPException) as error:
                failure = f"AlgorithmError: no answer from the model server: {error or type(error).__name__}"
            else:
                if answer.is_good:
                    return answer
                if answer.status < HTTPStatus.INTERNAL_SERVER_ERROR:
                    raise InvocationError(f"ClientError: the model server answered {answer.text}")
                failure = f"AlgorithmError: the model server answered {answer.text}"
            if attempt == self.retries or self.ended.wait(_RETRY_PAUSE * 2**attempt):
                break
        raise InvocationError(failure)

    def _post(self, body: bytes, *, is_chunked: bool) -> Answer:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=self.timeout)
        try:
            content = iter([body]) if is_chunked else body
            connection.request("POST", "/invocations", content, self.headers, encode_chunked=is_chunked)
            answer = connection.getresponse()
            return Answer(answer.status, answer.headers.get("Content-Type", ""), answer.read())
        finally:
            connection.close()

    def is_ready(self) -> bool:
        """Whether `/ping` answers 200."""
        answer = self._get("/ping")
        return answer is not None and answer.status == HTTPStatus.OK

    def parameters(self) -> dict[str, Any]:
        """What the container recommends in `/execution-parameters`, as far as it makes sense."""
        answer = self._get("/execution-parameters")
        if answer is None or answer.status != HTTPStatus.OK:
            return {}
        try:
            found = json.loads(answer.body)
        except ValueError:
            return {}
        given = found if isinstance(found, dict) else {}
        return {name: given[name] for name, kind in _PARAMETERS.items() if isinstance(given.get(name), kind)}

    def _get(self, path: str) -> Answer | None:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=_PROBE_SECONDS)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return Answer(answer.status, "", answer.read())
        except (OSError, HTTPException):
            return None
        finally:
            connection.close()
