"""Rules of a transform job."""

from airflow_mlmax.local.api_call import ApiCall
from airflow_mlmax.local.resources import ResourceKey
from airflow_mlmax.local.rules.rule import Body, Rule, missing_input_text, storage_key_text

_LARGEST = 100
_FILTERED = ("text/csv", "application/json", "application/jsonlines")


def payload_is_bounded(_: ApiCall, body: Body) -> str | None:
    """A request may have 100 MB, and so may all concurrent ones together."""
    payload = body.get("MaxPayloadInMB", 6)
    concurrent = body.get("MaxConcurrentTransforms", 0)
    if payload > _LARGEST:
        return f"MaxPayloadInMB {payload} is above the maximum of {_LARGEST}."
    if payload * concurrent > _LARGEST:
        return (
            f"MaxConcurrentTransforms ({concurrent}) times MaxPayloadInMB ({payload})"
            f" is above the maximum of {_LARGEST}."
        )
    return None


def strategy_has_records(_: ApiCall, body: Body) -> str | None:
    if "BatchStrategy" not in body or body["TransformInput"].get("SplitType", "None") != "None":
        return None
    return f"BatchStrategy {body['BatchStrategy']} needs a SplitType of Line, RecordIO or TFRecord."


def filters_know_the_format(_: ApiCall, body: Body) -> str | None:
    """Filters and join read CSV, JSON and JSON lines only."""
    given = {
        name: value for name, value in body.get("DataProcessing", {}).items() if value not in {"$", "None"}
    }
    content_type = body["TransformInput"].get("ContentType", "")
    if not given or content_type.partition(";")[0].strip() in _FILTERED:
        return None
    return (
        f"DataProcessing with {', '.join(sorted(given))} needs a TransformInput.ContentType of"
        f" {', '.join(_FILTERED)}, not {content_type!r}."
    )


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


def volume_key_fits(_: ApiCall, body: Body) -> str | None:
    resources = body["TransformResources"]
    return storage_key_text(resources, [resources["InstanceType"]])


RULES: tuple[Rule, ...] = (
    payload_is_bounded,
    strategy_has_records,
    filters_know_the_format,
    volume_key_fits,
    model_can_be_loaded,
    input_exists,
)
