"""Model packages: versions of a group or packages of their own, and their approval."""

import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from airflow_mlmax.local import rules
from airflow_mlmax.local.errors import validation
from airflow_mlmax.local.operations import groups
from airflow_mlmax.local.operations.api_call import ApiCall
from airflow_mlmax.local.operations.pages import in_window, page
from airflow_mlmax.local.resources import parse_arn
from airflow_mlmax.local.store import AlreadyExists, Record

KIND = "ModelPackage"

_UPDATED = (
    "ApprovalDescription",
    "InferenceSpecification",
    "ModelApprovalStatus",
    "ModelCard",
    "ModelLifeCycle",
    "ModelPackageRegistrationType",
    "SourceUri",
)
_numbering = threading.Lock()
"""Held while the next version of a group is chosen and stored."""


def create(call: ApiCall) -> dict[str, Any]:
    """The same `ClientToken` gives the same package, however often it is asked for."""
    rules.check(call)
    with _numbering:
        record = _repeated(call) or _new(call)
    return {"ModelPackageArn": record.answer["ModelPackageArn"]}


def _repeated(call: ApiCall) -> Record | None:
    token = call.request.get("ClientToken")
    packages = call.parts.store.records(call.region, KIND) if token else []
    return next((package for package in packages if package.request.get("ClientToken") == token), None)


def _new(call: ApiCall) -> Record:
    request = call.request
    name = request.get("ModelPackageName")
    answer: dict[str, Any] = {
        "CreationTime": time.time(),
        "ModelPackageStatus": "Completed",
        "ModelPackageStatusDetails": {"ValidationStatuses": [], "ImageScanStatuses": []},
    }
    if name is None:
        group = groups.find(call)
        version = group.answer.get("LatestVersion", 0) + 1
        name = f"{group.name}/{version}"
        call.parts.store.update(group.region, group.kind, group.name, {"LatestVersion": version})
        answer |= {
            "ModelPackageName": group.name,
            "ModelPackageGroupName": group.name,
            "ModelPackageVersion": version,
            "ModelApprovalStatus": request.get("ModelApprovalStatus", "PendingManualApproval"),
        }
    arn = call.key(KIND, name).arn
    try:
        record = call.parts.store.insert(call.region, KIND, name, request, {**answer, "ModelPackageArn": arn})
    except AlreadyExists:
        raise validation(f"Model Package already exists: {arn}") from None
    _tell(call, record)
    return record


def _tell(call: ApiCall, record: Record) -> None:
    """The event by which others learn of a new package or of its approval."""
    told = (
        "ModelPackageArn",
        "ModelPackageName",
        "ModelPackageGroupName",
        "ModelPackageVersion",
        "ModelPackageStatus",
        "ModelApprovalStatus",
    )
    detail = {name: record.description[name] for name in told if name in record.description}
    detail["CreationTime"] = int(record.answer["CreationTime"] * 1000)
    call.parts.events.put(
        call.region,
        "aws.sagemaker",
        "SageMaker Model Package State Change",
        detail,
        [record.answer["ModelPackageArn"]],
    )


def find(call: ApiCall, given: str) -> Record:
    """The package of a name or ARN. Raises ValidationException if there is none."""
    key = parse_arn(given) or call.key(KIND, given)
    record = call.parts.store.get(key.region, KIND, key.name)
    if record is None or key.kind != KIND:
        raise validation(f"ModelPackage {key.arn} does not exist.")
    return record


def update(call: ApiCall) -> dict[str, Any]:
    record = find(call, call.request["ModelPackageArn"])
    rules.check(call)
    changes = {member: call.request[member] for member in _UPDATED if member in call.request}
    properties = {
        **record.description.get("CustomerMetadataProperties", {}),
        **call.request.get("CustomerMetadataProperties", {}),
    }
    for name in call.request.get("CustomerMetadataPropertiesToRemove", ()):
        properties.pop(name, None)
    changes |= {"CustomerMetadataProperties": properties, "LastModifiedTime": time.time()}
    record = call.parts.store.update(record.region, record.kind, record.name, changes)
    _tell(call, record)
    return {"ModelPackageArn": record.answer["ModelPackageArn"]}


def delete(call: ApiCall) -> dict[str, Any]:
    record = find(call, call.request["ModelPackageName"])
    call.parts.store.delete(record.region, record.kind, record.name)
    return {}


def listed(call: ApiCall) -> dict[str, Any]:
    request = call.request
    shown, more = page(
        request,
        [item for item in _candidates(call) if _is_wanted(request, item)],
        lambda item: (_sort_value(request, item), item["ModelPackageArn"]),
        descending=request.get("SortOrder") == "Descending",
    )
    return {"ModelPackageSummaryList": shown, **more}


def _candidates(call: ApiCall) -> list[dict[str, Any]]:
    """Versions of one group if a group is given, else packages of the asked type; without one: unversioned ones."""
    if "ModelPackageGroupName" in call.request:
        return [record.description for record in groups.members(call, groups.find(call).name)]
    wanted = call.request.get("ModelPackageType", "Unversioned")
    found = [record.description for record in call.parts.store.records(call.region, KIND)]
    return [
        item
        for item in found
        if wanted == "Both" or ("ModelPackageVersion" in item) == (wanted == "Versioned")
    ]


def _is_wanted(request: Mapping[str, Any], item: Mapping[str, Any]) -> bool:
    status = request.get("ModelApprovalStatus")
    return (
        request.get("NameContains", "") in item["ModelPackageName"]
        and in_window(request, item)
        and (status is None or item.get("ModelApprovalStatus") == status)
    )


def _sort_value(request: Mapping[str, Any], item: Mapping[str, Any]) -> Any:
    """Versions of one group have one name; among them the number decides."""
    if request.get("SortBy") == "Name":
        return [item["ModelPackageName"], item.get("ModelPackageVersion", 0)]
    return item["CreationTime"]


OPERATIONS: dict[str, Callable[[ApiCall], Mapping[str, Any]]] = {
    "CreateModelPackage": create,
    "DescribeModelPackage": lambda call: find(call, call.request["ModelPackageName"]).description,
    "UpdateModelPackage": update,
    "DeleteModelPackage": delete,
    "ListModelPackages": listed,
}
