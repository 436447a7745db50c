"""Who a task instance is, for names and tokens that a retry must find again."""

import uuid
from collections.abc import Mapping
from typing import Any

from airflow.providers.common.compat.sdk import Context

from airflow_mlmax.sagemaker.jobs import JobKey

NEW_JOBS = "new_jobs"
"""Param, or member of the conf, of a run that is to start jobs again that are done."""

_TOKENS = uuid.UUID("6f8a4c0e-4a1b-5d0f-9a37-0c6f6f4d5b11")


def key_of(context: Context, namespace: str) -> JobKey:
    """The task instance, whichever try it is."""
    ti: Any = context["ti"]
    map_index = -1 if ti.map_index is None else ti.map_index
    return JobKey(namespace, ti.dag_id, ti.run_id, ti.task_id, map_index)


def in_backfill(context: Mapping[str, Any]) -> bool:
    """Whether the run was made by a backfill: the past is no reason to change what is in use today."""
    return run_type(context) == "backfill"


def takes_what_is_done(context: Mapping[str, Any]) -> bool:
    """Whether a task that was cleared takes what an earlier pass of its backfill has done."""
    return in_backfill(context) and not wants_new_jobs(context)


def wants_new_jobs(context: Mapping[str, Any]) -> bool:
    """Whether whoever started the run asked for everything to be computed again."""
    return bool(context["params"].get(NEW_JOBS))


def run_type(context: Mapping[str, Any]) -> str:
    """`scheduled`, `manual`, `backfill` or `asset_triggered`."""
    found = context["dag_run"].run_type
    return str(getattr(found, "value", found))


def token_of(context: Context, namespace: str, content: str | None = None) -> str:
    """The same for every retry of this task instance, another one after it was cleared.

    :param content: a digest of what is asked for: each pass of a backfill that asks for the same has the same token
    """
    again = content if content and takes_what_is_done(context) else context["ti"].max_tries
    return str(uuid.uuid5(_TOKENS, f"{key_of(context, namespace).digest}/{again}"))
