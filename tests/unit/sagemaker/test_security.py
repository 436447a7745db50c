from typing import Any

import pytest

from airflow_mlmax.sagemaker.requests import (
    ModelRequest,
    ProcessingRequest,
    Request,
    RequestError,
    TrainingRequest,
    TransformRequest,
    TuningRequest,
)
from airflow_mlmax.sagemaker.security import has_local_storage

BLOCK = {
    "volume_kms_key": "volumes",
    "output_kms_key": "outputs",
    "subnets": ["subnet-1"],
    "security_group_ids": ["sg-1"],
}
VPC = {"SecurityGroupIds": ["sg-1"], "Subnets": ["subnet-1"]}
SMALL = {"instance_type": "ml.m5.large"}


def at(request: dict[str, Any], path: str) -> Any:
    part: Any = request
    for key in path.split("."):
        part = part.get(key) if isinstance(part, dict) else None
    return part


def training(**arguments: Any) -> TrainingRequest:
    return TrainingRequest(**{"image_uri": "i", "output_uri": "s3://b", "compute": SMALL, **arguments})


def processing(**arguments: Any) -> ProcessingRequest:
    return ProcessingRequest(**{"image_uri": "i", "outputs": {"o": "s3://b"}, "compute": SMALL, **arguments})


def transform(**arguments: Any) -> TransformRequest:
    return TransformRequest(**{"model_name": "m", "output_uri": "s3://b", "compute": SMALL, **arguments})


def tuning(**arguments: Any) -> TuningRequest:
    child = {"image_uri": "i", "output_uri": "s3://b", "compute": SMALL}
    return TuningRequest(**{"objective": {"metric": "auc"}, "training": child, **arguments})


@pytest.mark.parametrize(
    ("builder", "places"),
    [
        (
            processing(security=BLOCK),
            {
                "NetworkConfig.VpcConfig": VPC,
                "NetworkConfig.EnableNetworkIsolation": True,
                "NetworkConfig.EnableInterContainerTrafficEncryption": None,
                "ProcessingResources.ClusterConfig.VolumeKmsKeyId": "volumes",
                "ProcessingOutputConfig.KmsKeyId": "outputs",
            },
        ),
        (
            training(security=BLOCK, compute={**SMALL, "instance_count": "2"}),
            {
                "VpcConfig": VPC,
                "EnableNetworkIsolation": True,
                "EnableInterContainerTrafficEncryption": True,
                "ResourceConfig.VolumeKmsKeyId": "volumes",
                "OutputDataConfig.KmsKeyId": "outputs",
            },
        ),
        (
            tuning(security=BLOCK),
            {
                "TrainingJobDefinition.VpcConfig": VPC,
                "TrainingJobDefinition.EnableNetworkIsolation": True,
                "TrainingJobDefinition.ResourceConfig.VolumeKmsKeyId": "volumes",
                "TrainingJobDefinition.OutputDataConfig.KmsKeyId": "outputs",
                "VpcConfig": None,
            },
        ),
        (
            transform(security=BLOCK, data_capture="s3://b/c"),
            {
                "VpcConfig": None,
                "EnableNetworkIsolation": None,
                "TransformResources.VolumeKmsKeyId": "volumes",
                "TransformOutput.KmsKeyId": "outputs",
                "DataCaptureConfig.KmsKeyId": "outputs",
            },
        ),
        (ModelRequest(image_uri="i", security=BLOCK), {"VpcConfig": VPC, "EnableNetworkIsolation": True}),
    ],
    ids=["processing", "training", "tuning", "transform", "model"],
)
def test_each_family_carries_the_block_in_its_own_places(builder: Request, places: dict[str, Any]) -> None:
    """One block reaches every place that a family has, and no place that it has not."""
    request = builder.request()
    assert {path: at(request, path) for path in places} == places


def test_no_block_changes_nothing() -> None:
    """Without a security block a request has no security members, and an empty block is none."""
    assert training(security={}).request() == training().request()
    assert "EnableNetworkIsolation" not in training().request()


@pytest.mark.parametrize(
    ("builder", "gaps"),
    [
        (training, {"VpcConfig", "ResourceConfig.VolumeKmsKeyId", "OutputDataConfig.KmsKeyId"}),
        (
            processing,
            {
                "NetworkConfig.VpcConfig",
                "ProcessingResources.ClusterConfig.VolumeKmsKeyId",
                "ProcessingOutputConfig.KmsKeyId",
            },
        ),
        (transform, {"TransformResources.VolumeKmsKeyId", "TransformOutput.KmsKeyId"}),
    ],
    ids=["training", "processing", "transform"],
)
def test_a_required_block_lists_every_gap(builder: Any, gaps: set[str]) -> None:
    """What production demands and nobody set is refused, all of it at once."""
    with pytest.raises(RequestError) as refused:
        builder(security={"required": True}).request()
    assert {fault.split()[0] for fault in refused.value.faults} == gaps


def test_local_storage_needs_and_gets_no_volume_key() -> None:
    """Types with NVMe storage refuse the key, so a required block does not demand it."""
    request = training(
        security={**BLOCK, "required": True}, compute={"instance_type": "ml.g5.xlarge"}
    ).request()
    assert "VolumeKmsKeyId" not in request["ResourceConfig"]


@pytest.mark.parametrize(
    ("instance_type", "local"),
    [
        *(
            ("ml.g5.xlarge", True),
            ("ml.g4dn.xlarge", True),
            ("ml.p4d.24xlarge", True),
            ("ml.m5d.large", True),
        ),
        *(
            ("ml.p5.48xlarge", True),
            ("ml.trn1.2xlarge", True),
            ("ml.r6id.large", True),
            ("ml.g6e.xlarge", True),
        ),
        *(
            ("ml.m5.large", False),
            ("ml.g5g.xlarge", False),
            ("ml.c5n.large", False),
            ("ml.p3.2xlarge", False),
        ),
        *(("ml.inf2.xlarge", False), ("ml.m7i-flex.large", False), ("ml.p3dn.24xlarge", True), (None, False)),
    ],
)
def test_types_with_local_storage(instance_type: str | None, local: bool) -> None:
    """Families with local NVMe are told from the others by their names."""
    assert has_local_storage(instance_type) is local


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"extra": {"EnableNetworkIsolation": False}}, "EnableNetworkIsolation is False"),
        ({"extra": {"VpcConfig": {"Subnets": ["subnet-9"]}}}, "subnet-9"),
        ({"extra": {"OutputDataConfig": {"KmsKeyId": "other"}}}, "'other'"),
        ({"extra": {"ResourceConfig": {"VolumeKmsKeyId": "other"}}}, "'outputs'"),
    ],
    ids=["isolation", "vpc", "output-key", "volume-key"],
)
def test_extra_cannot_weaken_the_block(arguments: dict[str, Any], words: str) -> None:
    """A value that contradicts the block is refused, with both values named."""
    with pytest.raises(RequestError) as refused:
        training(security={**BLOCK, "volume_kms_key": "outputs"}, **arguments).request()
    assert words in str(refused.value)


def test_a_raw_config_is_held_to_the_block_too() -> None:
    """`config` is secured where it says nothing and refused where it says less."""
    assert TrainingRequest(config={"ResourceConfig": {}}, security=BLOCK).request()["VpcConfig"] == VPC
    with pytest.raises(RequestError, match="network_isolation demands True"):
        TrainingRequest(config={"EnableNetworkIsolation": False}, security=BLOCK).request()


def test_more_security_than_the_block_asks_for_is_welcome() -> None:
    """A task may switch on what the environment leaves off."""
    request = training(
        security={**BLOCK, "network_isolation": False}, extra={"EnableNetworkIsolation": True}
    ).request()
    assert request["EnableNetworkIsolation"] is True


def test_subnets_and_groups_come_together() -> None:
    """Half a VPC is refused instead of being left out."""
    with pytest.raises(RequestError, match="SageMaker needs both"):
        training(security={"subnets": ["subnet-1"]}).request()


def test_a_misspelled_control_is_refused() -> None:
    """A typo in the block must not switch a control off."""
    with pytest.raises(RequestError, match="Did you mean 'volume_kms_key'"):
        training(security={"volume_kms_keys": "k"}).request()
