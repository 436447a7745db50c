"""Create, Describe, Stop and Delete of the job families, written once over the family table."""

import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from airflow_mlmax.local import rules
from airflow_mlmax.local.errors import ServiceError, validation
from airflow_mlmax.local.operations.api_call import ApiCall
from airflow_mlmax.local.store import AlreadyExists, Record
from airflow_mlmax.sagemaker.jobs import JOB_TYPES, PROCESSING, TRAINING, TUNING, JobType

_WORDS = {
    "ProcessingJob": "processing job",
    "TrainingJob": "training job",
    "TransformJob": "transform job",
    "HyperParameterTuningJob": "hyperparameter tuning job",
}


def create(job_type: JobType, call: ApiCall) -> dict[str, Any]:
    """Store the job, then hand it to the engine: whoever has the ARN finds the job, even after a crash."""
    name = call.request[job_type.name_key]
    key = call.key(job_type.resource, name)
    taken = call.parts.store.get(key.region, key.kind, name)
    if taken:
        raise _taken(job_type, taken)
    rules.check(call)
    answer = {
        job_type.arn_key: key.arn,
        job_type.status_key: "InProgress",
        **first_answer(job_type, call.request),
    }
    try:
        record = call.parts.store.insert(key.region, key.kind, name, call.request, answer)
    except AlreadyExists as error:
        raise _taken(job_type, error.record) from None
    call.parts.engine.submit(record)
    return {job_type.arn_key: key.arn}


def first_answer(job_type: JobType, request: Mapping[str, Any]) -> dict[str, Any]:
    """What Describe adds to the request of a job that has just been created."""
    now = time.time()
    times = {"CreationTime": now, "LastModifiedTime": now}
    if job_type == TRAINING:
        return {**times, **_training(request, now)}
    if job_type == PROCESSING:
        resources = request["ProcessingResources"]
        return {**times, "ProcessingResources": {"ClusterConfig": _selected(resources["ClusterConfig"])}}
    if job_type == TUNING:
        counters = ("Completed", "InProgress", "RetryableError", "NonRetryableError", "Stopped")
        return {
            **times,
            "TrainingJobStatusCounters": dict.fromkeys(counters, 0),
            "ObjectiveStatusCounters": dict.fromkeys(("Succeeded", "Pending", "Failed"), 0),
        }
    return times


def _training(request: Mapping[str, Any], now: float) -> dict[str, Any]:
    output = request["OutputDataConfig"]["S3OutputPath"].rstrip("/")
    message = "Starting the training job"
    return {
        "ResourceConfig": _selected(request["ResourceConfig"]),
        "ModelArtifacts": {"S3ModelArtifacts": f"{output}/{request['TrainingJobName']}/output/model.tar.gz"},
        "SecondaryStatus": "Starting",
        "SecondaryStatusTransitions": [{"Status": "Starting", "StartTime": now, "StatusMessage": message}],
        **{
            switch: request.get(switch, False)
            for switch in (
                "EnableNetworkIsolation",
                "EnableInterContainerTrafficEncryption",
                "EnableManagedSpotTraining",
            )
        },
    }


def _selected(resources: Mapping[str, Any]) -> dict[str, Any]:
    """With a list of preferred instances Describe tells which one was taken: here always the first."""
    preferred = next(iter(resources.get("InstancePreferences", ())), None)
    if preferred is None:
        return dict(resources)
    return {
        **resources,
        "SelectedInstanceType": preferred["InstanceType"],
        "SelectedInstanceCount": preferred.get("InstanceCount", resources.get("InstanceCount", 1)),
    }


def describe(job_type: JobType, call: ApiCall) -> dict[str, Any]:
    return find(job_type, call).description


def stop(job_type: JobType, call: ApiCall) -> dict[str, Any]:
    record = find(job_type, call)
    status = job_type.status(record.answer)
    if not status.is_active or status.is_stopping:
        raise validation(f"The request was rejected because the {_WORDS[record.kind]} is in status {status}.")
    call.parts.engine.stop(record)
    return {}


def delete(job_type: JobType, call: ApiCall) -> dict[str, Any]:
    """Forget a job that is over; its name is free again. Its log and its results stay."""
    record = find(job_type, call)
    status = job_type.status(record.answer)
    if status.is_active:
        raise validation(f"The request was rejected because the {_WORDS[record.kind]} is in status {status}.")
    call.parts.store.delete(record.region, record.kind, record.name)
    return {}


def find(job_type: JobType, call: ApiCall) -> Record:
    """The job that a request names. Raises what AWS answers for a job that is not there."""
    name = call.request[job_type.name_key]
    record = call.parts.store.get(call.region, job_type.resource, name)
    if record:
        return record
    if job_type == TUNING:
        raise ServiceError(
            "ResourceNotFound",
            f"Amazon SageMaker can't find a tuning job called {name}. Specify the name of a tuning job in your"
            " AWS account and Region.",
        )
    if job_type == TRAINING:
        raise validation("Requested resource not found.")
    raise validation(f"Could not find requested job with name: {name}")


def _taken(job_type: JobType, record: Record) -> ServiceError:
    if job_type == TUNING:
        text = (
            f"A hyperparameter tuning job with the name, {record.name}, already exists. Specify a name that is"
            " unique in your AWS account and Region."
        )
    else:
        words = _WORDS[record.kind]
        text = (
            f"{words.capitalize()} names must be unique within an AWS account and region, and a {words} with this"
            f" name already exists ({record.answer[job_type.arn_key]})"
        )
    return ServiceError("ResourceInUse", text)


OPERATIONS: dict[str, Callable[[ApiCall], Mapping[str, Any]]] = {
    job_type.operation(verb): partial(function, job_type)
    for job_type in JOB_TYPES.values()
    for verb, function in (("Create", create), ("Describe", describe), ("Stop", stop))
} | {job_type.operation("Delete"): partial(delete, job_type) for job_type in (PROCESSING, TRAINING, TUNING)}
