"""Batch transform jobs: every input object through the model, one output object for each that succeeds."""

import json
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

from airflow_mlmax.local.container import transfer
from airflow_mlmax.local.container.transfer import Item, Location, Source
from airflow_mlmax.local.errors import ServiceError
from airflow_mlmax.local.jobs import hosts
from airflow_mlmax.local.jobs.hosts import Host
from airflow_mlmax.local.jobs.job import Job, JobError, Outcome
from airflow_mlmax.local.serving.association import Association
from airflow_mlmax.local.serving.filters import FilterError
from airflow_mlmax.local.serving.model_server import Container, ModelServer
from airflow_mlmax.local.serving.transformation import Output, Transformation

_STRATEGIES = {"SingleRecord": "SINGLE_RECORD", "MultiRecord": "MULTI_RECORD"}


def run(job: Job) -> Outcome:
    """Run a transform job. Outputs are stored at the end: a stopped job stores none, a failed one those it has."""
    try:
        association = Association.of(job.request)
    except FilterError as error:
        raise JobError(f"ClientError: {error}") from error
    container = _container(job)
    source = Source.of(job.request["TransformInput"]["DataSource"]["S3DataSource"])
    items = source.items(job.site.objects)
    cluster = hosts.cluster(job, job.request["TransformResources"])

    def work(host: Host) -> list[Output]:
        share = transfer.shard(items, host.index, len(cluster.hosts))
        return _transformed(job, host, container, association, share)

    busy = cluster.hosts[: len(items)]  # an instance without an object would only wait
    with ThreadPoolExecutor(len(busy)) as pool:
        outputs = [output for share in pool.map(work, busy) for output in share]
    if job.cause:
        return Outcome("Stopped")
    _store(job, [output for output in outputs if not output.failure])
    return _outcome(outputs)


def _container(job: Job) -> Container:
    model = job.site.store.get(job.region, "Model", job.request["ModelName"])
    if model is None:
        raise JobError(f"ClientError: the model {job.request['ModelName']} was deleted")
    return Container.of(model.answer["Container"])


def _transformed(
    job: Job, host: Host, container: Container, association: Association | None, items: list[Item]
) -> list[Output]:
    """The outputs of one host; if its server cannot work, they all fail with that reason."""
    outputs = [Output(item, host.folder / f"{number}.out") for number, item in enumerate(items)]
    host.folder.mkdir(parents=True, exist_ok=True)
    try:
        with ModelServer(job, host, container, _variables(job.request)) as server:
            Transformation(job, host, server.client, association).run(outputs)
    except JobError as error:
        for output in outputs:
            output.fail(str(error))
    return outputs


def _variables(request: Mapping[str, Any]) -> dict[str, str]:
    """What the container is told of the request, only where the request says something."""
    given = {
        "SAGEMAKER_MAX_PAYLOAD_IN_MB": request.get("MaxPayloadInMB"),
        "SAGEMAKER_BATCH_STRATEGY": _STRATEGIES.get(request.get("BatchStrategy", "")),
        "SAGEMAKER_MAX_CONCURRENT_TRANSFORMS": request.get("MaxConcurrentTransforms"),
    }
    return {
        "SAGEMAKER_BATCH": "true",
        **{key: str(value) for key, value in given.items() if value is not None},
    }


def _store(job: Job, outputs: list[Output]) -> None:
    target = Location.parse(job.request["TransformOutput"]["S3OutputPath"])
    try:
        for output in outputs:
            key = target.below(f"{output.item.path}.out").key
            job.site.objects.put_file(target.bucket, key, output.file)
        if "DataCaptureConfig" in job.request and outputs:
            _capture(job, outputs, target)
    except ServiceError as error:
        raise JobError(f"ClientError: upload to {target.uri} failed: {error.message}") from error


def _capture(job: Job, outputs: list[Output], target: Location) -> None:
    """Write the manifests of what went in and what came out, below the hour in which the job began."""
    first = outputs[0].item
    prefix = f"s3://{first.bucket}/{first.key.removesuffix(first.path)}"
    paths = [output.item.path for output in outputs]
    manifests: dict[str, list[Any]] = {
        "input": [{"prefix": prefix}, *paths],
        "output": [{"prefix": f"{target.uri.rstrip('/')}/"}, *(f"{path}.out" for path in paths)],
    }
    captured = Location.parse(job.request["DataCaptureConfig"]["DestinationS3Uri"])
    hour = datetime.fromtimestamp(job.started, UTC).strftime("%Y/%m/%d/%H")
    for what, manifest in manifests.items():
        key = captured.below(what, hour, f"{job.name}.json").key
        job.site.objects.put_bytes(captured.bucket, key, json.dumps(manifest).encode())


def _outcome(outputs: list[Output]) -> Outcome:
    failed = [output for output in outputs if output.failure]
    if not failed:
        return Outcome("Completed")
    kind, _, text = str(failed[0].failure).partition(": ")
    return Outcome(
        "Failed",
        f"{kind}: {len(failed)} of {len(outputs)} objects failed, the first is {failed[0].item.key}: {text}. "
        "See job logs for more information",
    )
