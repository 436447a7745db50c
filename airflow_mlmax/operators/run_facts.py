"""What the tasks of a run left behind, asked of Airflow, SageMaker and S3. What cannot be had is told and left out."""

import hashlib
import logging
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from airflow.providers.common.compat.sdk import Context

from airflow_mlmax.exceptions import ApiError
from airflow_mlmax.hooks.s3 import S3Objects
from airflow_mlmax.hooks.sagemaker import SageMakerJobHook
from airflow_mlmax.operators.base import SageMakerJobOperator
from airflow_mlmax.records.gathering import OF_A_FAILED_TASK, RAN, TaskFacts
from airflow_mlmax.records.jobs import job_facts
from airflow_mlmax.reports import PAGE, XCOM_KEY
from airflow_mlmax.sagemaker.measures import billable_seconds

log = logging.getLogger(__name__)


def task_facts(context: Context, hook: SageMakerJobHook) -> list[TaskFacts]:
    """The facts of every other task instance of the run that is over."""
    ti: Any = context["ti"]  # the protocol does not name all that a task instance can be asked
    dag = context["dag"]
    found = []
    for crumb in ti.get_task_breadcrumbs(ti.dag_id, ti.run_id):
        task_id = crumb["task_id"]
        if task_id == ti.task_id or not dag.has_task(task_id):
            continue
        facts = TaskFacts(
            task_id, crumb["map_index"], str(crumb["state"]), crumb["operator"], crumb["duration"]
        )
        if facts.state in RAN:
            facts = _with_xcom(ti, facts)
        found.append(_with_job(dag.get_task(task_id), hook, facts))
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
        whole = {key: value for key in OF_A_FAILED_TASK if (value := pull(key)) is not None}
    xcom = whole if isinstance(whole, dict) else {}
    verdict = pull("verdict")
    if verdict and "report_uri" not in xcom:
        files = (pull(XCOM_KEY) or {}).get("files") or {}
        xcom = {**xcom, "report_uri": files.get(PAGE)}
    return replace(facts, xcom=xcom, verdict=verdict)


def _with_job(task: Any, hook: SageMakerJobHook, facts: TaskFacts) -> TaskFacts:
    """Adds what the description of its job says; its cost too, where the task failed and could not tell."""
    job_type = getattr(getattr(task, "operator_class", task), "job_type", None)
    name = facts.xcom.get("job_name")
    if job_type is None or not name:
        return facts
    try:
        description = hook.describe(job_type, name)
        job = job_facts(job_type, description)
        job["job_arn"] = description[job_type.arn_key]
        if "cost" not in facts.xcom and isinstance(task, SageMakerJobOperator):
            job["billable_seconds"] = billable_seconds(job_type, description)
            job["cost"] = task.charge(description).document()
    except ApiError as error:
        log.warning("%s cannot be described, so its record is short: %s", name, error)
        return facts
    return replace(facts, job=job)
