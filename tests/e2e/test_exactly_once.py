"""Losing a worker or a triggerer in the middle of a job neither loses nor repeats it."""

import os
import signal
from typing import Any

import psutil
import pytest

from airflow_mlmax.stack.processes import wait_until

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("dag_id", ["waiting", "deferred"])
def test_a_task_runs_one_job(site: Any, dag_id: str) -> None:
    """A plain run creates one job and hands its results on."""
    run_id = site.start(dag_id)
    site.finish(dag_id, run_id)
    [name] = site.created()
    assert site.airflow.xcom(dag_id, run_id, "job", "job_name") == name
    assert "the job has run" in "\n".join(site.airflow.log(dag_id, run_id, "job", 1))


@pytest.mark.parametrize("whole_worker", [False, True], ids=["task process", "worker with its task"])
def test_a_killed_worker_costs_no_second_job(site: Any, whole_worker: bool) -> None:
    """After kill -9 in the middle of a job the next try attaches to that job and succeeds with its result."""
    site.hold()
    run_id = site.start("waiting")
    name = site.held_job()
    task = psutil.Process(site.wait_for_task("waiting", run_id, "running")["pid"])
    victims = [task.parent(), task] if whole_worker else [task]
    for process in victims:
        os.kill(process.pid, signal.SIGKILL)
    wait_until(lambda: second_try_runs(site, run_id), "a second try", timeout=90)
    assert site.job_status(name) == "InProgress"
    site.release()
    site.finish("waiting", run_id)
    assert site.created() == [name]
    assert site.airflow.xcom("waiting", run_id, "job", "job_name") == name


@pytest.mark.parametrize("component", ["triggerer", "scheduler"])
def test_a_killed_component_costs_no_second_job(site: Any, component: str) -> None:
    """After kill -9 and a restart the deferred task goes on waiting for the same job."""
    site.hold()
    run_id = site.start("deferred")
    name = site.held_job()
    site.wait_for_task("deferred", run_id, "deferred")
    for process in site.stack.components[component].family():
        os.kill(process.pid, signal.SIGKILL)
    site.stack.restart(component)
    assert site.job_status(name) == "InProgress"
    site.release()
    site.finish("deferred", run_id)
    assert site.created() == [name]


def second_try_runs(site: Any, run_id: str) -> bool:
    task = site.airflow.task("waiting", run_id, "job")
    return bool(task["try_number"] == 2 and task["state"] == "running")
