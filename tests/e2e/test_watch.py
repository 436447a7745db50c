"""A person at the terminal sees what happens and why something failed."""

import io
from typing import Any

import pytest
from rich.console import Console

from airflow_mlmax.stack.errors import StackError
from airflow_mlmax.stack.screen import Screen
from airflow_mlmax.stack.watch import Watch

pytestmark = pytest.mark.slow


@pytest.fixture
def screen() -> Screen:
    return Screen(Console(file=io.StringIO(), width=200))


def follow(site: Any, screen: Screen, dag_id: str) -> str:
    """Runs a DAG under the eyes of a watch; returns what was on the screen."""
    run_id = site.start(dag_id)
    watch = Watch(site.airflow, screen, dag_id, site.stack.check)
    watch.follow(lambda: {"now": site.airflow.run(dag_id, run_id)}, timeout=120)
    text: str = screen.console.file.getvalue()  # type: ignore[attr-defined]
    return text


def test_each_task_and_the_run_are_told(site: Any, screen: Screen) -> None:
    """A line for the task with its time, and one for the run."""
    shown = follow(site, screen, "waiting")
    assert "✓ job (" in shown
    assert "✓ waiting now" in shown


def test_a_failure_is_told_with_the_log_and_the_place(site: Any, screen: Screen) -> None:
    """The failed task, the job's last words and the address of the run."""
    with pytest.raises(StackError) as caught:
        follow(site, screen, "failing")
    story = str(caught.value)
    assert f"failing failed: {site.stack.url}/dags/failing/runs/" in story
    assert "--- job, try 1:" in story
    assert "no such column: dep_delay" in story
