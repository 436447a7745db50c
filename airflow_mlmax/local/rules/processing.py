"""Rules of a processing job. Missing input data is not among them: that ends the job, not the call."""

from airflow_mlmax.local.operations.api_call import ApiCall
from airflow_mlmax.local.rules.rule import Body, Rule


def inputs_have_a_source(_: ApiCall, body: Body) -> str | None:
    for one in body.get("ProcessingInputs", ()):
        if "S3Input" not in one:
            return f"The processing input {one['InputName']} needs an S3Input."
    return None


def outputs_have_a_target(_: ApiCall, body: Body) -> str | None:
    for one in body.get("ProcessingOutputConfig", {}).get("Outputs", ()):
        if "S3Output" not in one:
            return f"The processing output {one['OutputName']} needs an S3Output."
    return None


def instances_are_counted(_: ApiCall, body: Body) -> str | None:
    cluster = body["ProcessingResources"]["ClusterConfig"]
    for one in cluster.get("InstancePreferences", [cluster]):
        if "InstanceCount" not in {**cluster, **one}:
            return "ClusterConfig needs an InstanceCount."
    return None


RULES: tuple[Rule, ...] = (inputs_have_a_source, outputs_have_a_target, instances_are_counted)
