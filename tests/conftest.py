"""A real local runtime per test process, boto3 clients against it, and an Airflow home of the test run's own."""

import atexit
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import boto3
import pytest
from botocore.config import Config

if TYPE_CHECKING:
    from airflow_mlmax.local.server import LocalRuntime

# Airflow reads these when it is first imported, so they stand before any test module.
if "PYTEST_XDIST_WORKER" in os.environ:
    # A folder of its own, below the one that the first process has made and removes.
    os.environ["AIRFLOW_HOME"] += f"/{os.environ['PYTEST_XDIST_WORKER']}"
elif "AIRFLOW_HOME" not in os.environ:
    os.environ["AIRFLOW_HOME"] = tempfile.mkdtemp(prefix="mlmax-airflow-home-")
    atexit.register(shutil.rmtree, os.environ["AIRFLOW_HOME"], ignore_errors=True)
os.environ.setdefault("AIRFLOW__CORE__LOAD_EXAMPLES", "False")
os.environ.setdefault("AIRFLOW__CORE__UNIT_TEST_MODE", "False")
os.environ["AWS_EC2_METADATA_DISABLED"] = "true"
# Without bytecode every process that a test starts compiles Airflow anew.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

DEMO = "tests/e2e/test_demo.py"
MATRIX = "tests/packaging/test_matrix.py"
ON_THE_STACK = "tests/e2e/"
LONGEST_FIRST = (
    DEMO,
    MATRIX,
    ON_THE_STACK,
    "tests/dags/test_flights.py",
    "tests/packaging/",
    "tests/dags/",
    "tests/faults/",
)
"""Beginnings of paths: begun late, these would keep one process busy while the others have nothing left to do."""

CREDENTIALS = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
ROLE_ARN = "arn:aws:iam::123456789012:role/mlmax-local"


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Gives each process whole modules, so that they set their things up once; those that share an Airflow count as one, and
    each version of Airflow by itself.

    xdist's own groups are names that it appends to the tests', which pytest 9.2 does not let it do.
    """
    from xdist.scheduler import LoadScopeScheduling

    class Modules(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            module, _, _ = nodeid.partition("::")
            if module == MATRIX:
                return nodeid
            return "a whole Airflow" if module.startswith(ON_THE_STACK) and module != DEMO else module

    config.option.loadscopereorder = False  # the order is that of the collection
    return Modules(config, log)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Puts the longest first where several processes share the tests."""
    if hasattr(config, "workerinput"):
        items.sort(key=_place)


def _place(item: pytest.Item) -> int:
    places = (number for number, start in enumerate(LONGEST_FIRST) if item.nodeid.startswith(start))
    return next(places, len(LONGEST_FIRST))


@dataclass(frozen=True)
class Endpoint:
    """The running runtime as a test sees it."""

    server: "LocalRuntime"

    @property
    def url(self) -> str:
        return self.server.url

    def client(self, service: str, region: str = "us-east-1") -> Any:
        return _client(self.url, service, region)

    def connection(self, region: str = "us-east-1") -> str:
        """The Airflow connection that leads to this runtime, as JSON for an `AIRFLOW_CONN_...` variable."""
        return json.dumps(
            {
                "conn_type": "aws",
                "login": CREDENTIALS["aws_access_key_id"],
                "password": CREDENTIALS["aws_secret_access_key"],
                "extra": {"endpoint_url": self.url, "region_name": region},
            }
        )


@cache
def _client(url: str, service: str, region: str) -> Any:
    config = Config(retries={"mode": "standard", "total_max_attempts": 1}, s3={"addressing_style": "path"})
    return boto3.client(service, region_name=region, endpoint_url=url, config=config, **CREDENTIALS)


@pytest.fixture(scope="session")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoint]:
    from airflow_mlmax.local.server import LocalRuntime

    with LocalRuntime(Path(tmp_path_factory.mktemp("runtime")), workers=2, stop_grace=2.0) as server:
        yield Endpoint(server)


@pytest.fixture
def runtime(endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch) -> Iterator[Endpoint]:
    """The runtime with no fault set and an empty call log, and `aws_default` leading to it."""
    endpoint.server.faults.clear()
    endpoint.server.calls.clear()
    monkeypatch.setenv("AIRFLOW_CONN_AWS_DEFAULT", endpoint.connection())
    yield endpoint
    endpoint.server.faults.clear()


@pytest.fixture
def schedules(runtime: Endpoint) -> Any:
    """Monitoring schedules over data of the test's own."""
    from schedules import Schedules

    return Schedules(runtime.server, runtime.client)


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A PostgreSQL server for the databases of single tests."""
    from airflow_mlmax.stack.database import Database

    folder = tmp_path_factory.mktemp("server")
    server = Database(folder / "postgres", folder / "postgres.log")
    try:
        server.start()
        server.wait_until_ready()
        yield server
    finally:
        server.close()


@pytest.fixture
def connection_json(postgres: Any) -> str:
    """The Airflow connection to an empty database of the test's own, as JSON."""
    from kept_runs import connection_text

    return connection_text(postgres, f"test_{uuid4().hex}")


@pytest.fixture
def connection(connection_json: str) -> Any:
    """The same as Airflow's object."""
    from airflow.providers.common.compat.sdk import Connection

    return Connection.from_json(connection_json, conn_id="mlmax_records")
