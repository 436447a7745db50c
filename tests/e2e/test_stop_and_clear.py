"""What a person does in the UI reaches the jobs: mark failed, clear, backfill again."""

from datetime import UTC, datetime
from typing import Any

import pytest

from airflow_mlmax._compat import HAS_TRIGGER_ON_KILL
from airflow_mlmax.stack.processes import wait_until

pytestmark = pytest.mark.slow

FIRST, LAST = datetime(2013, 7, 1, tzinfo=UTC), datetime(2013, 7, 3, tzinfo=UTC)


@pytest.mark.parametrize(
    ("dag_id", "state"),
    [
        pytest.param("waiting", "running", id="waiting"),
        pytest.param(
            "deferred",
            "deferred",
            id="deferred",
            marks=pytest.mark.skipif(
                not HAS_TRIGGER_ON_KILL, reason="Airflow tells triggers of a kill from 3.3 on"
            ),
        ),
    ],
)
def test_marking_a_task_failed_stops_its_job(site: Any, dag_id: str, state: str) -> None:
    """Within a minute no paid job is left, and the task stays failed."""
    site.hold()
    run_id = site.start(dag_id)
    name = site.held_job()
    site.wait_for_task(dag_id, run_id, state)
    if state == "deferred":  # before its trigger runs, Airflow has nobody to tell
        wait_until(lambda: site.trigger_runs(dag_id, run_id), "the trigger", timeout=60)
    site.airflow.set_state(dag_id, run_id, "job", "failed")
    wait_until(lambda: site.job_status(name) == "Stopped", f"{name} stopped", timeout=60)
    assert site.airflow.task(dag_id, run_id, "job")["state"] == "failed"
    assert site.created() == [name]


def test_clearing_a_finished_task_runs_a_new_job(site: Any) -> None:
    """A clear asks for the work to be done again; the run keeps its id and the job gets a new name."""
    run_id = site.start("deferred")
    site.finish("deferred", run_id)
    site.airflow.clear("deferred", run_id, "job")
    wait_until(lambda: len(site.created()) > 1, "a second job", timeout=60)
    site.finish("deferred", run_id)
    first, second = site.created()
    assert first != second
    assert site.airflow.xcom("deferred", run_id, "job", "job_name") == second


def test_a_waiting_job_keeps_its_slot_of_the_pool(site: Any) -> None:
    """Else a backfill would start more jobs than there are slots, as each of them waits deferred."""
    assert site.airflow.call("GET", "/pools/sagemaker")["include_deferred"]


def test_a_backfill_can_be_run_again(site: Any) -> None:
    """One job for each day; the days again, which reuses their run ids, start none, unless they are to: then one for each."""
    site.airflow.unpause("daily")
    assert _backfill(site, "none") == 3
    assert _backfill(site, "completed") == 3
    assert _backfill(site, "completed", dag_run_conf={"new_jobs": True}) == 6
    assert len(set(site.created())) == 6


def _backfill(site: Any, reprocess: str, **fields: Any) -> int:
    """Runs the backfill to its end; returns the number of jobs created since the test began."""
    number = site.airflow.backfill(
        "daily", FIRST, LAST, max_active_runs=3, reprocess_behavior=reprocess, **fields
    )
    wait_until(lambda: site.airflow.backfill_over(number), "the backfill over", timeout=120)
    runs = site.airflow.runs("daily", run_type="backfill")
    assert [run["state"] for run in runs] == ["success"] * 3
    return len(site.created())
