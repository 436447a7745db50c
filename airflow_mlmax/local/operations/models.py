"""Models: Create, Describe, Delete, List."""

import time
from collections.abc import Callable, Mapping
from typing import Any

from airflow_mlmax.local import rules
from airflow_mlmax.local.errors import validation
from airflow_mlmax.local.operations.api_call import ApiCall
from airflow_mlmax.local.operations.packages import find as find_package
from airflow_mlmax.local.operations.pages import named
from airflow_mlmax.local.store import AlreadyExists

KIND = "Model"


def create(call: ApiCall) -> dict[str, Any]:
    name = call.request["ModelName"]
    arn = call.key(KIND, name).arn
    already = validation(f'Cannot create already existing model "{arn}".')
    if call.parts.store.get(call.region, KIND, name):
        raise already
    rules.check(call)
    answer = {"ModelArn": arn, "CreationTime": time.time(), "Container": _container(call)}
    try:
        call.parts.store.insert(call.region, KIND, name, call.request, answer)
    except AlreadyExists:
        raise already from None
    return {"ModelArn": arn}


def _container(call: ApiCall) -> dict[str, Any]:
    """Image, archive and environment that a transform job loads; those of a model package come from its first
    container, and the model's own environment wins.
    """
    given: dict[str, Any] = call.request["PrimaryContainer"]
    if "ModelPackageName" not in given:
        return given
    package = find_package(call, given["ModelPackageName"])
    container = package.description["InferenceSpecification"]["Containers"][0]
    return {**container, "Environment": {**container.get("Environment", {}), **given.get("Environment", {})}}


def describe(call: ApiCall) -> dict[str, Any]:
    name = call.request["ModelName"]
    record = call.parts.store.get(call.region, KIND, name)
    if record is None:
        raise validation(f'Could not find model "{call.key(KIND, name).arn}".')
    return record.description


def delete(call: ApiCall) -> dict[str, Any]:
    describe(call)
    call.parts.store.delete(call.region, KIND, call.request["ModelName"])
    return {}


def listed(call: ApiCall) -> dict[str, Any]:
    records = call.parts.store.records(call.region, KIND)
    shown, more = named(call.request, records, "ModelName", "Descending")
    return {"Models": shown, **more}


OPERATIONS: dict[str, Callable[[ApiCall], Mapping[str, Any]]] = {
    "CreateModel": create,
    "DescribeModel": describe,
    "DeleteModel": delete,
    "ListModels": listed,
}
