"""Following runs to their end, and telling what failed."""

import time
from collections.abc import Callable, Mapping
from typing import Any

from rich.markup import escape

from airflow_mlmax.stack.client import AirflowClient
from airflow_mlmax.stack.errors import StackError
from airflow_mlmax.stack.screen import Screen

Runs = Mapping[str, dict[str, Any]]
"""Runs by the name that the person reads: a day, or the DAG's own id."""

_OVER = frozenset({"success", "failed"})
_MARKS = {"success": "[green]✓[/green]", "failed": "[red]✗[/red]"}
_WORKING = frozenset({"running", "deferred", "queued", "up_for_retry"})
_PAUSE = 2.0
"""Seconds between two looks."""

_LOG_LINES = 20
_LONGEST_LINE = 400


class Watch:
    """Tells what the runs of one DAG do, until they are over.

    check: called at each look; raises when something that the runs need has died.
    """

    def __init__(self, client: AirflowClient, screen: Screen, dag_id: str, check: Callable[[], None]) -> None:
        self._client = client
        self._screen = screen
        self._dag_id = dag_id
        self._check = check
        self._told: set[tuple[str, ...]] = set()

    def follow(self, runs: Callable[[], Runs], timeout: float, *, may_fail: bool = False) -> Runs:
        """Waits until all runs are over and gives them; raises `StackError` with what failed and why, unless it may."""
        limit = time.monotonic() + timeout
        with self._screen.moving(f"{self._dag_id}: waiting for the scheduler"):
            while not _over(current := runs()):
                self._check()
                self._tell(current)
                if time.monotonic() > limit:
                    raise StackError(
                        f"{self._dag_id} is not over after {timeout:.0f} seconds; see {self._client.url}"
                    )
                time.sleep(_PAUSE)
        self._tell(current)
        failed = [run for run in current.values() if run["state"] == "failed"]
        if failed and not may_fail:
            raise StackError(
                "\n\n".join(failure(self._client, self._dag_id, run["dag_run_id"]) for run in failed)
            )
        return current

    def _tell(self, runs: Runs) -> None:
        working = []
        for name, run in runs.items():
            if run["state"] == "queued" or (name, run["state"]) in self._told:
                continue
            tasks = self._client.tasks(self._dag_id, run["dag_run_id"])
            if len(runs) == 1:
                self._tell_tasks(tasks)
            if run["state"] in _OVER:
                self._told.add((name, run["state"]))
                self._screen.say(f"{_MARKS[run['state']]} {self._dag_id} {escape(name)}")
            working += [f"{task['task_id']}" for task in tasks if task["state"] in _WORKING]
        over = sum(run["state"] in _OVER for run in runs.values())
        count = f"{over} of {len(runs)} runs over" if len(runs) > 1 else self._dag_id
        self._screen.show(f"{count}; at work: {', '.join(working) or 'the scheduler'}")

    def _tell_tasks(self, tasks: list[dict[str, Any]]) -> None:
        for task in tasks:
            key = (task["task_id"], str(task["map_index"]), str(task["try_number"]))
            if task["state"] in _MARKS and key not in self._told:
                self._told.add(key)
                self._screen.say(
                    f"  {_MARKS[task['state']]} {task['task_id']} ({task['duration'] or 0:.0f} s)"
                )


def _over(runs: Runs) -> bool:
    return bool(runs) and all(run["state"] in _OVER for run in runs.values())


def failure(client: AirflowClient, dag_id: str, run_id: str) -> str:
    """What a person needs about a failed run: each failed task, the end of its log, and where to look."""
    stories = [f"{dag_id} failed: {client.url}/dags/{dag_id}/runs/{run_id}"]
    for task in client.tasks(dag_id, run_id):
        if task["state"] == "failed":
            lines = client.log(dag_id, run_id, task["task_id"], task["try_number"], task["map_index"])
            told = [line[:_LONGEST_LINE] for line in lines if not line.startswith("::")]
            stories += [f"--- {task['task_id']}, try {task['try_number']}:", *told[-_LOG_LINES:]]
    return "\n".join(stories)
