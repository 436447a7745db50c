"""What a training job finds below /opt/ml before it starts: configuration files and channel data."""

import shutil

from airflow_mlmax.local.container import contract, transfer
from airflow_mlmax.local.container.transfer import Source
from airflow_mlmax.local.jobs.hosts import Cluster, Host
from airflow_mlmax.local.jobs.job import Job

_FOLDERS = ("model", "output/data", "input/data", "code")
_CHECKPOINTS = "/opt/ml/checkpoints"


def configure(job: Job, cluster: Cluster, host: Host) -> None:
    """Give a host an empty /opt/ml with the configuration files."""
    shutil.rmtree(host.folder, ignore_errors=True)
    for folder in _FOLDERS:
        (host.ml / folder).mkdir(parents=True)
    config = host.ml / "input" / "config"
    contract.write_json(config / "hyperparameters.json", job.request.get("HyperParameters", {}))
    contract.write_json(config / "inputdataconfig.json", input_config(job))
    contract.write_json(config / "resourceconfig.json", cluster.resource_config(host))
    if "CheckpointConfig" in job.request:
        contract.write_json(config / "checkpointconfig.json", {"LocalPath": checkpoint_path(job)})


def checkpoint_path(job: Job) -> str:
    """Where the job finds its checkpoints."""
    return str(job.request.get("CheckpointConfig", {}).get("LocalPath", _CHECKPOINTS))


def input_config(job: Job) -> dict[str, dict[str, str]]:
    """`inputdataconfig.json`: how each channel is given."""
    mode = job.request["AlgorithmSpecification"].get("TrainingInputMode", "File")
    config = {}
    for channel in job.request.get("InputDataConfig", ()):
        members = {
            "TrainingInputMode": channel.get("InputMode", mode),
            "S3DistributionType": channel["DataSource"]["S3DataSource"].get(
                "S3DataDistributionType", "FullyReplicated"
            ),
            "RecordWrapperType": channel.get("RecordWrapperType", "None"),
        }
        if "ContentType" in channel:
            members["ContentType"] = channel["ContentType"]
        config[channel["ChannelName"]] = members
    return config


def download(job: Job, cluster: Cluster) -> None:
    """Copy every channel to the hosts that are to have it. FastFile looks the same to the job."""
    for channel in job.request.get("InputDataConfig", ()):
        request = channel["DataSource"]["S3DataSource"]
        source = Source.of(request)
        items = source.items(job.site.objects)
        groups = request.get("InstanceGroupNames")
        receivers = [host for host in cluster.hosts if not groups or host.group in groups]
        for number, host in enumerate(receivers):
            own = transfer.shard(items, number, len(receivers)) if source.sharded else items
            transfer.download(job.site.objects, own, host.ml / "input" / "data" / channel["ChannelName"])
