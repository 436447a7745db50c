"""Which version of a model is in use."""

from typing import Any

from airflow.providers.common.compat.sdk import AirflowFailException

from airflow_mlmax.exceptions import ApiError
from airflow_mlmax.hooks.sagemaker import SageMakerJobHook


def approved_model(sagemaker: SageMakerJobHook, group: str) -> dict[str, Any]:
    """The newest approved version of a model package group, as plain values for XCom.

    Keys: `model_package_arn`, `model_version`, `image_uri`, `model_data`, `environment`.

    :raises AirflowFailException: the group or an approved version does not exist
    """
    request = {
        "ModelPackageGroupName": group,
        "ModelApprovalStatus": "Approved",
        "SortBy": "CreationTime",
        "SortOrder": "Descending",
        "MaxResults": 1,
    }
    key = "ModelPackageSummaryList"
    try:
        found = sagemaker.call("sagemaker", "ListModelPackages", request, expect=key)[key]
    except ApiError as error:
        if error.code not in {"ValidationException", "ResourceNotFound"}:
            raise
        found = []
    if not found:
        raise AirflowFailException(
            f"model package group {group!r} has no approved version. Train and register one, then approve it: "
            f"aws sagemaker update-model-package --model-approval-status Approved --model-package-arn <arn>"
        )
    arn = found[0]["ModelPackageArn"]
    package = sagemaker.call("sagemaker", "DescribeModelPackage", {"ModelPackageName": arn})
    container = package["InferenceSpecification"]["Containers"][0]
    return {
        "model_package_arn": arn,
        "model_version": package["ModelPackageVersion"],
        "image_uri": container["Image"],
        "model_data": container["ModelDataUrl"],
        "environment": container.get("Environment", {}),
    }
