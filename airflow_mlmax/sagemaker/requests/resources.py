"""The machines of a job, as each family spells them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from airflow_mlmax.sagemaker.groups import Group
from airflow_mlmax.sagemaker.requests.values import present

_DEFAULT_VOLUME_GB = 30


@dataclass(frozen=True, kw_only=True)
class TransformCompute(Group):
    """Instances of a transform job; AWS sizes their volumes itself."""

    instance_type: str | None = None
    instance_count: int | str = 1

    def resources(self) -> dict[str, Any]:
        """`TransformResources`."""
        return present(InstanceType=self.instance_type, InstanceCount=self.instance_count)


@dataclass(frozen=True, kw_only=True)
class ProcessingCompute(TransformCompute):
    """Instances of a processing job."""

    volume_size_gb: int | str | None = None
    """Size of each instance's volume in gigabytes; 30 where nothing is said."""

    instance_preferences: list[Mapping[str, Any]] | None = None
    """Up to five `{instance_type, instance_count}`, best first, instead of the one type."""

    def cluster(self) -> dict[str, Any]:
        """`ProcessingResources.ClusterConfig`; the members of one type and of preferences exclude each other."""
        machines = self._preferences() or super().resources()
        return {**machines, "VolumeSizeInGB": _volume(self.volume_size_gb)}

    def _preferences(self) -> dict[str, Any]:
        if not self.instance_preferences:
            return {}
        return {"InstancePreferences": [_machines(item) for item in self.instance_preferences]}


@dataclass(frozen=True, kw_only=True)
class TrainingCompute(ProcessingCompute):
    """Instances of a training job."""

    instance_groups: list[Mapping[str, Any]] | None = None
    """Up to five `{name, instance_type, instance_count}`: a cluster of several types."""

    keep_alive: int | str | None = None
    """Seconds for which a warm pool is kept, and billed, after the job."""

    training_plan_arn: str | None = None

    def resources(self) -> dict[str, Any]:
        """`ResourceConfig` of a training job."""
        return {
            **(self._instance_groups() or self._preferences() or super().resources()),
            "VolumeSizeInGB": _volume(self.volume_size_gb),
            **present(KeepAlivePeriodInSeconds=self.keep_alive, TrainingPlanArn=self.training_plan_arn),
        }

    def tuning_resources(self) -> dict[str, Any]:
        """`ResourceConfig` or, with preferences, `HyperParameterTuningResourceConfig` of a tuning definition."""
        if not self.instance_preferences:
            return {"ResourceConfig": self.resources()}
        volume = _volume(self.volume_size_gb)
        configs = [{**_machines(item), "VolumeSizeInGB": volume} for item in self.instance_preferences]
        return {
            "HyperParameterTuningResourceConfig": {
                "AllocationStrategy": "Prioritized",
                "InstanceConfigs": configs,
            }
        }

    def _instance_groups(self) -> dict[str, Any]:
        if not self.instance_groups:
            return {}
        groups = [{"InstanceGroupName": item.get("name"), **_machines(item)} for item in self.instance_groups]
        return {"InstanceGroups": groups}


def compute_faults(compute: TransformCompute, where: str = "compute") -> list[str]:
    """Ways to name instances that exclude each other."""
    several = [
        name
        for name in ("instance_type", "instance_preferences", "instance_groups")
        if getattr(compute, name, None)
    ]
    if len(several) > 1:
        return [f"{where} has {' and '.join(several)}; they exclude each other, keep one."]
    return []


def _machines(item: Mapping[str, Any]) -> dict[str, Any]:
    return present(InstanceType=item.get("instance_type"), InstanceCount=item.get("instance_count", 1))


def _volume(size: int | str | None) -> int | str:
    return _DEFAULT_VOLUME_GB if size is None else size
