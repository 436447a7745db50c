"""The DAGs of the repository, planned as a pull request's check would: no network, no database, a secured environment."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

REPOSITORY = Path(__file__).parents[2]
PLAN = """
import socket, sys

def refuse(*arguments, **keywords):
    raise OSError("a plan used the network")

socket.socket.connect = socket.getaddrinfo = refuse
from airflow_mlmax.cli import main
sys.exit(main(sys.argv[1:]))
"""
SECURED = {"CreateProcessingJob", "CreateHyperParameterTuningJob", "CreateTransformJob", "CreateModel"}


def planned(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """`mlmax plan` in a fresh process with an Airflow that has no database."""
    environment = {**os.environ, "AIRFLOW_HOME": str(home)}
    command = [sys.executable, "-c", PLAN, "plan", "--dags", str(REPOSITORY / "dags"), *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=300)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("airflow")


@pytest.fixture(scope="module")
def prod(home: Path) -> dict[str, Any]:
    done = planned(home, "flights", "--env", "prod", "--json")
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_production_has_no_fault(prod: dict[str, Any], home: Path) -> None:
    """All requests of all DAGs of a model, none of which asked the network or made a database."""
    assert prod["faults"] == []
    assert [dag["dag_id"] for dag in prod["dags"]] == [
        f"flights_{page.stem}" for page in sorted(REPOSITORY.glob("dags/*.py")) if page.stem != "broken_specs"
    ]
    assert not (home / "airflow.db").exists()


def test_every_job_of_production_is_secured(prod: dict[str, Any]) -> None:
    """Keys and network are in each request, where that request has a place for them."""
    texts = {
        f"{dag['dag_id']}.{task['task_id']}": json.dumps(request["request"])
        for dag in prod["dags"]
        for task in dag["tasks"]
        for request in task["requests"]
        if request["operation"] in SECURED
    }
    assert len(texts) > 5
    for name, text in texts.items():
        assert "arn:aws:kms:" in text or "ModelDataUrl" in text, name
        assert "subnet-0123456789abcdef0" in text or "TransformResources" in text, name


def test_the_documented_policy_allows_what_is_planned(prod: dict[str, Any]) -> None:
    """Every action that the plan names is one of the role in the deployment guide."""
    text = (REPOSITORY / "docs/how-to/deploy.md").read_text()
    (policy,) = re.findall(r"^```json\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    allowed = {
        action
        for statement in json.loads(policy)["Statement"]
        for action in ([statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"])
    }
    assert set(prod["actions"]) <= allowed


def test_the_text_is_for_people(home: Path) -> None:
    """One DAG; every request as YAML, prices, actions and a last line that sums up; nothing of Airflow's log."""
    done = planned(home, "flights_inference", "--env", "staging")
    assert done.returncode == 0, done.stderr
    shown = done.stdout.splitlines()
    assert shown[0] == "flights_inference  dags/inference.py"
    assert "    CreateTransformJob" in shown
    assert "  sagemaker:CreateTransformJob" in shown
    assert re.fullmatch(r"staging: 1 DAG, \d+ requests, 0 faults", shown[-1])
    assert "a run costs at most" in done.stdout


def test_an_unknown_environment_fails(home: Path) -> None:
    """Status 1; every DAG file is at fault, for it cannot read its settings."""
    done = planned(home, "--env", "production")
    assert done.returncode == 1
    assert len(re.findall(r"^fault  dags/\w+\.py: ", done.stdout, re.MULTILINE)) >= 3
    assert "production.yaml" in done.stdout


def test_an_unknown_dag_is_one_line(home: Path) -> None:
    """With those that there are."""
    done = planned(home, "flight_training", "--env", "prod")
    assert done.returncode == 1
    assert re.fullmatch(
        r"mlmax: .* has no DAG flight_training; there are: .*flights_training.*\n", done.stderr
    )
