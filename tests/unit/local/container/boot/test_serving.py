"""The model server: handlers are called as AWS's inference toolkit calls them, under any Python, without the package."""

import ast
import io
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from http.client import HTTPConnection
from pathlib import Path

import numpy as np
import pytest

import airflow_mlmax.local.container.boot

SERVER = Path(airflow_mlmax.local.container.boot.__file__).parent / "serving.py"
WAIT_SECONDS = 30

Answer = tuple[int, str, bytes]


class Served:
    """A running server and one connection to it."""

    def __init__(self, process: subprocess.Popen[str], port: int) -> None:
        self.process = process
        self.connection = HTTPConnection("127.0.0.1", port, timeout=WAIT_SECONDS)

    def ask(self, body: bytes = b"", content_type: str = "text/csv", **headers: str) -> Answer:
        self.connection.request("POST", "/invocations", body, {"Content-Type": content_type, **headers})
        answer = self.connection.getresponse()
        return answer.status, answer.headers["Content-Type"], answer.read()

    def get(self, path: str) -> int:
        self.connection.request("GET", path)
        answer = self.connection.getresponse()
        answer.read()
        return answer.status

    def log(self) -> str:
        self.process.kill()
        assert self.process.stdout
        return self.process.stdout.read()


Serve = Callable[..., Served]


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    """Starts servers for the text of a program and kills them at the end."""
    running: list[Served] = []

    def start(program: str, **environment: str) -> Served:
        name = environment.get("SAGEMAKER_PROGRAM", "inference.py")
        (tmp_path / name).write_text(program)
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        variables = {
            "PATH": os.environ["PATH"],
            "SAGEMAKER_BIND_TO_PORT": str(port),
            "SAGEMAKER_SUBMIT_DIRECTORY": str(tmp_path),
            **environment,
        }
        process = subprocess.Popen(
            [sys.executable, str(SERVER)],
            env=variables, cwd="/", text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        served = Served(process, port)
        running.append(served)
        deadline = time.monotonic() + WAIT_SECONDS
        while process.poll() is None and time.monotonic() < deadline:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.02)
        return served

    yield start
    for served in running:
        served.connection.close()
        served.process.kill()
        served.process.wait()
        if served.process.stdout:
            served.process.stdout.close()


FOUR = """
def model_fn(model_dir): return {"dir": model_dir}
def input_fn(body, content_type): return [type(body).__name__, content_type]
def predict_fn(data, model): return data + [model["dir"]]
def output_fn(prediction, accept): return "|".join(prediction + [accept])
"""


@pytest.mark.parametrize(
    ("content_type", "kind"),
    [("text/csv", "str"), ("application/json; charset=utf-8", "str"), ("image/png", "bytes")],
)
def test_four_handlers_pass_on_what_they_return(serve: Serve, content_type: str, kind: str) -> None:
    """CSV and JSON arrive as text, everything else as bytes; the accept type becomes the content type."""
    status, answer_type, body = serve(FOUR).ask(b"1", content_type, Accept="text/csv")
    assert (status, answer_type) == (200, "text/csv")
    assert body.decode() == f"{kind}|{content_type}|/opt/ml/model|text/csv"


def test_transform_fn_alone_does_everything(serve: Serve) -> None:
    """Bytes and a content type of its own go out as they are."""
    served = serve(
        "def model_fn(model_dir): return 2\n"
        "def transform_fn(model, body, content_type, accept): return body.encode() * model, 'x/y'\n"
    )
    assert served.ask(b"ab") == (200, "x/y", b"abab")


def test_handlers_may_take_a_context(serve: Serve) -> None:
    """The model's folder and the request's headers are in it, and it sets the type of the answer."""
    served = serve(
        "def model_fn(model_dir, context): return context.system_properties['model_dir']\n"
        "def transform_fn(model, body, content_type, accept, context):\n"
        "    context.set_response_content_type(0, 'a/b')\n"
        "    return model + context.get_request_header(0, 'X-Extra')\n"
    )
    assert served.ask(b"", **{"X-Extra": "!"}) == (200, "a/b", b"/opt/ml/model!")


DOUBLE = """
class Model:
    def predict(self, data): return data * 2
def model_fn(model_dir): return Model()
"""


def test_defaults_know_csv_json_and_npy(serve: Serve) -> None:
    """Numbers go in as arrays; CSV answers end in a newline; JSON is answered if nothing is asked for."""
    served = serve(DOUBLE)
    assert served.ask(b"1,2\n3,x\n", Accept="text/csv") == (200, "text/csv", b"2.0,4.0\n6.0,nan\n")
    assert served.ask(b"1\n2\n", Accept="*/*") == (200, "application/json", b"[2.0, 4.0]")
    assert served.ask(b"[[1, 2]]", "application/json", Accept="text/csv")[2] == b"2,4\n"
    array = io.BytesIO()
    np.save(array, np.array([1, 2]))
    status, _, body = served.ask(array.getvalue(), "application/x-npy", Accept="application/x-npy")
    assert status == 200
    assert np.load(io.BytesIO(body)).tolist() == [2, 4]


def test_the_environment_names_program_and_default_accept(serve: Serve) -> None:
    """As a model's Environment does."""
    served = serve(DOUBLE, SAGEMAKER_PROGRAM="other.py", SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT="text/csv")
    assert served.ask(b"1,2\n") == (200, "text/csv", b"2.0\n4.0\n")


def test_chunked_bodies_are_read(serve: Serve) -> None:
    """A payload without bounds comes in chunks."""
    served = serve(FOUR.replace("[type(body).__name__, content_type]", "[body]"))
    served.connection.request(
        "POST", "/invocations", iter([b"ab", b"cd"]), {"Content-Type": "text/csv"}, encode_chunked=True
    )
    assert served.connection.getresponse().read().startswith(b"abcd|")
    assert served.get("/ping") == 200


@pytest.mark.parametrize(
    ("content_type", "accept"),
    [("image/png", "text/csv"), ("text/csv", "image/png")],
    ids=["input", "output"],
)
def test_types_without_handler_are_answered_415(serve: Serve, content_type: str, accept: str) -> None:
    """And the text names the type."""
    status, _, body = serve(DOUBLE).ask(b"1", content_type, Accept=accept)
    assert status == 415
    assert b"image/png" in body


@pytest.mark.parametrize(
    "line", ["raise KeyError('gone')", "return 5", "return None"], ids=["raise", "number", "nothing"]
)
def test_errors_are_answered_500_and_logged(serve: Serve, line: str) -> None:
    """The traceback is in the log, and the server goes on."""
    program = f"def model_fn(d): return 1\ndef transform_fn(model, body, kind, accept):\n    {line}\n"
    served = serve(program)
    assert served.ask(b"1")[0] == 500
    assert served.ask(b"1")[0] == 500
    assert "Traceback" in served.log()


@pytest.mark.parametrize(
    ("program", "text"),
    [
        ("def input_fn(body, kind): pass", "model_fn"),
        (FOUR + "def transform_fn(m, b, c, a): pass", "transform_fn stands for"),
        ("def model_fn(d): raise ValueError('no weights')", "no weights"),
        ("syntax error", "SyntaxError"),
    ],
    ids=["no model_fn", "both kinds", "model_fn fails", "syntax"],
)
def test_a_server_that_cannot_serve_ends_and_says_why(serve: Serve, program: str, text: str) -> None:
    """Nobody waits for a ping that never comes."""
    served = serve(program)
    assert served.process.wait(WAIT_SECONDS) != 0
    assert text in served.log()


def test_a_missing_program_is_named(serve: Serve) -> None:
    """With the path where it was looked for."""
    served = serve("", SAGEMAKER_PROGRAM="there.py", SAGEMAKER_SUBMIT_DIRECTORY="/nowhere")
    assert served.process.wait(WAIT_SECONDS) != 0
    assert "/nowhere/there.py" in served.log()


def test_an_old_python_understands_the_server() -> None:
    """The job's Python may be as old as 3.8."""
    ast.parse(SERVER.read_text(), feature_version=(3, 8))


def test_other_paths_are_not_found(serve: Serve) -> None:
    """Execution parameters are optional; these images have none."""
    served = serve(DOUBLE)
    assert served.get("/execution-parameters") == 404
    assert served.get("/ping") == 200
    served.connection.request("POST", "/elsewhere", b"{}")
    assert served.connection.getresponse().status == 404
