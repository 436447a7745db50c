"""An Airflow of its own for `dag.test()`, and a landing zone with a thin slice of the real year."""

import json
import os
import runpy
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

DAGS = Path(__file__).parents[2] / "dags"
BUCKET = "mlmax-local"
EVERY = 8
LONGEST = 500
FIRST, LAST = date(2013, 4, 29), date(2013, 7, 4)
RESULT = "\nRESULT "
SOON = {
    "drift": {"in_a_row": 2, "min_new_rows": 300, "cool_down_days": 2},
    "new_data": {"min_new_rows": 100000},
}


@dataclass(frozen=True)
class Run:
    """How a DAG run ended, what it logged, and the asset events that it sent."""

    state: str
    run_id: str
    tasks: dict[str, str]
    events: list[dict[str, Any]]
    log: str


RunDags = Callable[..., list[Run]]


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
def dags(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The DAG folder, with three more files: inference by a Processing job, and a model that is soon trained again."""
    folder = tmp_path_factory.mktemp("dags")
    for path in DAGS.iterdir():
        if path.name not in {"__pycache__", ".airflowignore"}:
            (folder / path.name).symlink_to(path)
    (folder / ".airflowignore").write_text((DAGS / ".airflowignore").read_text() + "processing/\nothers/\n")
    write_spec(folder / "processing/flights", inference={"variant": "processing"})
    write_page(folder, "processing", "inference")
    write_spec(folder / "others/soon", retraining={"causes": SOON})
    for page in ("retraining", "training"):
        write_page(folder, "others", page)
    return folder


def write_spec(folder: Path, **changes: dict[str, Any]) -> None:
    """A model like the flights, with some values of its spec changed."""
    shutil.copytree(DAGS / "models/flights", folder, ignore=shutil.ignore_patterns("__pycache__"))
    spec = yaml.safe_load((folder / "model.yaml").read_text())
    changed = {section: {**spec[section], **values} for section, values in changes.items()}
    (folder / "model.yaml").write_text(yaml.safe_dump({**spec, **changed}))


def write_page(folder: Path, models: str, page: str) -> None:
    """A DAG file `<models>_<page>.py` like a page, of the models in another folder."""
    text = (DAGS / f"{page}.py").read_text().replace('FOLDER / "models"', f'FOLDER / "{models}"')
    (folder / f"{models}_{page}.py").write_text(text.replace('dag_id("inference")', 'dag_id("processing")'))


@pytest.fixture(scope="session")
def run_dags(airflow_environment: dict[str, str], dags: Path, endpoint: Any) -> RunDags:
    """Runs DAG files one after the other in one fresh process: `run_dags({"file": ..., "conf": ..., "logical_date": ...})`.

    variables: further environment variables.
    """

    def run(*asked: dict[str, Any], variables: dict[str, str] | None = None) -> list[Run]:
        environment = {
            **airflow_environment,
            "AIRFLOW__CORE__DAGS_FOLDER": str(dags),
            "AIRFLOW_CONN_AWS_DEFAULT": endpoint.connection(),
            **(variables or {}),
        }
        runs = [{**each, "file": str(dags / each["file"])} for each in asked]
        script = Path(__file__).with_name("run_dag.py")
        done = subprocess.run(
            [sys.executable, str(script), json.dumps(runs)],
            env=environment,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
            timeout=LONGEST,
        )
        assert done.returncode == 0, done.stdout[-5000:]
        log, *parts = done.stdout.split(RESULT)
        found = []
        for part in parts:
            result, _, rest = part.partition("\n")
            found.append(Run(**json.loads(result), log=log))
            log = rest
        return found

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
