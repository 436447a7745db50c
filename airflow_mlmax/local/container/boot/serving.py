"""A model server for handlers: what the framework images start for `serve`, written for one machine.

Usage: python serving.py

It runs under the job's Python, so it imports the standard library only and keeps to Python 3.8. It is told by its
environment: SAGEMAKER_BIND_TO_PORT, SAGEMAKER_PROGRAM (default inference.py), SAGEMAKER_SUBMIT_DIRECTORY (default
/opt/ml/model/code), SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT (default JSON). The contract of the handlers is that of
AWS's inference toolkit, not its process model: one process answers all requests, each in a thread.
"""
# pathlib would only be loaded for two joins:
# ruff: noqa: PTH113, PTH118

from __future__ import annotations

import csv
import importlib
import inspect
import io
import json
import os
import sys
import traceback
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

JSON, CSV, NPY = "application/json", "text/csv", "application/x-npy"
_MODEL_FOLDER = "/opt/ml/model"
_NAMES = ("model_fn", "input_fn", "predict_fn", "output_fn", "transform_fn")


class UnsupportedMediaType(Exception):  # noqa: N818 - the name of the answer it becomes
    """Neither the handlers nor the defaults know this content type: 415."""


class Context:
    """What a handler gets if it takes one argument more than it needs."""

    def __init__(self, headers: Any = None) -> None:
        self.system_properties = {"model_dir": _MODEL_FOLDER, "gpu_id": None}
        self.response_content_type: str | None = None
        self._headers = headers or {}

    def get_request_header(self, _index: int, name: str) -> str | None:
        value = self._headers.get(name)
        return None if value is None else str(value)

    def set_response_content_type(self, _index: int, value: str) -> None:
        self.response_content_type = value


class Handlers:
    """The user's functions, with a default for each that is left out except `model_fn`."""

    def __init__(self, functions: dict[str, Callable[..., Any]]) -> None:
        """Load the model. Raises TypeError if the functions contradict each other or one is missing."""
        self._functions = functions
        parts = sorted({"input_fn", "predict_fn", "output_fn"} & set(functions))
        if "transform_fn" in functions and parts:
            raise TypeError(f"transform_fn stands for {' and '.join(parts)}: keep one kind of handler")
        if "model_fn" not in functions:
            raise TypeError("the handlers lack model_fn(model_dir), which loads the model")
        self._model = _call(functions["model_fn"], (_MODEL_FOLDER,), Context())

    def answer(self, body: bytes, content_type: str, accept: str, context: Context) -> tuple[bytes, str]:
        """Prediction for one request, encoded, and its content type. Raises whatever the handlers raise."""
        text: Any = body.decode() if _media_type(content_type) in {JSON, CSV} else body
        if "transform_fn" in self._functions:
            result = self._call("transform_fn", None, (self._model, text, content_type, accept), context)
        else:
            data = self._call("input_fn", decoded, (text, content_type), context)
            prediction = self._call("predict_fn", _predicted, (data, self._model), context)
            result = self._call("output_fn", encoded, (prediction, accept), context)
        if isinstance(result, tuple):
            result, accept = result
        if isinstance(result, str):
            result = result.encode()
        if not isinstance(result, (bytes, bytearray)):
            raise TypeError(f"the handlers answered {type(result).__name__}, not text or bytes")
        return bytes(result), context.response_content_type or accept

    def _call(self, name: str, default: Any, arguments: tuple[Any, ...], context: Context) -> Any:
        return _call(self._functions.get(name) or default, arguments, context)


def _call(function: Callable[..., Any], arguments: tuple[Any, ...], context: Context) -> Any:
    """Call a handler, with the context if it takes one argument more."""
    try:
        inspect.signature(function).bind(*arguments, context)
    except TypeError:
        return function(*arguments)
    return function(*arguments, context)


def decoded(body: Any, content_type: str) -> Any:
    """Default `input_fn`: an array if numpy is there, else numbers in lists; cells that are no numbers become NaN."""
    kind = _media_type(content_type)
    if kind == JSON:
        return _array(json.loads(body))
    if kind == CSV:
        rows = [[_number(cell) for cell in row] for row in csv.reader(io.StringIO(body)) if row]
        columns = {len(row) for row in rows}
        if len(rows) == 1:  # one row or one column is a plain sequence, as numpy.genfromtxt has it
            return _array(rows[0])
        return _array([row[0] for row in rows] if columns == {1} else rows)
    if kind == NPY:
        import numpy as np

        return np.load(io.BytesIO(body), allow_pickle=False)
    raise UnsupportedMediaType(f"no input_fn, and content type {content_type!r} has no default")


def encoded(prediction: Any, accept: str) -> Any:
    """Default `output_fn`: JSON, CSV with a newline after each row, or npy."""
    kind = _media_type(accept)
    plain = prediction.tolist() if hasattr(prediction, "tolist") else prediction
    if kind == JSON:
        return json.dumps(plain)
    if kind == CSV:
        rows = plain if isinstance(plain, (list, tuple)) else [plain]
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerows(row if isinstance(row, (list, tuple)) else [row] for row in rows)
        return text.getvalue()
    if kind == NPY:
        import numpy as np

        data = io.BytesIO()
        np.save(data, prediction)
        return data.getvalue()
    raise UnsupportedMediaType(f"no output_fn, and accept {accept!r} has no default")


def _predicted(data: Any, model: Any) -> Any:
    return model.predict(data) if hasattr(model, "predict") else model(data)


def _array(values: Any) -> Any:
    try:
        import numpy as np
    except ImportError:
        return values
    return np.array(values)


def _number(cell: str) -> float:
    try:
        return float(cell)
    except ValueError:
        return float("nan")


def _media_type(header: str) -> str:
    return header.partition(";")[0].strip().lower()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128
    handlers: Handlers
    accept = JSON

    def server_bind(self) -> None:
        """Bind without asking a name server for our own name, which takes seconds on some machines."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = "localhost", self.server_address[1]


class _Request(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def do_GET(self) -> None:
        self._send(200 if self.path == "/ping" else 404, b"")

    def do_POST(self) -> None:
        body = self._body()
        if self.path != "/invocations":
            self._send(404, b"")
            return
        accept = self.headers.get("Accept") or "*/*"
        accept = self.server.accept if accept == "*/*" else accept
        try:
            answer, kind = self.server.handlers.answer(
                body, self.headers.get("Content-Type") or JSON, accept, Context(self.headers)
            )
        except UnsupportedMediaType as error:
            self._send(415, str(error).encode())
        except Exception as error:  # noqa: BLE001 - whatever the user's code raises is answered and logged
            traceback.print_exc()
            self._send(500, f"{type(error).__name__}: {error}".encode())
        else:
            self._send(200, answer, kind)

    def _body(self) -> bytes:
        if "chunked" not in (self.headers.get("Transfer-Encoding") or ""):
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        chunks = []
        while size := int(self.rfile.readline().partition(b";")[0], 16):
            chunks.append(self.rfile.read(size))
            self.rfile.readline()
        while self.rfile.readline().strip():  # trailers
            pass
        return b"".join(chunks)

    def _send(self, status: int, body: bytes, content_type: str = "text/plain") -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_request(self, code: Any = "-", size: Any = "-") -> None:
        """Tell of what went wrong only; a batch would fill the log with the rest."""
        if code != 200 and self.path != "/execution-parameters":  # noqa: PLR2004 - an HTTP status
            super().log_request(code, size)


def load(environment: dict[str, str]) -> Handlers:
    """The handlers of the program that the environment names. Raises FileNotFoundError if it is not there."""
    folder = environment.get("SAGEMAKER_SUBMIT_DIRECTORY") or os.path.join(_MODEL_FOLDER, "code")
    program = environment.get("SAGEMAKER_PROGRAM") or "inference.py"
    path = os.path.join(folder, program)
    if not os.path.isfile(path):
        raise FileNotFoundError(f"no handlers at {path}: pack it into model.tar.gz or set SAGEMAKER_PROGRAM")
    sys.path[0] = folder  # Python put our own folder there
    module = importlib.import_module(program[: -len(".py")].replace("/", "."))
    found = {name: getattr(module, name) for name in _NAMES if hasattr(module, name)}
    return Handlers(found)


def main() -> None:
    """Load the model, then serve on 127.0.0.1 until killed."""
    environment = dict(os.environ)
    handlers = load(environment)
    server = _Server(("127.0.0.1", int(environment.get("SAGEMAKER_BIND_TO_PORT") or 8080)), _Request)
    server.handlers = handlers
    server.accept = environment.get("SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT") or JSON
    server.serve_forever()


if __name__ == "__main__":
    main()
