"""The instance ladder: what to ask for next when SageMaker has no instances of the wanted kind."""

from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import Any

from airflow_mlmax.sagemaker.jobs import JobType
from airflow_mlmax.sagemaker.measures import compute
from airflow_mlmax.sagemaker.security import has_local_storage

_MEMBERS = {
    "instance_type": "InstanceType",
    "instance_count": "InstanceCount",
    "volume_size_gb": "VolumeSizeInGB",
}


def rung(ladder: Sequence[Mapping[str, Any]], capacity_errors: int) -> int:
    """Which rung to stand on after so many jobs without capacity: 0 is the request itself, then it starts over."""
    return capacity_errors % (len(ladder) + 1)


def climb(
    job_type: JobType, request: Mapping[str, Any], ladder: Sequence[Mapping[str, Any]], position: int
) -> dict[str, Any]:
    """The request with the compute of one rung.

    A rung may set `instance_type`, `instance_count`, `volume_size_gb`, and `spot: False` to go on demand. The
    checkpoint location stays, so that the next job goes on where a spot job was interrupted. Raises ValueError
    for any other key, and for a request whose compute cannot be changed in one place.
    """
    changed = deepcopy(dict(request))
    if position == 0:
        return changed
    step = dict(ladder[position - 1])
    if step.pop("spot", None) is False:
        _on_demand(changed)
    unknown = sorted(set(step) - set(_MEMBERS))
    if unknown:
        raise ValueError(
            f"instance_ladder[{position - 1}]: unknown {unknown}; known are {[*_MEMBERS, 'spot']}"
        )
    resources = compute(job_type, changed)
    if step and not isinstance(resources, dict):
        raise ValueError(
            f"instance_ladder cannot change a {job_type.resource} without one place for its compute"
        )
    for key, value in step.items():
        resources[_MEMBERS[key]] = value
    if step and has_local_storage(resources.get("InstanceType")):
        resources.pop("VolumeKmsKeyId", None)  # refused there: the hardware encrypts
    return changed


def _on_demand(request: dict[str, Any]) -> None:
    for definition in (request, request.get("TrainingJobDefinition") or {}):
        definition.pop("EnableManagedSpotTraining", None)
        definition.get("StoppingCondition", {}).pop("MaxWaitTimeInSeconds", None)
