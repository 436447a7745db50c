"""Documents of earlier versions, which may still wait in S3."""

from typing import Any

_UNCHANGED = (
    *("job_type", "image_uri", "code_uri", "parameters", "inputs", "billable_seconds"),
    *("cost_usd", "spot_saving_usd", "unknown_prices", "prices_as_of"),
)
_TO_JOB = {
    "job_name": "name",
    "job_arn": "arn",
    "job_status": "status",
    "job_started": "started",
    "job_ended": "ended",
    **{name: name for name in _UNCHANGED},
}
"""Members that the first version had with the task, and what the job calls them."""


def up_to_date(document: Any) -> Any:
    """The document as this version writes it; what is no document of an earlier version, as it is."""
    if not isinstance(document, dict) or document.get("schema_name") != "mlmax.run-record/1":
        return document
    tasks = [
        {name: value for name, value in task.items() if name not in _TO_JOB} for task in document["tasks"]
    ]
    jobs = [_job(task) for task in document["tasks"] if task.get("job_name")]
    return {**document, "schema_name": "mlmax.run-record/2", "tasks": tasks, "jobs": jobs}


def _job(task: dict[str, Any]) -> dict[str, Any]:
    """The last job of a task instance; the first version kept no other."""
    number = task["job_name"].rpartition("-")[2]
    return {
        "task_id": task["task_id"],
        "map_index": task["map_index"],
        "number": int(number) if number.isdecimal() else 1,
        "outputs": task["outputs"],
        **{ours: task[theirs] for theirs, ours in _TO_JOB.items()},
    }
