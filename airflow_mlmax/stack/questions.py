"""Tasks that wait for a person, answered as the UI does under Required Actions."""

from airflow_mlmax.stack.stack import Stack

_WAITING = frozenset({"awaiting_input", "deferred"})


def asks(stack: Stack, dag_id: str, run_id: str, task_id: str) -> bool:
    """Whether a task waits for a person, and the scheduler knows.

    Airflow fails a task that is answered before the scheduler has heard that its process ended; only the log tells when.
    """
    task = stack.client.task(dag_id, run_id, task_id)
    heard = (
        f"executor event with state success for task instance TaskInstanceKey(dag_id='{dag_id}', "
        f"task_id='{task_id}', run_id='{run_id}', try_number={task['try_number']},"
    )
    log = stack.layout.logs / "scheduler.log"
    return task["state"] in _WAITING and heard in log.read_text(errors="replace")


def answer(stack: Stack, dag_id: str, run_id: str, task_id: str, option: str) -> None:
    """Chooses one of the options."""
    path = f"/dags/{dag_id}/dagRuns/{run_id}/taskInstances/{task_id}/-1/hitlDetails"
    stack.client.call("PATCH", path, {"chosen_options": [option], "params_input": {}})
