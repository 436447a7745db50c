"""The registry's answers to: which version of a model is in use, and which is the newest?"""

from typing import Any

from airflow_mlmax.exceptions import ApiError
from airflow_mlmax.hooks.sagemaker import SageMakerJobHook

_NO_GROUP = frozenset({"ValidationException", "ResourceNotFound"})


def newest_approved(hook: SageMakerJobHook, group: str) -> dict[str, Any] | None:
    """The description of the newest approved version of a model package group; None if there is none, or no group."""
    return newest(hook, group, ModelApprovalStatus="Approved")


def newest(hook: SageMakerJobHook, group: str, **filters: str) -> dict[str, Any] | None:
    """The same of the newest version that passes the filters of ListModelPackages."""
    request = {
        "ModelPackageGroupName": group,
        **filters,
        "SortBy": "CreationTime",
        "SortOrder": "Descending",
        "MaxResults": 1,
    }
    key = "ModelPackageSummaryList"
    try:
        found = hook.call("sagemaker", "ListModelPackages", request, expect=key)[key]
    except ApiError as error:
        if error.code not in _NO_GROUP:
            raise
        return None
    return described(hook, found[0]["ModelPackageArn"]) if found else None


def described(hook: SageMakerJobHook, arn: str) -> dict[str, Any]:
    """The description of one version."""
    return hook.call("sagemaker", "DescribeModelPackage", {"ModelPackageName": arn}, expect="ModelPackageArn")
