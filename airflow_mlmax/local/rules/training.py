"""Rules of a training job, and of each training definition in a tuning job."""

from collections.abc import Iterator

from airflow_mlmax.local.api_call import ApiCall
from airflow_mlmax.local.rules.rule import Body, Rule, missing_input_text, repeated, storage_key_text

_DAY = 86_400
_LONGEST_RUN = 28 * _DAY


def one_algorithm(_: ApiCall, body: Body) -> str | None:
    algorithm = body["AlgorithmSpecification"]
    if ("TrainingImage" in algorithm) != ("AlgorithmName" in algorithm):
        return None
    return "AlgorithmSpecification needs exactly one of TrainingImage and AlgorithmName."


def has_stopping_condition(_: ApiCall, body: Body) -> str | None:
    if "StoppingCondition" in body:
        return None
    return "1 validation error detected: Value null at 'stoppingCondition' failed to satisfy constraint: Member must not be null"


def run_is_bounded(_: ApiCall, body: Body) -> str | None:
    seconds = body["StoppingCondition"].get("MaxRuntimeInSeconds", _DAY)
    if seconds <= _LONGEST_RUN:
        return None
    return f"MaxRuntimeInSeconds {seconds} is above the maximum of {_LONGEST_RUN} (28 days)."


def has_instances(_: ApiCall, body: Body) -> str | None:
    """A kind of instance, at least one of them, and a volume of at least 1 GB."""
    resources = body.get("ResourceConfig")
    if not resources:
        return "1 validation error detected: Value null at 'resourceConfig' failed to satisfy constraint: Member must not be null"
    if not any(_kinds(resources)):
        return "ResourceConfig needs one of InstanceType, InstanceGroups and InstancePreferences."
    for _name, count in _instances(resources):
        if count < 1:
            return f"InstanceCount must be at least 1, not {count}."
    volume = resources.get("VolumeSizeInGB", 0)
    return None if volume >= 1 else f"VolumeSizeInGB must be at least 1, not {volume}."


def one_kind_of_instances(_: ApiCall, body: Body) -> str | None:
    """Preferences go neither with a type or groups, nor with placement or spot."""
    resources = body["ResourceConfig"]
    given = list(_kinds(resources))
    if len(given) > 1:
        return f"ResourceConfig takes only one of {' and '.join(given)}."
    if "InstancePreferences" not in resources:
        return None
    if "InstancePlacementConfig" in resources:
        return "InstancePreferences does not go with InstancePlacementConfig."
    if body.get("EnableManagedSpotTraining"):
        return "InstancePreferences does not go with EnableManagedSpotTraining."
    return None


def spot_waits_long_enough(_: ApiCall, body: Body) -> str | None:
    stopping = body["StoppingCondition"]
    wait = stopping.get("MaxWaitTimeInSeconds")
    if not body.get("EnableManagedSpotTraining"):
        return (
            None if wait is None else "MaxWaitTimeInSeconds is only for jobs with EnableManagedSpotTraining."
        )
    run = stopping.get("MaxRuntimeInSeconds", _DAY)
    if wait is None or wait < run:
        return (
            f"MaxWaitTimeInSeconds ({wait}) must be present and not below MaxRuntimeInSeconds ({run})"
            " for managed spot training."
        )
    return None


def volume_key_fits(_: ApiCall, body: Body) -> str | None:
    resources = body["ResourceConfig"]
    return storage_key_text(resources, (name for name, _count in _instances(resources)))


def channels_are_distinct(_: ApiCall, body: Body) -> str | None:
    name = repeated(channel["ChannelName"] for channel in body.get("InputDataConfig", ()))
    return f"Channel names must be distinct: {name} is there twice." if name is not None else None


def channels_have_a_source(_: ApiCall, body: Body) -> str | None:
    for channel in body.get("InputDataConfig", ()):
        if "S3DataSource" not in channel["DataSource"]:
            return f"DataSource of the channel {channel['ChannelName']} is empty: give S3DataSource."
    return None


def inputs_exist(call: ApiCall, body: Body) -> str | None:
    for channel in body.get("InputDataConfig", ()):
        source = channel["DataSource"]["S3DataSource"]
        exact = source["S3DataType"] == "ManifestFile"
        if text := missing_input_text(call, source["S3Uri"], exact=exact, role=body["RoleArn"]):
            return text
    return None


def _kinds(resources: Body) -> Iterator[str]:
    for kind in ("InstanceType", "InstanceGroups", "InstancePreferences"):
        if resources.get(kind):
            yield kind


def _instances(resources: Body) -> Iterator[tuple[str, int]]:
    """Types and counts that a request names; a preference without a count takes the common one."""
    common = resources.get("InstanceCount", 0)
    for entry in (*resources.get("InstanceGroups", ()), *resources.get("InstancePreferences", ())):
        yield entry["InstanceType"], entry.get("InstanceCount", common)
    if "InstanceType" in resources:
        yield resources["InstanceType"], common


INSTANCE_RULES: tuple[Rule, ...] = (has_instances, one_kind_of_instances, volume_key_fits)
RULES: tuple[Rule, ...] = (
    one_algorithm,
    has_stopping_condition,
    run_is_bounded,
    spot_waits_long_enough,
    channels_are_distinct,
    channels_have_a_source,
    inputs_exist,
)
