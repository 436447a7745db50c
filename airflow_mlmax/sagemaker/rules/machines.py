"""Rules about instances and volumes that several families share."""

from collections.abc import Iterator
from typing import Any

from airflow_mlmax.sagemaker.rules.reading import number, one_of, part
from airflow_mlmax.sagemaker.security import has_local_storage, instance_types


def machine_faults(resources: Any, where: str) -> Iterator[str]:
    """Faults of one `ClusterConfig`, `ResourceConfig` or `TransformResources`."""
    yield from one_of(
        resources, where, "InstanceType", "InstancePreferences", "InstanceGroups", "InstanceConfigs"
    )
    if part(resources, "InstancePreferences") and part(resources, "InstancePlacementConfig"):
        yield f"{where}: InstancePreferences excludes InstancePlacementConfig; keep one."
    count = number(resources, "InstanceCount") if part(resources, "InstanceCount") is not None else 0
    if part(resources, "InstanceType") and count is not None and count < 1:
        yield f"{where}.InstanceCount must be at least 1."
    if (volume := number(resources, "VolumeSizeInGB")) is not None and volume < 1:
        yield f"{where}.VolumeSizeInGB is {volume}; it must be at least 1."
    if part(resources, "VolumeKmsKeyId"):
        for name in sorted(set(filter(has_local_storage, instance_types(resources)))):
            yield (
                f"{where}.VolumeKmsKeyId is refused for {name}, which has local storage encrypted in hardware; "
                f"remove the key or take another type."
            )
