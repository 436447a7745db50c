"""Which version of a model is in use, and what it was registered with."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from airflow.providers.common.compat.sdk import AirflowFailException

from airflow_mlmax.exceptions import ApiError
from airflow_mlmax.hooks.model_packages import described, newest_approved
from airflow_mlmax.hooks.s3 import S3Objects
from airflow_mlmax.hooks.sagemaker import SageMakerJobHook
from airflow_mlmax.sagemaker.baselines import CONTRACT, CONTRACT_SHA256, KINDS, reports_of


def approved_model(sagemaker: SageMakerJobHook, group: str) -> dict[str, Any]:
    """The newest approved version of a model package group, as plain values for XCom.

    Keys: `model_package_arn`, `model_version`, `image_uri`, `model_data`, `environment`, `contract_uri`, `contract_sha256`
    (both None for a version without contract), `baselines` (S3 prefix of the report by kind of monitor).

    :raises AirflowFailException: the group or an approved version does not exist
    """
    package = newest_approved(sagemaker, group)
    if package is None:
        raise AirflowFailException(
            f"model package group {group!r} has no approved version. Train and register one, then approve it: "
            f"aws sagemaker update-model-package --model-approval-status Approved --model-package-arn <arn>"
        )
    return _plain(package)


def model_version(sagemaker: SageMakerJobHook, arn: str) -> dict[str, Any]:
    """The same of one version, approved or not: the one that made predictions once is the one that they are measured by."""
    return _plain(described(sagemaker, arn))


def with_contract(s3: S3Objects, model: Mapping[str, Any]) -> Mapping[str, Any]:
    """The model, if the contract that it was trained under is there and is still the same.

    :raises AirflowFailException: it has none, or another one lies in its place
    """
    who = f"version {model['model_version']} ({model['model_package_arn']})"
    again = "A model is scored only under the contract it was trained under: train, register and approve it again."
    uri = model["contract_uri"]
    if not uri or not model["contract_sha256"]:
        raise AirflowFailException(f"{who} has no contract ({CONTRACT} in its metadata). {again}")
    try:
        body = s3.open(uri)["Body"].read()
    except ApiError as error:
        if error.code not in {"NoSuchKey", "NoSuchBucket"}:
            raise
        raise AirflowFailException(f"the contract of {who} is gone from {uri}. {again}") from None
    if hashlib.sha256(body).hexdigest() != model["contract_sha256"]:
        raise AirflowFailException(f"{uri} is not the contract that {who} was registered with. {again}")
    return model


def with_baselines(model: Mapping[str, Any], kinds: Sequence[str] = KINDS) -> Mapping[str, Any]:
    """The model, if it has a baseline for these kinds of monitors.

    :raises AirflowFailException: names the kinds that are missing
    """
    if missing := [kind for kind in kinds if kind not in model["baselines"]]:
        raise AirflowFailException(
            f"version {model['model_version']} ({model['model_package_arn']}) has no baseline of {', '.join(missing)} "
            "(DriftCheckBaselines). Register it with `baselines`, or train it again"
        )
    return model


def _plain(package: Mapping[str, Any]) -> dict[str, Any]:
    container = package["InferenceSpecification"]["Containers"][0]
    metadata = package.get("CustomerMetadataProperties") or {}
    return {
        "model_package_arn": package["ModelPackageArn"],
        "model_version": package["ModelPackageVersion"],
        "image_uri": container["Image"],
        "model_data": container["ModelDataUrl"],
        "environment": container.get("Environment", {}),
        "contract_uri": metadata.get(CONTRACT),
        "contract_sha256": metadata.get(CONTRACT_SHA256),
        "baselines": reports_of(package),
    }
