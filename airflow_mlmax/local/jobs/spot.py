"""Attempts of a training job: interruptions of spot capacity, retries after internal errors, checkpoints."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from airflow_mlmax.local.container import contract, transfer
from airflow_mlmax.local.container.transfer import Location
from airflow_mlmax.local.jobs import channels
from airflow_mlmax.local.jobs.execution import Cause
from airflow_mlmax.local.jobs.hosts import Cluster
from airflow_mlmax.local.jobs.job import Job
from airflow_mlmax.local.jobs.trouble import interruption


def attempts(job: Job, attempt: Callable[[], int]) -> int:
    """Exit code of the last attempt. An interrupted spot job starts anew, an internal error is retried if asked for."""
    retries = job.request.get("RetryStrategy", {}).get("MaximumRetryAttempts", 0)
    while True:
        interruption(job)
        code = attempt()
        if job.cause is Cause.INTERRUPT:
            job.transition("Interrupted", "Spot capacity was taken away")
        elif job.cause is Cause.INTERNAL and retries > 0:
            retries -= 1
            job.transition("Restarting", "Restarting the training job after an internal error")
        else:
            return code
        job.execution.resume()
        job.transition("Starting", "Launching requested ML instances")


def restore(job: Job, cluster: Cluster) -> None:
    """Bring the checkpoints of earlier attempts, or of an earlier job, before the program starts."""
    config = job.request.get("CheckpointConfig")
    if not config:
        return
    objects = job.site.objects
    items = transfer.listed(objects, f"{config['S3Uri'].rstrip('/')}/")
    for host in cluster.hosts:
        transfer.download(objects, items, contract.place(host.ml, channels.checkpoint_path(job)))


@contextmanager
def saved(job: Job, cluster: Cluster) -> Iterator[None]:
    """Keep the checkpoints in S3 up to date while the program runs; the first host speaks for all."""
    config = job.request.get("CheckpointConfig")
    if not config:
        yield
        return
    folder = contract.place(cluster.hosts[0].ml, channels.checkpoint_path(job))
    with transfer.Sync(job.site.objects, folder, Location.parse(config["S3Uri"])):
        yield
