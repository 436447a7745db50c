"""Monitoring job definitions: Create, Describe, Delete, List, written once over the four types."""

import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from airflow_mlmax.local import rules
from airflow_mlmax.local.errors import ServiceError
from airflow_mlmax.local.operations.api_call import ApiCall
from airflow_mlmax.local.operations.pages import named
from airflow_mlmax.local.store import AlreadyExists, Record
from airflow_mlmax.sagemaker.monitoring import MONITOR_TYPES, MonitorType


def create(kind: MonitorType, call: ApiCall) -> dict[str, Any]:
    name = call.request["JobDefinitionName"]
    arn = call.key(kind.resource, name).arn
    taken = ServiceError("ResourceInUse", f"Monitoring Job Definition {arn} already exists.")
    if call.parts.store.get(call.region, kind.resource, name):
        raise taken
    rules.check(call)
    answer = {
        "JobDefinitionArn": arn,
        "MonitoringJobDefinitionArn": arn,
        "MonitoringJobDefinitionName": name,
        "EndpointName": "",  # a summary must have one; here no definition does
        "CreationTime": time.time(),
    }
    try:
        call.parts.store.insert(call.region, kind.resource, name, call.request, answer)
    except AlreadyExists:
        raise taken from None
    return answer


def find(kind: MonitorType, call: ApiCall) -> Record:
    """The definition that a request names. Raises ResourceNotFound."""
    name = call.request["JobDefinitionName"]
    record = call.parts.store.get(call.region, kind.resource, name)
    if record is None:
        arn = call.key(kind.resource, name).arn
        raise ServiceError("ResourceNotFound", f"Monitoring Job Definition {arn} not found.")
    return record


def describe(kind: MonitorType, call: ApiCall) -> dict[str, Any]:
    return find(kind, call).description


def delete(kind: MonitorType, call: ApiCall) -> dict[str, Any]:
    record = find(kind, call)
    call.parts.store.delete(record.region, record.kind, record.name)
    return {}


def listed(kind: MonitorType, call: ApiCall) -> dict[str, Any]:
    """No definition here has an endpoint, so a filter by one leaves none."""
    is_foreign = "EndpointName" in call.request
    records = [] if is_foreign else call.parts.store.records(call.region, kind.resource)
    shown, more = named(call.request, records, "MonitoringJobDefinitionName", "Descending")
    return {"JobDefinitionSummaries": shown, **more}


OPERATIONS: dict[str, Callable[[ApiCall], Mapping[str, Any]]] = {
    kind.operation(verb): partial(function, kind)
    for kind in MONITOR_TYPES.values()
    for verb, function in (("Create", create), ("Describe", describe), ("Delete", delete), ("List", listed))
}
