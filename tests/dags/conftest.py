"""An Airflow of its own for `dag.test()`, and a landing zone with a thin slice of the real year."""

import json
import os
import runpy
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest

DAGS = Path(__file__).parents[2] / "dags"
BUCKET = "mlmax-local"
EVERY = 8
LONGEST_RUN = 300
FIRST, LAST = date(2013, 4, 29), date(2013, 7, 4)


@dataclass(frozen=True)
class Run:
    """How a DAG run ended and what it logged."""

    state: str
    run_id: str
    tasks: dict[str, str]
    log: str


RunDag = Callable[..., Run]


@pytest.fixture(scope="session")
def airflow_environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Variables of a process with a migrated database."""
    environment = {
        **os.environ,
        "AIRFLOW_HOME": str(tmp_path_factory.mktemp("airflow")),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "MLMAX_ENVIRONMENT": "local",
    }
    command = [sys.executable, "-m", "airflow", "db", "migrate"]
    subprocess.run(command, env=environment, check=True, capture_output=True)
    return environment


@pytest.fixture(scope="session")
def run_dag(airflow_environment: dict[str, str], endpoint: Any) -> RunDag:
    """Runs a DAG file in a fresh process: `run_dag("training.py", conf={...}, logical_date=...)`."""

    def run(file: Path | str, conf: dict[str, Any] | None = None, logical_date: str = "none") -> Run:
        path = DAGS / file
        environment = {
            **airflow_environment,
            "AIRFLOW__CORE__DAGS_FOLDER": str(path.parent),
            "AIRFLOW_CONN_AWS_DEFAULT": endpoint.connection(),
        }
        script = Path(__file__).with_name("run_dag.py")
        command = [sys.executable, str(script), str(path), logical_date, json.dumps(conf or {})]
        done = subprocess.run(
            command,
            env=environment,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
            timeout=LONGEST_RUN,
        )
        assert done.returncode == 0, done.stdout[-5000:]
        return Run(**json.loads(done.stdout.splitlines()[-1]), log=done.stdout)

    return run


@pytest.fixture(scope="session")
def landing(endpoint: Any) -> str:
    """S3 URI of every eighth flight of the days that the DAGs read by default, with labels but for the last day."""
    seed = runpy.run_path(str(DAGS / "models/flights/seed.py"))
    known = seed["source"](FIRST, LAST)
    s3 = endpoint.client("s3")
    s3.create_bucket(Bucket=BUCKET)
    thinned = known._replace(flights=known.flights[::EVERY])
    seed["put"](s3, BUCKET, "landing", thinned, LAST)
    return f"s3://{BUCKET}/landing"
