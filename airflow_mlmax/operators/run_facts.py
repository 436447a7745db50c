"""What the tasks of a run left behind, asked of Airflow, SageMaker and S3. What cannot be had is told and left out."""

import hashlib
import logging
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from airflow.providers.common.compat.sdk import Context

from airflow_mlmax.exceptions import ApiError
from airflow_mlmax.hooks.s3 import S3Objects
from airflow_mlmax.operators.run_jobs import RunJobs
from airflow_mlmax.records.facts import OF_AN_UNFINISHED_TASK, TaskFacts
from airflow_mlmax.reports import PAGE, XCOM_KEY
from airflow_mlmax.sagemaker.jobs import JobKey

log = logging.getLogger(__name__)


def task_facts(context: Context, jobs: RunJobs, namespace: str) -> list[TaskFacts]:
    """The facts of every other task instance of the run that is over."""
    ti: Any = context["ti"]  # the protocol does not name all that a task instance can be asked
    dag = context["dag"]
    found = []
    for crumb in ti.get_task_breadcrumbs(ti.dag_id, ti.run_id):
        task_id, map_index, state = crumb["task_id"], crumb["map_index"], str(crumb["state"])
        if task_id == ti.task_id or not dag.has_task(task_id):
            continue
        facts = _with_xcom(ti, TaskFacts(task_id, map_index, state, crumb["operator"], crumb["duration"]))
        key = JobKey(namespace, ti.dag_id, ti.run_id, task_id, map_index)
        found.append(replace(facts, jobs=jobs.of(dag.get_task(task_id), key, facts.xcom)))
    return found


def input_records(manifests: Mapping[str, str], s3: S3Objects) -> list[dict[str, Any]]:
    """The manifests with the ETag and the SHA-256 of their content."""
    return [{"name": name, "uri": uri, **_identity(s3, uri)} for name, uri in sorted(manifests.items())]


def _identity(s3: S3Objects, uri: str) -> dict[str, str]:
    try:
        answer = s3.open(uri)
        return {
            "etag": answer["ETag"].strip('"'),
            "sha256": hashlib.sha256(answer["Body"].read()).hexdigest(),
        }
    except ApiError as error:
        log.warning("The manifest %s cannot be read, so the record has no hash of it: %s", uri, error)
        return {}


def _with_xcom(ti: Any, facts: TaskFacts) -> TaskFacts:
    def pull(key: str) -> Any:
        return ti.xcom_pull(task_ids=facts.task_id, map_indexes=facts.map_index, key=key)

    if facts.state == "success":
        whole = pull("return_value")
    else:
        keys = OF_AN_UNFINISHED_TASK.get(facts.state, ())
        whole = {key: value for key in keys if (value := pull(key)) is not None}
    xcom = {str(key): value for key, value in whole.items()} if isinstance(whole, dict) else {}
    verdict = pull("verdict") if facts.state in {"success", "failed"} else None
    if verdict and "report_uri" not in xcom:
        files = (pull(XCOM_KEY) or {}).get("files") or {}
        xcom["report_uri"] = files.get(PAGE)
    return replace(facts, xcom=xcom, verdict=verdict)
