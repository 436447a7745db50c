"""The stack: PostgreSQL, the local runtime and Airflow's four components, started and ended as one."""

import fcntl
import importlib.metadata
import json
import subprocess
import sys
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Self, TextIO

import httpx

from airflow_mlmax.stack.client import AirflowClient
from airflow_mlmax.stack.database import USER as DATABASE_USER
from airflow_mlmax.stack.database import Database
from airflow_mlmax.stack.environment import (
    HOST,
    POOL,
    RECORDS,
    SLOTS,
    USER,
    Layout,
    airflow_environment,
    base_environment,
    free_port,
    generated_secrets,
    records_connection,
)
from airflow_mlmax.stack.errors import StackError
from airflow_mlmax.stack.processes import Component, Register, end, last_lines, wait_until

AIRFLOW_COMPONENTS = {
    "api-server": ("api-server",),
    "scheduler": ("scheduler", "--skip-serve-logs"),
    "dag-processor": ("dag-processor",),
    # Logs lie on the disk that the API server reads: no log server listens anywhere.
    "triggerer": ("triggerer", "--skip-serve-logs"),
}
# Tasks go first, while what they need to stop their jobs still answers.
_ENDING = (("scheduler",), ("dag-processor", "triggerer"), ("api-server", "local-runtime"))
_HEALTH = {"scheduler": "scheduler", "dag-processor": "dag_processor", "triggerer": "triggerer"}


class Stack:
    """A real Airflow with a real database, and the local runtime as its AWS; a context manager.

    state: the folder that keeps everything; started again on it, the stack has its runs, jobs and objects back.
    dags: Airflow's DAG folder.
    port, runtime_port: the preferred ports on 127.0.0.1; another free one is taken when they are in use.
    overrides: further environment variables for Airflow's processes.
    progress: called with a line of text at each step.
    """

    def __init__(
        self,
        state: Path,
        dags: Path,
        *,
        port: int = 0,
        runtime_port: int = 0,
        overrides: Mapping[str, str] | None = None,
        progress: Callable[[str], None] = lambda _line: None,
        start_timeout: float = 240.0,
    ) -> None:
        self.layout = Layout(state.resolve())
        self.dags = dags.resolve()
        self._ports = (port, runtime_port)
        self._overrides = dict(overrides or {})
        self._progress = progress
        self._start_timeout = start_timeout
        self._database = Database(self.layout.database, self.layout.logs / "postgres.log")
        self._register = Register(self.layout.register)
        self._lock: TextIO | None = None
        self.components: dict[str, Component] = {}
        self._client: AirflowClient | None = None

    @property
    def url(self) -> str:
        """Address of Airflow's UI and API."""
        return f"http://{HOST}:{self._ports[0]}"

    @property
    def endpoint(self) -> str:
        """Address of the local runtime."""
        return f"http://{HOST}:{self._ports[1]}"

    @property
    def client(self) -> AirflowClient:
        """Airflow's REST API; raises `StackError` before the start."""
        if self._client is None:
            raise StackError("the stack was not started")
        return self._client

    @property
    def user(self) -> str:
        return USER

    @property
    def password(self) -> str:
        return generated_secrets(self.layout)["password"]

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def start(self) -> None:
        """Starts everything and returns when all parts report healthy."""
        self.layout.airflow.mkdir(parents=True, exist_ok=True)
        self._take_lock()
        self._register.end_leftovers()
        self._ports = (free_port(self._ports[0]), free_port(self._ports[1]))
        self._progress("starting PostgreSQL and the local SageMaker and S3")
        self._database.start()
        self._start_runtime()
        self._database.wait_until_ready()
        self._database.ensure(RECORDS)
        variables = self._airflow_variables()
        self._migrate(variables)
        self._progress("starting Airflow: API server, scheduler, DAG processor, triggerer")
        for name, arguments in AIRFLOW_COMPONENTS.items():
            self._start_component(name, ["-m", "airflow", *arguments], variables)
        self._client = AirflowClient(self.url, self.password)
        self._wait_until_healthy()
        self._client.ensure_pool(POOL, SLOTS)
        addresses = {"airflow": self.url, "runtime": self.endpoint, "records": self._records}
        self.layout.addresses.write_text(json.dumps(addresses))

    def close(self) -> None:
        """Ends every process of the stack, the database last; safe to call twice."""
        if self._lock:
            self.layout.addresses.unlink(missing_ok=True)
        if self._client:
            self._client.close()
        for names in _ENDING:
            parts = [self.components[name] for name in names if name in self.components]
            end([process for component in parts for process in component.family()], grace=6)
            for component in parts:
                component.wait()
        self.components.clear()
        self._database.close()
        self._register.clear()
        if self._lock:
            self._lock.close()
            self._lock = None

    def restart(self, name: str) -> None:
        """Starts a component again that was killed."""
        component = self.components[name]
        component.wait()
        component.start()
        self._note()

    def check(self) -> None:
        """Raises `StackError` with the end of its log when a component has died."""
        for component in self.components.values():
            if not component.alive:
                raise StackError(component.obituary())

    def _note(self) -> None:
        """Keeps on disk what runs, for the next start after a crash of this one."""
        database = self._database.component
        self._register.write([*([database] if database else []), *self.components.values()])

    def _take_lock(self) -> None:
        self._lock = self.layout.lock.open("w")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._lock.close()
            self._lock = None
            raise StackError(f"another stack is running on {self.layout.root}; end it first") from None

    def _start_runtime(self) -> None:
        command = ["-m", "airflow_mlmax.local", "--host", HOST, "--port", str(self._ports[1])]
        folder = ["--data-dir", str(self.layout.runtime)]
        self._start_component("local-runtime", [*command, *folder], base_environment())

    def _start_component(self, name: str, arguments: list[str], variables: Mapping[str, str]) -> None:
        log = self.layout.logs / f"{name}.log"
        component = Component(name, [sys.executable, *arguments], variables, log)
        self.components[name] = component
        component.start()
        self._note()

    def _airflow_variables(self) -> dict[str, str]:
        return airflow_environment(
            self.layout,
            dags=self.dags,
            database=self._database.url,
            records=self._records,
            endpoint=self.endpoint,
            port=self._ports[0],
            overrides=self._overrides,
        )

    @property
    def _records(self) -> str:
        return records_connection(self._database.sockets, DATABASE_USER)

    def _migrate(self, variables: Mapping[str, str]) -> None:
        version = importlib.metadata.version("apache-airflow-core")
        mark = self.layout.migrated
        if mark.is_file() and mark.read_text() == version:
            return
        self._progress(f"making the tables of Airflow {version}")
        log = self.layout.logs / "migrate.log"
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("ab") as output:
            command = [sys.executable, "-m", "airflow", "db", "migrate"]
            done = subprocess.run(command, env=dict(variables), stdout=output, stderr=output, check=False)  # noqa: S603  no shell
        if done.returncode:
            raise StackError(f"airflow db migrate failed; see {log}:\n{last_lines(log, 15)}")
        mark.write_text(version)

    def _wait_until_healthy(self) -> None:
        self._wait("the local runtime", self._runtime_healthy)
        for name, member in _HEALTH.items():
            self._wait(name, partial(self.client.healthy, member))

    def _wait(self, what: str, ready: Callable[[], bool]) -> None:
        def probe() -> bool:
            self.check()
            return ready()

        wait_until(probe, f"{what} healthy (see {self.layout.logs})", self._start_timeout)

    def _runtime_healthy(self) -> bool:
        try:
            return httpx.get(f"{self.endpoint}/_mlmax/health", trust_env=False).is_success
        except httpx.HTTPError:
            return False
