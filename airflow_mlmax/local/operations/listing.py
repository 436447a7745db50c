"""List of the job families. A page of training jobs is cut before its status is looked at, as on AWS."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from airflow_mlmax.local.operations.api_call import ApiCall
from airflow_mlmax.local.operations.pages import Description, in_window, page
from airflow_mlmax.sagemaker.jobs import JOB_TYPES, TRAINING, TRANSFORM, TUNING, JobType


def jobs(job_type: JobType, call: ApiCall) -> dict[str, Any]:
    request = call.request
    found = [
        _summary(job_type, record.description)
        for record in call.parts.store.records(call.region, job_type.resource)
        if _is_wanted(job_type, request, record.description)
    ]
    shown, more = cut(job_type, request, found)
    return {job_type.summaries_key: shown, **more}


def cut(
    job_type: JobType, request: Mapping[str, Any], found: Sequence[Description]
) -> tuple[list[Description], dict[str, str]]:
    """One page. Training takes `MaxResults` jobs first and then drops those of another status, so that a page can be
    empty although there is a NextToken; the other families filter first.
    """
    status = request.get("StatusEquals")

    def fits(item: Description) -> bool:
        return status is None or item[job_type.status_key] == status

    is_late = job_type == TRAINING
    candidates = found if is_late else [item for item in found if fits(item)]
    shown, more = page(
        request,
        candidates,
        partial(_sort_key, job_type, request),
        descending=_order(job_type, request) == "Descending",
    )
    return [item for item in shown if fits(item)], more


def _sort_key(job_type: JobType, request: Mapping[str, Any], item: Description) -> tuple[Any, str]:
    name = item[job_type.name_key]
    by = request.get("SortBy", "Name" if job_type == TUNING else "CreationTime")
    member = {"Name": job_type.name_key, "Status": job_type.status_key}.get(by, by)
    return item[member], name


def _order(job_type: JobType, request: Mapping[str, Any]) -> str:
    return str(request.get("SortOrder", "Descending" if job_type == TRANSFORM else "Ascending"))


def _is_wanted(job_type: JobType, request: Mapping[str, Any], item: Description) -> bool:
    return (
        request.get("NameContains", "") in item[job_type.name_key]
        and in_window(request, item)
        and _has_pool_and_plan(request, item)
    )


def _has_pool_and_plan(request: Mapping[str, Any], item: Description) -> bool:
    """No job has a warm pool here, so that filter leaves none; a training plan is only a text in the request."""
    plan = request.get("TrainingPlanArnEquals")
    has_plan = plan is None or item["ResourceConfig"].get("TrainingPlanArn") == plan
    return "WarmPoolStatusEquals" not in request and has_plan


def _summary(job_type: JobType, item: dict[str, Any]) -> dict[str, Any]:
    """Strategy and limits stand in the configuration of a tuning job, and beside its name in a list."""
    if job_type != TUNING:
        return item
    config = item["HyperParameterTuningJobConfig"]
    return {**item, "Strategy": config["Strategy"], "ResourceLimits": config["ResourceLimits"]}


OPERATIONS: dict[str, Callable[[ApiCall], Mapping[str, Any]]] = {
    job_type.operation("List"): partial(jobs, job_type) for job_type in JOB_TYPES.values()
}
