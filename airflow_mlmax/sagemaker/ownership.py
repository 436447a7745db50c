"""Whose job is it: the tags that tie a job to the work of one task instance."""

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any

from airflow_mlmax.sagemaker.jobs import JobKey

KEY = "mlmax:key"
TRY = "mlmax:try"
"""Which try of the task made the job."""

FINGERPRINT = "mlmax:fingerprint"
GENERATION = "mlmax:generation"
INPUTS = "mlmax:inputs"
RESULTS = "mlmax:results"

_LONGEST_VALUE = 256


def fingerprint(request: Mapping[str, Any]) -> str:
    """SHA-256 of the canonical request without name and tags: two equal requests do the same work."""
    return hashlib.sha256(json.dumps(request, sort_keys=True, default=str).encode()).hexdigest()


def tags(key: JobKey, *, generation: int, number: int) -> dict[str, str]:
    """The tags that say whose the job is, of the `number`-th job of a task instance; `generation` grows with each clear of the task."""
    return {
        KEY: key.digest,
        GENERATION: str(generation),
        "mlmax:dag": _value(key.dag_id),
        "mlmax:run": _value(key.run_id),
        "mlmax:task": _value(key.task_id),
        "mlmax:map-index": str(key.map_index),
        "mlmax:number": str(number),
    }


def owner(tags: Mapping[str, str]) -> str:
    """A job's owner in words, for an error message."""
    if KEY not in tags:
        return "somebody without airflow-mlmax tags"
    dag, run, task = (tags.get(f"mlmax:{part}", "?") for part in ("dag", "run", "task"))
    return f"task {task} of DAG {dag}, run {run}, key {tags[KEY][:12]}"


def _value(text: str) -> str:
    """The text with only the characters that AWS allows in a tag."""
    return re.sub(r"[^\w\s.:/=+\-@]", "-", text)[:_LONGEST_VALUE]
