"""A real Airflow beside the real runtime, each in processes of their own: one for all tests of a session."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
import httpx
import psutil

from airflow_mlmax.stack.environment import CREDENTIALS, REGION, USER
from airflow_mlmax.stack.processes import wait_until
from airflow_mlmax.stack.stack import Stack

DAGS = Path(__file__).parent / "e2e" / "dags"
OUTSIDER = "outsider"
SETTINGS = {
    # A dead worker or triggerer is noticed within seconds instead of minutes.
    "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "10",
    "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT_DETECTION_INTERVAL": "2",
    "AIRFLOW__WORKERS__MIN_HEARTBEAT_INTERVAL": "1",
    "AIRFLOW__TRIGGERER__TRIGGERER_HEALTH_CHECK_THRESHOLD": "6",
    "AIRFLOW__TRIGGERER__JOB_HEARTBEAT_SEC": "1",
    # The second may sign in and has no role.
    "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": f"{USER}:admin,{OUTSIDER}:",
}


class Site:
    """The stack with what a test asks of it."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.airflow = stack.client
        self.sagemaker: Any = boto3.client(
            "sagemaker", endpoint_url=stack.endpoint, region_name=REGION, **CREDENTIALS
        )
        self._control = httpx.Client(base_url=f"{stack.endpoint}/_mlmax", trust_env=False)

    def password_of(self, user: str) -> str:
        """What Airflow made up for a user."""
        password: str = json.loads(self.stack.layout.passwords.read_text())[user]
        return password

    def reset(self) -> None:
        """No fault is set and the call log is empty."""
        self._control.delete("/faults").raise_for_status()
        self._control.delete("/calls").raise_for_status()

    def hold(self) -> None:
        """Keeps the next job InProgress until `release`."""
        self._control.post("/faults", json={"kind": "hold"}).raise_for_status()

    def release(self) -> None:
        self._control.post("/faults", json={"kind": "release"}).raise_for_status()

    def trigger_runs(self, dag_id: str, run_id: str) -> bool:
        """Whether the triggerer has begun to wait for the deferred task's job."""
        lines = self.airflow.log(dag_id, run_id, "job", 1)
        return any(line.startswith("trigger ") and line.endswith(" starting") for line in lines)

    def created(self) -> list[str]:
        """The names of the jobs that were created since the last reset."""
        calls = self._control.get("/calls", params={"operation": "CreateProcessingJob"}).json()
        return [call["name"] for call in calls if call["status"] == httpx.codes.OK]

    def held_job(self) -> str:
        """The name of the job that `hold` has caught."""

        def caught() -> bool:
            faults = self._control.get("/faults").json()
            return bool(self.created()) and any(fault["hits"] for fault in faults if fault["kind"] == "hold")

        wait_until(caught, "a held job", timeout=60)
        [name] = self.created()
        return name

    def job_status(self, name: str) -> str:
        status: str = self.sagemaker.describe_processing_job(ProcessingJobName=name)["ProcessingJobStatus"]
        return status

    def start(self, dag_id: str) -> str:
        self.airflow.unpause(dag_id)
        return self.airflow.trigger(dag_id)

    def wait_for_task(self, dag_id: str, run_id: str, *states: str, timeout: float = 90) -> dict[str, Any]:
        """Waits until the run's only task is in one of the states and gives the task instance."""
        wait_until(
            lambda: self.airflow.task(dag_id, run_id, "job")["state"] in states,
            f"{dag_id} in state {' or '.join(states)}",
            timeout,
        )
        return self.airflow.task(dag_id, run_id, "job")

    def finish(self, dag_id: str, run_id: str) -> None:
        """Waits for the end of the run and asserts that it succeeded."""
        wait_until(
            lambda: self.airflow.run(dag_id, run_id)["state"] in {"success", "failed"},
            f"{dag_id} over",
            timeout=120,
        )
        log = "\n".join(
            self.airflow.log(dag_id, run_id, "job", self.airflow.task(dag_id, run_id, "job")["try_number"])
        )
        assert self.airflow.run(dag_id, run_id)["state"] == "success", log


@contextmanager
def started_site(state: Path) -> Iterator[Site]:
    """Starts the stack on a folder, and checks that its end leaves no process behind."""
    with Stack(state, DAGS, overrides=SETTINGS) as stack:
        for dag_id in ("waiting", "deferred", "daily", "failing"):
            wait_until(lambda dag_id=dag_id: stack.client.has_dag(dag_id), f"the DAG {dag_id}", timeout=60)
        processes = [process for component in stack.components.values() for process in component.family()]
        yield Site(stack)
    left = [
        process for process in processes if process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    ]
    assert not left, "the stack left processes behind"
