"""Tags of everything that has an ARN."""

from collections.abc import Callable, Mapping
from typing import Any

from airflow_mlmax.local import rules
from airflow_mlmax.local.errors import validation
from airflow_mlmax.local.operations.api_call import ApiCall
from airflow_mlmax.local.operations.pages import page
from airflow_mlmax.local.resources import parse_arn
from airflow_mlmax.local.store import Record

_PAGE = 50
_MOST = 50


def add(call: ApiCall) -> dict[str, Any]:
    """Add tags, or give existing keys a new value."""
    rules.check(call)
    record = _find(call)
    tags = {**_tags(record), **{tag["Key"]: tag["Value"] for tag in call.request["Tags"]}}
    if len(tags) > _MOST:
        raise validation(f"{call.request['ResourceArn']} would have {len(tags)} tags, the limit is {_MOST}")
    return {"Tags": _keep(call, record, tags)}


def remove(call: ApiCall) -> dict[str, Any]:
    record = _find(call)
    _keep(
        call,
        record,
        {key: value for key, value in _tags(record).items() if key not in call.request["TagKeys"]},
    )
    return {}


def listed(call: ApiCall) -> dict[str, Any]:
    tags = [{"Key": key, "Value": value} for key, value in _tags(_find(call)).items()]
    request = {"MaxResults": _PAGE, **call.request}
    shown, more = page(request, tags, lambda tag: (tag["Key"], ""), descending=False)
    return {"Tags": shown, **more}


def _find(call: ApiCall) -> Record:
    arn = call.request["ResourceArn"]
    key = parse_arn(arn)
    record = call.parts.store.get(key.region, key.kind, key.name) if key else None
    if record is None:
        raise validation(f"Could not find the resource {arn}")
    return record


def _tags(record: Record) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in record.description.get("Tags", ())}


def _keep(call: ApiCall, record: Record, tags: Mapping[str, str]) -> list[dict[str, str]]:
    pairs = [{"Key": key, "Value": value} for key, value in tags.items()]
    call.parts.store.update(record.region, record.kind, record.name, {"Tags": pairs})
    return pairs


OPERATIONS: dict[str, Callable[[ApiCall], Mapping[str, Any]]] = {
    "AddTags": add,
    "ListTags": listed,
    "DeleteTags": remove,
}
