"""What a training job leaves in S3: its model and the rest of /opt/ml/output."""

import shutil
from pathlib import Path

from airflow_mlmax.local.container import archives, transfer
from airflow_mlmax.local.container.transfer import Location
from airflow_mlmax.local.jobs.hosts import Cluster
from airflow_mlmax.local.jobs.job import Job


def upload(job: Job, cluster: Cluster) -> str:
    """Store `model.tar.gz`, and `output.tar.gz` if there is output; the URI of the model.

    The hosts' folders are merged; the first host has the last word on a name that several use. With compression
    NONE the files themselves are stored, below `model/` and `output/`.
    """
    config = job.request["OutputDataConfig"]
    target = Location.parse(config["S3OutputPath"]).below(job.name, "output")
    model, output = (_merged(job, cluster, name) for name in ("model", "output"))
    if config.get("CompressionType") == "NONE":
        return _store_files(job, model, output, target)
    if any(transfer.files_of(output)):
        _store_archive(job, output, target)
    return _store_archive(job, model, target)


def _merged(job: Job, cluster: Cluster, name: str) -> Path:
    if len(cluster.hosts) == 1:
        return cluster.hosts[0].ml / name
    merged = job.folder / name
    for host in reversed(cluster.hosts):
        shutil.copytree(host.ml / name, merged, symlinks=True, dirs_exist_ok=True)
    return merged


def _store_files(job: Job, model: Path, output: Path, target: Location) -> str:
    for folder in (output, model):
        below = target.below(folder.name)
        transfer.upload(job.site.objects, transfer.files_of(folder), folder, below)
    return f"{target.uri}/model/"


def _store_archive(job: Job, folder: Path, target: Location) -> str:
    archive = job.folder / f"{folder.name}.tar.gz"
    archives.pack(folder, archive)
    transfer.upload(job.site.objects, iter([archive]), archive.parent, target)
    return target.below(archive.name).uri
