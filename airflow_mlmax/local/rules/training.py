"""Rules of a training job, and of each training definition in a tuning job."""

from airflow_mlmax.local.operations.api_call import ApiCall
from airflow_mlmax.local.rules.rule import Body, Rule, missing_input_text


def instances_are_counted(_: ApiCall, body: Body) -> str | None:
    """At least one instance of each kind, and a volume."""
    resources = body.get("ResourceConfig", {"VolumeSizeInGB": 1})
    kinds = (*resources.get("InstanceGroups", ()), *resources.get("InstancePreferences", ()))
    if any({**resources, **kind}.get("InstanceCount", 0) < 1 for kind in kinds):
        return "ResourceConfig needs an InstanceCount of at least 1 for each kind of instance."
    return None if "VolumeSizeInGB" in resources else "ResourceConfig needs VolumeSizeInGB."


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


RULES: tuple[Rule, ...] = (instances_are_counted, channels_have_a_source, inputs_exist)
