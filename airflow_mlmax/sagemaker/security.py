"""One security block for every request: where each family carries keys, network and isolation, and what is missing.

A transform job has no network members of its own: it runs in the VPC of its model. Types with local NVMe storage
encrypt it in hardware and refuse a volume key.
"""

import re
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from airflow_mlmax.sagemaker.groups import Group
from airflow_mlmax.sagemaker.monitoring import MONITOR_TYPES

_LOCAL_STORAGE = re.compile(
    r"ml\.(?:[a-z]+\d+[a-z]*d[a-z]*|g[5-9](?!g\.)\w*|gr6\w*|p[5-9]\w*|trn\d\w*|i\d\w*|dl1)[.-].*"
)

Place = tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Security(Group):
    """What every job of an environment is given. An absent or empty block asks for nothing."""

    volume_kms_key: str | None = None
    """Key for the volumes of the instances."""

    output_kms_key: str | None = None
    """Key for everything that SageMaker writes to S3."""

    subnets: list[str] | None = None
    security_group_ids: list[str] | None = None

    network_isolation: bool = True
    """No network at all for the container: no pip and no AWS call, Secrets Manager included."""

    encrypt_inter_container_traffic: bool | None = None
    """None: on as soon as there is more than one instance."""

    required: bool = False
    """Refuse a request that ends up without both keys, a VPC or, with several instances, encryption."""


@dataclass(frozen=True)
class _Places:
    """Where one kind of request, or one definition in it, carries each control."""

    vpc: Place = ()
    isolation: Place = ()
    encryption: Place = ()
    volume_keys: tuple[Place, ...] = ()
    output_keys: tuple[Place, ...] = ()


@dataclass(frozen=True)
class _Control:
    """One control at one place: the argument that sets it, and what the block wants there (None: nothing)."""

    argument: str
    place: Place
    wanted: Any
    demanded: bool
    """Whether a `required` block refuses a request without it."""


_TRAINING = _Places(
    vpc=("VpcConfig",),
    isolation=("EnableNetworkIsolation",),
    encryption=("EnableInterContainerTrafficEncryption",),
    volume_keys=(
        ("ResourceConfig", "VolumeKmsKeyId"),
        ("HyperParameterTuningResourceConfig", "VolumeKmsKeyId"),
    ),
    output_keys=(("OutputDataConfig", "KmsKeyId"),),
)


def _processing(resources: str, output: str) -> _Places:
    return _Places(
        vpc=("NetworkConfig", "VpcConfig"),
        isolation=("NetworkConfig", "EnableNetworkIsolation"),
        encryption=("NetworkConfig", "EnableInterContainerTrafficEncryption"),
        volume_keys=((resources, "ClusterConfig", "VolumeKmsKeyId"),),
        output_keys=((output, "KmsKeyId"),),
    )


_PLACES: Mapping[str, _Places] = {
    "CreateProcessingJob": _processing("ProcessingResources", "ProcessingOutputConfig"),
    "CreateTrainingJob": _TRAINING,
    "CreateHyperParameterTuningJob": _TRAINING,
    "CreateTransformJob": _Places(
        volume_keys=(("TransformResources", "VolumeKmsKeyId"),),
        output_keys=(("TransformOutput", "KmsKeyId"), ("DataCaptureConfig", "KmsKeyId")),
    ),
    "CreateModel": _Places(vpc=("VpcConfig",), isolation=("EnableNetworkIsolation",)),
    "CreateModelPackage": _Places(output_keys=(("SecurityConfig", "KmsKeyId"),)),
    "CreateModelPackageGroup": _Places(),
    "CreateMonitoringSchedule": _processing("MonitoringResources", "MonitoringOutputConfig"),
    **{
        each.operation("Create"): _processing("JobResources", f"{each.area}JobOutputConfig")
        for each in MONITOR_TYPES.values()
    },
}
_NESTED: Mapping[str, tuple[Place, ...]] = {
    "CreateHyperParameterTuningJob": (("TrainingJobDefinition",), ("TrainingJobDefinitions",)),
    "CreateMonitoringSchedule": (("MonitoringScheduleConfig", "MonitoringJobDefinition"),),
}
"""Where the definitions lie that carry the controls instead of the request itself."""


def secured(operation: str, request: Mapping[str, Any], block: Security | None) -> dict[str, Any]:
    """A copy of the request that carries the block wherever the request says nothing itself."""
    result = deepcopy(dict(request))
    if block is None:
        return result
    for section, _ in _sections(operation, result):
        for control in _controls(operation, section, block):
            if control.wanted is not None and _at(section, control.place) is None:
                _put(section, control.place, control.wanted)
    return result


def security_faults(operation: str, request: Mapping[str, Any], block: Security | None) -> Iterator[str]:
    """Values that contradict the block and, if the block is `required`, everything that is missing."""
    if block is None:
        return
    if bool(block.subnets) != bool(block.security_group_ids):
        yield "security has subnets without security_group_ids or the reverse; SageMaker needs both."
    for section, where in _sections(operation, request):
        for control in _controls(operation, section, block):
            actual, name = _at(section, control.place), where + ".".join(control.place)
            if actual is None and block.required and control.demanded:
                yield f"{name} is required by the security block and not set; set security.{control.argument}."
            elif control.wanted not in (None, actual) and actual is not True:
                yield (
                    f"{name} is {actual!r} but security.{control.argument} demands {control.wanted!r}; "
                    f"remove it from the request or change the block."
                )


def has_local_storage(instance_type: str | None) -> bool:
    """Whether instances of this type bring NVMe storage and therefore refuse a volume key."""
    return _LOCAL_STORAGE.fullmatch(instance_type or "") is not None


def instance_types(resources: Any) -> list[str]:
    """All instance types that a request, or a part of it, names."""
    if isinstance(resources, Mapping):
        named = [resources["InstanceType"]] if isinstance(resources.get("InstanceType"), str) else []
        return named + [name for value in resources.values() for name in instance_types(value)]
    if isinstance(resources, list | tuple):
        return [name for item in resources for name in instance_types(item)]
    return []


def _sections(operation: str, request: Mapping[str, Any]) -> Iterator[tuple[dict[str, Any], str]]:
    """The mappings that carry controls, each with the path to it: the request itself or its definitions."""
    if operation not in _NESTED:
        yield dict(request) if not isinstance(request, dict) else request, ""
        return
    for place in _NESTED[operation]:
        found, where = _at(request, place), ".".join(place)
        if isinstance(found, dict):
            yield found, f"{where}."
        for index, definition in enumerate(found if isinstance(found, list) else []):
            if isinstance(definition, dict):
                yield definition, f"{where}[{index}]."


def _controls(operation: str, section: Mapping[str, Any], block: Security) -> Iterator[_Control]:
    places = _PLACES[operation]
    if places.vpc:
        network = {"SecurityGroupIds": block.security_group_ids, "Subnets": block.subnets}
        wanted = network if block.subnets and block.security_group_ids else None
        yield _Control("subnets", places.vpc, wanted, demanded=True)
        yield _Control("network_isolation", places.isolation, block.network_isolation, demanded=False)
    if places.encryption:
        several = _has_several_instances(section)
        encryption = block.encrypt_inter_container_traffic
        wanted_encryption = several or None if encryption is None else encryption
        yield _Control(
            "encrypt_inter_container_traffic", places.encryption, wanted_encryption, demanded=several
        )
    for place in places.volume_keys:
        resources = _at(section, place[:-1])
        if isinstance(resources, Mapping) and not any(map(has_local_storage, instance_types(resources))):
            yield _Control("volume_kms_key", place, block.volume_kms_key, demanded=True)
    for place in places.output_keys:
        if place[0] == "SecurityConfig" or isinstance(_at(section, place[:-1]), Mapping):
            yield _Control(
                "output_kms_key", place, block.output_kms_key, demanded=place[0] != "SecurityConfig"
            )


def _has_several_instances(part: Any) -> bool:
    if isinstance(part, Mapping):
        groups = part.get("InstanceGroups")
        count = part.get("InstanceCount")
        several = isinstance(count, int) and count > 1
        grouped = isinstance(groups, list) and len(groups) > 1
        return several or grouped or any(map(_has_several_instances, part.values()))
    return isinstance(part, list | tuple) and any(map(_has_several_instances, part))


def _at(value: Any, place: Place) -> Any:
    for key in place:
        value = value.get(key) if isinstance(value, Mapping) else None
    return value


def _put(section: dict[str, Any], place: Place, value: Any) -> None:
    for key in place[:-1]:
        section = section.setdefault(key, {})
        if not isinstance(section, dict):
            return  # the checker names the wrong type
    section[place[-1]] = value
