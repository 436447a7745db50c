"""Rules of training jobs, which the definitions of a tuning job share."""

from collections.abc import Iterator, Mapping
from typing import Any

from airflow_mlmax.sagemaker.rules.machines import machine_faults
from airflow_mlmax.sagemaker.rules.reading import number, one_of, part, repeated, structures

_DAY = 86400
_LONGEST_RUNTIME = 28 * _DAY


def training_faults(request: Mapping[str, Any]) -> Iterator[str]:
    """Faults of a `CreateTrainingJob` request."""
    if part(request, "ServerlessJobConfig"):
        return
    if not part(request, "ResourceConfig"):
        yield "ResourceConfig is missing: name the instances."
    if not part(request, "StoppingCondition"):
        yield "StoppingCondition is missing: nothing bounds what the job costs."
    yield from work_faults(request, "")


def training_warnings(request: Mapping[str, Any]) -> Iterator[str]:
    """What a training job is likely to regret."""
    if request.get("EnableManagedSpotTraining") is True and not part(request, "CheckpointConfig", "S3Uri"):
        yield "spot training without CheckpointConfig starts from zero after every interruption."


def work_faults(work: Mapping[str, Any], where: str) -> Iterator[str]:
    """Faults of what a training job and a tuning definition have in common; `where` is a prefix with its dot."""
    yield from one_of(
        part(work, "AlgorithmSpecification"),
        f"{where}AlgorithmSpecification",
        "TrainingImage",
        "AlgorithmName",
    )
    for name in ("ResourceConfig", "HyperParameterTuningResourceConfig"):
        if part(work, name):
            yield from machine_faults(part(work, name), f"{where}{name}")
    yield from _limit_faults(work, where)
    yield from _channel_faults(work, where)
    if part(work, "ResourceConfig", "InstancePreferences") and work.get("EnableManagedSpotTraining") is True:
        yield f"{where}ResourceConfig.InstancePreferences excludes EnableManagedSpotTraining; keep one."


def _limit_faults(work: Mapping[str, Any], where: str) -> Iterator[str]:
    runtime = number(work, "StoppingCondition", "MaxRuntimeInSeconds")
    wait = number(work, "StoppingCondition", "MaxWaitTimeInSeconds")
    here = f"{where}StoppingCondition"
    if runtime is not None and runtime > _LONGEST_RUNTIME:
        yield f"{here}.MaxRuntimeInSeconds is {runtime}; at most 28 days ({_LONGEST_RUNTIME}) are allowed."
    if work.get("EnableManagedSpotTraining") is not True:
        if wait is not None:
            yield f"{here}.MaxWaitTimeInSeconds is allowed only with EnableManagedSpotTraining."
    elif wait is None:
        yield f"{here}.MaxWaitTimeInSeconds is missing: spot training needs it, at least MaxRuntimeInSeconds."
    elif wait < (_DAY if runtime is None else runtime):
        limit = _DAY if runtime is None else runtime
        yield f"{here}.MaxWaitTimeInSeconds is {wait}; it includes the runtime and must be at least {limit}."


def _channel_faults(work: Mapping[str, Any], where: str) -> Iterator[str]:
    channels = structures(work, "InputDataConfig")
    for name in repeated(part(channel, "ChannelName") for channel in channels):
        yield f"{where}InputDataConfig: the channel {name!r} occurs more than once."
    default = part(work, "AlgorithmSpecification", "TrainingInputMode")
    for index, channel in enumerate(channels):
        if (channel.get("InputMode") or default) == "Pipe":
            continue
        here = f"{where}InputDataConfig[{index}]"
        if part(channel, "DataSource", "S3DataSource", "S3DataType") == "AugmentedManifestFile":
            yield f"{here}: AugmentedManifestFile works only with input mode Pipe."
        if channel.get("CompressionType") == "Gzip":
            yield f"{here}: CompressionType Gzip works only with input mode Pipe."
