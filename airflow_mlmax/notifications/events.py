"""What is worth telling, read from the context in which Airflow runs a callback.

A DAG's `on_failure_callback` runs once for a failed run, in the DAG processor, and knows the task that failed last but not why: the exception
is gone with its worker. So each task's own callback, in the worker, leaves the reason in an XCom, where the DAG's finds it: Airflow tells of a
failed task only when its callbacks are over.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from airflow.providers.common.compat.sdk import redact

from airflow_mlmax.notifications.message import News, Place

FAILURE, DECISION = "failure", "decision_told"
"""XCom keys: why a task failed for good; what a task decided, in words."""

_LONGEST_REASON = 2000
_OF_RUN = {
    "task_failure": "a task failed; its log says why",
    "timed_out": "the run took longer than it may (dagrun_timeout)",
    "all_tasks_deadlocked": "no task of the run could go on",
}
"""Airflow's own words for why a run failed."""


def note_failure(context: Mapping[str, Any]) -> None:
    """A task's `on_failure_callback`: leaves the reason, without secrets, in its XCom `failure`.

    A teardown's failure is no reason of the run's. A task whose worker died has no exception, and can leave nothing.
    """
    error, ti = context.get("exception"), context["ti"]
    if error is None or context["task"].is_teardown:
        return
    name, text = type(error).__name__, str(error)
    why = text if text.startswith(name) else f"{name}: {text}"
    noted = {
        "task_id": ti.task_id,
        "map_index": -1 if ti.map_index is None else ti.map_index,
        "at": datetime.now(UTC).isoformat(),
        "why": str(redact(why))[:_LONGEST_REASON],
    }
    ti.xcom_push(key=FAILURE, value=noted)


def failed_run(context: Mapping[str, Any]) -> News:
    """For a DAG's `on_failure_callback`: the run failed; of its failed tasks the first one, and its reason."""
    dag, run_id, reason = context["dag"], context["run_id"], context.get("reason") or ""
    what = f"{dag.dag_id} failed"
    why = _OF_RUN.get(reason, reason)
    if "ti" not in context:
        return News(what, Place(dag.dag_id, run_id), why)
    failures = _failures(context)
    if not failures:
        return News(what, _place(context), why)
    first = failures[0]
    task = Place(dag.dag_id, run_id, first["task_id"], first["map_index"], others=len(failures) - 1)
    return News(what, task, first["why"])


def asked_person(context: Mapping[str, Any]) -> News:
    """For the `notifiers` of a task that waits for a person: its question, and until when an answer counts."""
    return News(
        context["question"], _place(context), f"Answer until {context['answer_until']:%Y-%m-%d %H:%M} UTC."
    )


def decided(context: Mapping[str, Any]) -> News | None:
    """For `on_success_callback` and `on_skipped_callback` of a task that decides: what it left by `tell_decision`."""
    ti = context["ti"]
    told = ti.xcom_pull(task_ids=ti.task_id, map_indexes=ti.map_index, key=DECISION)
    return News(told["what"], _place(context), told["why"]) if told else None


def tell_decision(context: Mapping[str, Any], what: str, why: str) -> None:
    """Leaves a decision in words in the XCom `decision_told`: {what, why}."""
    context["ti"].xcom_push(key=DECISION, value={"what": what, "why": str(redact(why))})


def _failures(context: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What the failed tasks left since the run began or was cleared, from the first one on."""
    noted = context["ti"].xcom_pull(task_ids=[task.task_id for task in context["dag"].tasks], key=FAILURE)
    begun = context["dag_run"].start_date
    found = [each for each in noted if each and datetime.fromisoformat(each["at"]) >= begun]
    return sorted(found, key=lambda each: str(each["at"]))


def _place(context: Mapping[str, Any]) -> Place:
    ti = context["ti"]
    return Place(ti.dag_id, ti.run_id, ti.task_id, -1 if ti.map_index is None else ti.map_index)
