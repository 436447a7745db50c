"""Rules of a processing job. Missing input data is not among them: that ends the job, not the call."""

from collections.abc import Iterator

from airflow_mlmax.local.api_call import ApiCall
from airflow_mlmax.local.rules.rule import Body, Rule, repeated, storage_key_text

_ROOT = "/opt/ml/processing/"


def names_are_distinct(_: ApiCall, body: Body) -> str | None:
    for what, names in (
        ("input", [one["InputName"] for one in body.get("ProcessingInputs", ())]),
        ("output", [one["OutputName"] for one in _outputs(body)]),
    ):
        name = repeated(names)
        if name is not None:
            return f"Processing {what} names must be distinct: {name} is there twice."
    return None


def inputs_have_a_path(_: ApiCall, body: Body) -> str | None:
    for one in body.get("ProcessingInputs", ()):
        path = one.get("S3Input", {}).get("LocalPath", "")
        if not path.startswith(_ROOT):
            name = one["InputName"]
            return f"The processing input {name} needs an S3Input whose LocalPath begins with {_ROOT}, not {path!r}."
    return None


def outputs_have_a_path(_: ApiCall, body: Body) -> str | None:
    for one in _outputs(body):
        path = one.get("S3Output", {}).get("LocalPath", "")
        if not path.startswith("/"):
            return f"The processing output {one['OutputName']} needs an S3Output with an absolute LocalPath, not {path!r}."
    return None


def paths_are_distinct(_: ApiCall, body: Body) -> str | None:
    inputs = [one["S3Input"]["LocalPath"].rstrip("/") for one in body.get("ProcessingInputs", ())]
    path = repeated(inputs)
    if path is not None:
        return f"Processing inputs must have distinct LocalPaths: {path} is there twice."
    both = set(inputs).intersection(one["S3Output"]["LocalPath"].rstrip("/") for one in _outputs(body))
    return f"A processing output must not be an input: both use {min(both)}." if both else None


def one_kind_of_instances(_: ApiCall, body: Body) -> str | None:
    cluster = body["ProcessingResources"]["ClusterConfig"]
    if ("InstanceType" in cluster) == ("InstancePreferences" in cluster):
        return "ClusterConfig needs exactly one of InstanceType and InstancePreferences."
    for entry in cluster.get("InstancePreferences", [cluster]):
        if "InstanceCount" not in {**cluster, **entry}:
            return "ClusterConfig needs an InstanceCount."
    return None


def volume_key_fits(_: ApiCall, body: Body) -> str | None:
    cluster = body["ProcessingResources"]["ClusterConfig"]
    return storage_key_text(
        cluster, (entry["InstanceType"] for entry in cluster.get("InstancePreferences", [cluster]))
    )


def _outputs(body: Body) -> Iterator[Body]:
    yield from body.get("ProcessingOutputConfig", {}).get("Outputs", ())


RULES: tuple[Rule, ...] = (
    names_are_distinct,
    inputs_have_a_path,
    outputs_have_a_path,
    paths_are_distinct,
    one_kind_of_instances,
    volume_key_fits,
)
