from typing import Any

import pytest
from airflow.providers.common.compat.sdk import AirflowFailException

from airflow_mlmax.hooks.s3 import S3Objects
from airflow_mlmax.pipelines.registry import approved_model, model_version, with_baselines
from airflow_mlmax.sagemaker.baselines import drift_check_baselines


def register(runtime: Any, group: str, status: str, data: str, **members: Any) -> str:
    container = {
        "Image": "123.dkr.ecr.us-east-1.amazonaws.com/i:1",
        "ModelDataUrl": data,
        "Environment": {"A": "b"},
    }
    answer = runtime.client("sagemaker").create_model_package(
        ModelPackageGroupName=group,
        ModelApprovalStatus=status,
        InferenceSpecification={
            "Containers": [container],
            "SupportedContentTypes": ["text/csv"],
            "SupportedResponseMIMETypes": ["text/csv"],
        },
        **members,
    )
    return str(answer["ModelPackageArn"])


@pytest.mark.parametrize("state", ["no group", "nothing approved"])
def test_no_approved_version_is_one_clear_error(runtime: Any, s3: S3Objects, state: str) -> None:
    """Whether the group is missing or nothing in it is approved, the error says how to approve."""
    if state == "nothing approved":
        runtime.client("sagemaker").create_model_package_group(ModelPackageGroupName="waiting")
        register(runtime, "waiting", "PendingManualApproval", "s3://b/m.tar.gz")
    with pytest.raises(AirflowFailException, match=r"has no approved version.*update-model-package"):
        approved_model(s3.hook, "waiting" if state == "nothing approved" else "nowhere")


def test_the_newest_approved_version_is_used(runtime: Any, s3: S3Objects) -> None:
    """A newer version that waits for approval does not count."""
    runtime.client("sagemaker").create_model_package_group(ModelPackageGroupName="several")
    for number, status in enumerate(("Approved", "Approved", "PendingManualApproval"), start=1):
        register(runtime, "several", status, f"s3://b/{number}.tar.gz")
    model = approved_model(s3.hook, "several")
    assert (model["model_version"], model["model_data"]) == (2, "s3://b/2.tar.gz")
    assert model["environment"] == {"A": "b"}
    assert (model["contract_uri"], model["baselines"]) == (None, {})


def test_contract_and_baselines_come_from_the_registry(runtime: Any, s3: S3Objects) -> None:
    """What training registered, by version, whether or not it is approved."""
    runtime.client("sagemaker").create_model_package_group(ModelPackageGroupName="equipped")
    arn = register(
        runtime,
        "equipped",
        "PendingManualApproval",
        "s3://b/m.tar.gz",
        DriftCheckBaselines=drift_check_baselines({"data_quality": "s3://b/data/"}),
        CustomerMetadataProperties={"mlmax:contract": "s3://b/c.json", "mlmax:contract-sha256": "abc"},
    )
    model = model_version(s3.hook, arn)
    assert (model["contract_uri"], model["contract_sha256"]) == ("s3://b/c.json", "abc")
    assert model["baselines"] == {"data_quality": "s3://b/data/"}
    assert with_baselines(model, ["data_quality"]) is model
    with pytest.raises(
        AirflowFailException, match="has no baseline of model_quality, bias, feature_attribution"
    ):
        with_baselines(model)
