"""A site to run faulty jobs on, and bad weather on the way to it."""

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import requests
from attempts import Job, Site
from families import seed

from airflow_mlmax.hooks import sagemaker as hook
from airflow_mlmax.triggers import poller


@pytest.fixture
def site(runtime: Any) -> Iterator[Site]:
    """The runtime, seeded, as the faults see it; whatever a test leaves running is stopped."""
    seed(runtime)
    runtime.server.calls.clear()
    site = Site(runtime)
    yield site
    runtime.server.faults.clear()
    site.stop_all()


@pytest.fixture
def job(site: Site) -> Callable[..., Job]:
    """Makes a task with a processing job: `job(deferrable=False, retries=0, ...)`."""
    return lambda **arguments: Job(site, **arguments)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten minutes of patience with the API become two seconds."""
    monkeypatch.setattr(hook, "ERROR_BUDGET", 2.0)
    monkeypatch.setattr(poller, "ERROR_BUDGET", 2.0)
    monkeypatch.setattr(hook, "_PAUSE", (0.05, 0.1))


class Weather:
    """A proxy before the runtime that answers some calls itself, as proxies and load balancers do."""

    def __init__(self, target: str) -> None:
        self.target = target
        self.storms: dict[str, list[bytes]] = {}
        weather = self

        class Answers(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                operation = self.headers.get("X-Amz-Target", "").rpartition(".")[2]
                storm = weather.storms.get(operation)
                status, answer = (
                    (200, storm.pop(0)) if storm else weather.forward(self.path, self.headers, body)
                )
                self.send_response(status)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *args: Any) -> None:
                """Says nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    def forward(self, path: str, headers: Any, body: bytes) -> tuple[int, bytes]:
        kept = {name: value for name, value in headers.items() if name not in {"Host", "Connection"}}
        answer = requests.post(self.target + path, data=body, headers=kept, timeout=30)
        return answer.status_code, answer.content


@pytest.fixture
def weather(site: Site, monkeypatch: pytest.MonkeyPatch) -> Iterator[Weather]:
    weather = Weather(site.runtime.url)
    connection = json.loads(site.runtime.connection())
    connection["extra"]["endpoint_url"] = weather.url
    monkeypatch.setenv("AIRFLOW_CONN_AWS_DEFAULT", json.dumps(connection))
    yield weather
    weather.server.shutdown()
    weather.server.server_close()
