"""Jobs that a backfill need not start again: an equal request on equal data, whose results still are as the job left them.

Two tags tell it, both SHA-256 over URI, ETag and size of objects in S3: `mlmax:inputs`, of all that the request reads, at the
moment of its Create; `mlmax:results`, of all that the job has left, once its task had its result. Where one of them is empty
or missing, because the job reads what cannot be listed or S3 refused a look, the job is started again.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from airflow_mlmax.exceptions import ApiError
from airflow_mlmax.hooks.datasets import DataObject, manifest_digest, objects_below, objects_in
from airflow_mlmax.hooks.s3 import S3Objects
from airflow_mlmax.hooks.sagemaker import SageMakerJobHook
from airflow_mlmax.sagemaker import ownership
from airflow_mlmax.sagemaker.data_flow import Reading, readings, result_prefixes
from airflow_mlmax.sagemaker.jobs import TRANSFORM, JobType

_MOST = 20_000
"""Objects below one prefix: twenty calls; a job with more is started again."""


def inputs_digest(hook: SageMakerJobHook, job_type: JobType, request: Mapping[str, Any]) -> str:
    """The digest of all objects that a request reads, as they are now; empty where it cannot be told."""
    s3 = S3Objects(hook)
    try:
        places = [*readings(request)]
        if job_type is TRANSFORM:
            model = {"ModelName": request["ModelName"]}
            places += readings(hook.call("sagemaker", "DescribeModel", model, expect="ModelArn"))
        return manifest_digest([each for place in places for each in _objects(s3, place)])
    except (ApiError, FileNotFoundError, ValueError) as error:
        hook.log.info("A later backfill cannot tell whether what this job reads is the same: %s", error)
        return ""


def remember_results(hook: SageMakerJobHook, job_type: JobType, description: Mapping[str, Any]) -> None:
    """Notes at a completed job what it has left. Where that fails, a later backfill starts the job again."""
    digest = _results_digest(hook, job_type, description)
    try:
        hook.add_tags(description[job_type.arn_key], {ownership.RESULTS: digest})
    except ApiError as error:
        hook.log.warning("A later backfill will start this job again: %s", error)


def is_done(
    hook: SageMakerJobHook,
    job_type: JobType,
    description: Mapping[str, Any],
    tags: Mapping[str, str],
    wanted: Mapping[str, str],
) -> bool:
    """Whether a job completed, by its tags did what is wanted, and its results are as it left them."""
    if not job_type.status(description).is_successful:
        return False
    expected = {**wanted, ownership.RESULTS: _results_digest(hook, job_type, description)}
    return all(value and tags.get(name) == value for name, value in expected.items())


def _results_digest(hook: SageMakerJobHook, job_type: JobType, description: Mapping[str, Any]) -> str:
    s3, prefixes = S3Objects(hook), result_prefixes(job_type, description)
    try:
        return manifest_digest([each for prefix in prefixes for each in objects_below(s3, prefix, _MOST)])
    except (ApiError, ValueError) as error:
        hook.log.info("A later backfill cannot tell whether the results of this job are the same: %s", error)
        return ""


def _objects(s3: S3Objects, place: Reading) -> Iterable[DataObject]:
    return objects_in(s3, place.uri) if place.is_manifest else objects_below(s3, place.uri, _MOST)
