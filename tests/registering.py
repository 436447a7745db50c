"""Model packages for tests of the registry."""

from typing import Any


def make_group(runtime: Any, group: str, versions: int, **members: Any) -> list[str]:
    """A model package group with so many versions that wait for approval; gives their ARNs.

    :param members: of the request, beside those of every version
    """
    sagemaker = runtime.client("sagemaker")
    sagemaker.create_model_package_group(ModelPackageGroupName=group)
    return [_version(sagemaker, group, number, **members) for number in range(1, versions + 1)]


def status(runtime: Any, arn: str) -> tuple[str, str]:
    """Approval status of a version, and why."""
    package = runtime.client("sagemaker").describe_model_package(ModelPackageName=arn)
    return package["ModelApprovalStatus"], package.get("ApprovalDescription", "")


def _version(sagemaker: Any, group: str, number: int, **members: Any) -> str:
    container = {
        "Image": "123.dkr.ecr.us-east-1.amazonaws.com/i:1",
        "ModelDataUrl": f"s3://b/{number}.tar.gz",
    }
    answer = sagemaker.create_model_package(
        ModelPackageGroupName=group,
        ModelApprovalStatus="PendingManualApproval",
        InferenceSpecification={
            "Containers": [container],
            "SupportedContentTypes": ["text/csv"],
            "SupportedResponseMIMETypes": ["text/csv"],
        },
        **members,
    )
    return str(answer["ModelPackageArn"])
