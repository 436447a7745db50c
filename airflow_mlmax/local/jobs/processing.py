"""Processing jobs: inputs in, one command on every instance, outputs out."""

import shutil
from contextlib import ExitStack
from typing import Any

from airflow_mlmax.local.container import contract, transfer
from airflow_mlmax.local.container.interpreters import Interpreter
from airflow_mlmax.local.container.transfer import Location, Source
from airflow_mlmax.local.jobs import hosts
from airflow_mlmax.local.jobs.hosts import Cluster, Host
from airflow_mlmax.local.jobs.job import Job, JobError, Outcome

_MESSAGE = "output/message"
_NO_BYTE_CODE = shutil.ignore_patterns("__pycache__")


def run(job: Job) -> Outcome:
    """Run a processing job. Outputs are stored only if every instance succeeds; `Continuous` ones while it runs."""
    application = job.request["AppSpecification"]
    interpreter = job.interpreter(application["ImageUri"])
    cluster = hosts.cluster(job, job.request["ProcessingResources"]["ClusterConfig"])
    command = interpreter.command(_words(job, application, interpreter))
    _prepare(job, cluster, interpreter)
    variables = _environment(job, interpreter)
    with ExitStack() as syncs:
        for output in _outputs(job, "Continuous"):
            for host in cluster.hosts:
                folder = contract.place(host.ml, output["LocalPath"])
                syncs.enter_context(transfer.Sync(job.site.objects, folder, Location.parse(output["S3Uri"])))
        code = hosts.run(job, cluster, command, lambda _: variables)
    message = next(filter(None, (contract.first_text(host.ml / _MESSAGE) for host in cluster.hosts)), None)
    answer = {"ExitMessage": message} if message else {}
    if code or job.cause:
        reason = f"AlgorithmError: {message or 'See job logs for more information'}, exit code: {code}"
        return Outcome("Failed", reason, answer)
    return _stored(job, cluster, answer)


def _words(job: Job, application: dict[str, Any], interpreter: Interpreter) -> list[str]:
    entrypoint = application.get("ContainerEntrypoint") or interpreter.process
    if not entrypoint:
        raise JobError(
            f"ClientError: the entrypoint of image {application['ImageUri']} is not available locally: "
            f"give AppSpecification.ContainerEntrypoint, or `process` in {job.site.interpreters.source}"
        )
    return [*entrypoint, *application.get("ContainerArguments", ())]


def _outputs(job: Job, mode: str) -> list[dict[str, Any]]:
    outputs = job.request.get("ProcessingOutputConfig", {}).get("Outputs", ())
    return [output["S3Output"] for output in outputs if output["S3Output"]["S3UploadMode"] == mode]


def _prepare(job: Job, cluster: Cluster, interpreter: Interpreter) -> None:
    """Files of every host: what the image brings, the configuration, its inputs, and empty folders for the outputs."""
    sources = [
        (given["S3Input"]["LocalPath"], source, source.items(job.site.objects))
        for given in job.request.get("ProcessingInputs", ())
        for source in [Source.of(given["S3Input"])]
    ]
    for host in cluster.hosts:
        if interpreter.folder:
            shutil.copytree(interpreter.folder, host.folder / hosts.WORK, ignore=_NO_BYTE_CODE)
        _configure(job, cluster, host)
        for local_path, source, items in sources:
            own = transfer.shard(items, host.index, len(cluster.hosts)) if source.sharded else items
            transfer.download(job.site.objects, own, contract.place(host.ml, local_path))
        for output in (*_outputs(job, "EndOfJob"), *_outputs(job, "Continuous")):
            contract.place(host.ml, output["LocalPath"]).mkdir(parents=True, exist_ok=True)
        (host.ml / "output").mkdir(exist_ok=True)


def _configure(job: Job, cluster: Cluster, host: Host) -> None:
    config = host.ml / "config"
    contract.write_json(config / "processingjobconfig.json", {**job.request, "ProcessingJobArn": job.arn})
    contract.write_json(config / "resourceconfig.json", cluster.resource_config(host))


def _environment(job: Job, interpreter: Interpreter) -> dict[str, str]:
    own = {"PROCESSING_JOB_NAME": job.name, "PROCESSING_JOB_ARN": job.arn}
    return contract.environment(job, interpreter, own, job.request.get("Environment", {}))


def _stored(job: Job, cluster: Cluster, answer: dict[str, Any]) -> Outcome:
    """Upload the outputs; one that cannot be stored fails the job, which keeps its exit message."""
    try:
        for output in _outputs(job, "EndOfJob"):
            for host in cluster.hosts:
                folder = contract.place(host.ml, output["LocalPath"])
                target = Location.parse(output["S3Uri"])
                transfer.upload(job.site.objects, transfer.files_of(folder), folder, target)
    except JobError as error:
        return Outcome("Failed", str(error), answer)
    return Outcome("Completed", answer=answer)
