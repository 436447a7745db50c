"""Which version of a model is in use, and what it was registered with."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

from airflow.providers.common.compat.sdk import AirflowFailException

from airflow_mlmax.exceptions import ApiError
from airflow_mlmax.hooks.model_packages import described, newest_approved
from airflow_mlmax.hooks.s3 import S3Objects
from airflow_mlmax.hooks.sagemaker import SageMakerJobHook
from airflow_mlmax.registry.champions import champion
from airflow_mlmax.registry.registry import Registry
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


def champion_of(sagemaker: SageMakerJobHook, champions_uri: str, group: str) -> dict[str, Any] | None:
    """The newest champion with the keys of `approved_model`; where nobody was promoted yet, the newest approved version, if any."""
    current = Registry(sagemaker, group, champions_uri).champion()
    if current:
        return model_version(sagemaker, current.model_package_arn)
    package = newest_approved(sagemaker, group)
    return _plain(package) if package else None


def champion_on(sagemaker: SageMakerJobHook, champions_uri: str, group: str, day: date) -> dict[str, Any]:
    """The champion when a day began, with the keys of `approved_model`; where nobody was promoted yet, the newest approved version.

    :raises AirflowFailException: there was no champion then, or no version is approved
    """
    history = Registry(sagemaker, group, champions_uri).log.history()
    if not history:
        return approved_model(sagemaker, group)
    found = champion(history, datetime(day.year, day.month, day.day, tzinfo=UTC))
    if found is None:
        first = min(history, key=lambda each: each.effective)
        raise AirflowFailException(
            f"{group} had no champion when {day} began: the first is version {first.version}, of data from "
            f"{first.effective:%Y-%m-%d} on. To score the day with today's champion, give the param champion: newest"
        )
    return model_version(sagemaker, found.model_package_arn)


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
