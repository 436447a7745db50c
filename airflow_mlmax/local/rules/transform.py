"""Rules of a transform job."""

from airflow_mlmax.local.operations.api_call import ApiCall
from airflow_mlmax.local.resources import ResourceKey
from airflow_mlmax.local.rules.rule import Body, Rule, missing_input_text


def model_can_be_loaded(call: ApiCall, body: Body) -> str | None:
    """The model is there, and so is its one archive."""
    name = body["ModelName"]
    record = call.parts.store.get(call.region, "Model", name)
    if record is None:
        return f'Could not find model "{ResourceKey(call.region, "Model", name).arn}".'
    url = record.answer["Container"].get("ModelDataUrl")
    if url is None:
        return f"The model {name} has no ModelDataUrl; a transform job loads one .tar.gz archive."
    if missing_input_text(call, url, exact=True):
        return f"Could not find model data at {url}."
    return None


def input_exists(call: ApiCall, body: Body) -> str | None:
    source = body["TransformInput"]["DataSource"]["S3DataSource"]
    return missing_input_text(call, source["S3Uri"], exact=source["S3DataType"] == "ManifestFile")


RULES: tuple[Rule, ...] = (model_can_be_loaded, input_exists)
