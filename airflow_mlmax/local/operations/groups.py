"""Groups of model packages: Create, Describe, Delete, List."""

import time
from collections.abc import Callable, Mapping
from typing import Any

from airflow_mlmax.local.errors import ServiceError, validation
from airflow_mlmax.local.operations.api_call import ApiCall
from airflow_mlmax.local.operations.pages import named
from airflow_mlmax.local.resources import parse_arn
from airflow_mlmax.local.store import AlreadyExists, Record

KIND = "ModelPackageGroup"


def create(call: ApiCall) -> dict[str, Any]:
    name = call.request["ModelPackageGroupName"]
    arn = call.key(KIND, name).arn
    answer = {
        "ModelPackageGroupArn": arn,
        "ModelPackageGroupStatus": "Completed",
        "CreationTime": time.time(),
        "CreatedBy": {},
    }
    try:
        call.parts.store.insert(call.region, KIND, name, call.request, answer)
    except AlreadyExists:
        raise validation(f"Model Package Group already exists: {arn}") from None
    return {"ModelPackageGroupArn": arn}


def find(call: ApiCall) -> Record:
    """The group that a request names or gives the ARN of. Raises ValidationException if there is none."""
    given = call.request["ModelPackageGroupName"]
    key = parse_arn(given) or call.key(KIND, given)
    record = call.parts.store.get(key.region, KIND, key.name)
    if record is None or key.kind != KIND:
        raise validation(f"ModelPackageGroup {key.arn} does not exist.")
    return record


def delete(call: ApiCall) -> dict[str, Any]:
    group = find(call)
    if any(members(call, group.name)):
        raise ServiceError(
            "ConflictException",
            f"Model Package Group {group.answer['ModelPackageGroupArn']} still has model packages. Delete them first.",
        )
    call.parts.store.delete(group.region, KIND, group.name)
    return {}


def members(call: ApiCall, group: str) -> list[Record]:
    """The packages of a group, in the order of their creation."""
    packages = call.parts.store.records(call.region, "ModelPackage")
    return [package for package in packages if package.answer.get("ModelPackageGroupName") == group]


def listed(call: ApiCall) -> dict[str, Any]:
    """No group is shared from another account."""
    is_foreign = call.request.get("CrossAccountFilterOption") == "CrossAccount"
    records = [] if is_foreign else call.parts.store.records(call.region, KIND)
    shown, more = named(call.request, records, "ModelPackageGroupName", "Ascending")
    return {"ModelPackageGroupSummaryList": shown, **more}


OPERATIONS: dict[str, Callable[[ApiCall], Mapping[str, Any]]] = {
    "CreateModelPackageGroup": create,
    "DescribeModelPackageGroup": lambda call: find(call).description,
    "DeleteModelPackageGroup": delete,
    "ListModelPackageGroups": listed,
}
