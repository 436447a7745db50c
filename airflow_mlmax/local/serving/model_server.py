"""The container of a model on one host: what it gets, what it runs, and how long it takes to answer."""

import os
import socket
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

from airflow_mlmax.local.container import archives, boot, contract, requirements, transfer
from airflow_mlmax.local.container.transfer import Item, Location
from airflow_mlmax.local.jobs.hosts import Host
from airflow_mlmax.local.jobs.job import Job, JobError
from airflow_mlmax.local.serving.invocations import Client

_SHIM = Path(boot.__file__).parent / "serving.py"
_SUBMIT_DIRECTORY = "SAGEMAKER_SUBMIT_DIRECTORY"

_START_SECONDS = 480.0
"""How long a server may take to answer `/ping`; AWS gives an endpoint's container 8 minutes."""

_FIRST_LOOK, _LAST_LOOK = 0.01, 0.25
"""Seconds between two pings at the beginning and in the long run."""


@dataclass(frozen=True)
class Container:
    """Image, model archive and environment of a model."""

    image: str
    archive: str | None
    environment: Mapping[str, str]

    @classmethod
    def of(cls, container: Mapping[str, Any]) -> "Container":
        """As a model's `PrimaryContainer` describes it."""
        return cls(container["Image"], container.get("ModelDataUrl"), container.get("Environment", {}))

    def unpack(self, job: Job, host: Host) -> "Container":
        """Put the archive into the host's /opt/ml/model and code that lies apart from it into /opt/ml/code."""
        (host.ml / "model").mkdir(parents=True, exist_ok=True)
        if self.archive:
            _fetch(job, host, self.archive, host.ml / "model")
        source = self.environment.get(_SUBMIT_DIRECTORY, "")
        if not source.startswith("s3://"):
            return self
        _fetch(job, host, source, host.ml / "code")
        return replace(self, environment={**self.environment, _SUBMIT_DIRECTORY: "/opt/ml/code"})

    def code(self, host: Host) -> Path:
        """The folder with the functions for the framework images' server, if the unpacked model has them."""
        return contract.place(host.ml, self.environment.get(_SUBMIT_DIRECTORY) or "/opt/ml/model/code")

    def has_handlers(self, host: Host) -> bool:
        return (self.code(host) / (self.environment.get("SAGEMAKER_PROGRAM") or "inference.py")).is_file()


def _fetch(job: Job, host: Host, uri: str, target: Path) -> None:
    location = Location.parse(uri)
    archive = host.folder / f"{target.name}.tar.gz"
    item = Item(location.bucket, location.key, archive.name)
    transfer.download(job.site.objects, [item], archive.parent)
    archives.unpack(archive, target)
    archive.unlink()


class ModelServer:
    """A running model server, as a context manager; inside the block it answers.

    The image's own `serve` is what the table of interpreters names. Without one, a model with handlers is served as
    the framework images do it; any other container cannot be served here, because its program is in the image.
    """

    def __init__(self, job: Job, host: Host, container: Container, variables: Mapping[str, str]) -> None:
        """`variables` come before those of the model. Raises JobError if there is nothing that could serve."""
        self.client = Client(_free_port())
        self._job = job
        self._host = host
        self._interpreter = job.interpreter(container.image)
        self._container = container.unpack(job, host)
        self._packages = host.folder / "packages"
        self._end: int | None = None
        self._environment = contract.environment(
            job, self._interpreter, variables, self._container.environment, job.request.get("Environment", {}),
            {"SAGEMAKER_BIND_TO_PORT": str(self.client.port)},
        )  # fmt: skip

    def __enter__(self) -> Self:
        """Raises JobError if the server ends or stays silent."""
        self._process = self._job.start_process(
            self._command(), environment=self._environment, folder=self._host.ml, host=self._host.name
        )
        self._watch = threading.Thread(target=self._wait, name="model server", daemon=True)
        self._watch.start()
        try:
            self._wait_until_ready()
        except BaseException:
            self.__exit__()
            raise
        return self

    def _command(self) -> list[str]:
        """What to start; the requirements of handlers are installed first."""
        if self._interpreter.serve:
            return self._interpreter.command(self._interpreter.serve)
        if not self._container.has_handlers(self._host):
            raise JobError(
                f"ClientError: what image {self._container.image} runs for `serve` is not available locally: pack "
                f"code/inference.py into the model archive or give `serve` in {self._job.site.interpreters.source}"
            )
        if requirements.are_in(code := self._container.code(self._host)):
            self._install(code)
        return [self._interpreter.python, str(_SHIM)]

    def _install(self, code: Path) -> None:
        if requirements.install(
            self._job, self._host, self._interpreter, code, self._packages, self._environment
        ):
            raise JobError(
                "AlgorithmError: the model's requirements.txt could not be installed; see job logs"
            )
        path = [str(self._packages), self._environment.get("PYTHONPATH", "")]
        self._environment["PYTHONPATH"] = os.pathsep.join(filter(None, path))

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._watch.join()

    def _wait(self) -> None:
        self._end = self._job.wait(self._process)
        self.client.ended.set()

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + _START_SECONDS
        pause = _FIRST_LOOK
        while not self.client.is_ready():
            if self.client.ended.wait(pause):
                raise JobError(
                    f"AlgorithmError: the model server ended with code {self._end} before it answered /ping; "
                    "see job logs"
                )
            if time.monotonic() > deadline:
                raise JobError(f"AlgorithmError: no answer to /ping within {_START_SECONDS:.0f} seconds")
            pause = min(pause * 2, _LAST_LOOK)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])
