"""Requests of monitoring schedules and of job definitions."""

from typing import Any

import pytest

from airflow_mlmax.sagemaker.checks import examine
from airflow_mlmax.sagemaker.requests import JOB_DEFINITIONS, MonitoringScheduleRequest, Request, RequestError

BLOCK = {
    "volume_kms_key": "volumes",
    "output_kms_key": "outputs",
    "subnets": ["subnet-1"],
    "security_group_ids": ["sg-1"],
    "required": True,
}
GIVEN: dict[str, Any] = {
    "image_uri": "image",
    "data": "s3://bucket/captured/",
    "baseline_uri": "s3://bucket/baseline/",
    "output_uri": "s3://bucket/reports/",
    "compute": {"instance_type": "ml.m5.large", "instance_count": "2"},
    "role_arn": "arn:aws:iam::123456789012:role/mlmax-local",
}
LABELLED = {"data": {"captured_uri": "s3://bucket/captured/", "labels_uri": "s3://bucket/labels/"}}
CONFIGURED = {"config_uri": "s3://bucket/analysis_config.json"}
MORE: dict[str, dict[str, Any]] = {
    "data_quality": {},
    "model_quality": {**LABELLED, "problem_type": "Regression"},
    "bias": {**LABELLED, **CONFIGURED},
    "feature_attribution": CONFIGURED,
}
AREAS = {
    "data_quality": "DataQuality",
    "model_quality": "ModelQuality",
    "bias": "ModelBias",
    "feature_attribution": "ModelExplainability",
}


def definition(kind: str, **arguments: Any) -> Request:
    return JOB_DEFINITIONS[kind](**{**GIVEN, **MORE[kind], **arguments})


@pytest.mark.parametrize("kind", JOB_DEFINITIONS)
def test_a_definition_is_what_the_service_model_asks_for(kind: str) -> None:
    """Each kind in its own words, with the baseline's file of that kind, and texts converted."""
    builder, area = definition(kind), AREAS[kind]
    request = builder.request()
    assert examine(builder.operation, request, named=False, strict=True).errors == []
    file = "constraints.json" if kind.endswith("quality") else "analysis.json"
    constraints = request[f"{area}BaselineConfig"]["ConstraintsResource"]
    assert constraints == {"S3Uri": f"s3://bucket/baseline/{file}"}
    assert request["JobResources"]["ClusterConfig"]["InstanceCount"] == 2


@pytest.mark.parametrize("kind", JOB_DEFINITIONS)
def test_a_definition_carries_the_security_block(kind: str) -> None:
    """KMS keys, VPC, isolation and encryption at the places that a processing job has."""
    request = definition(kind, security=BLOCK).request()
    assert request["NetworkConfig"] == {
        "VpcConfig": {"SecurityGroupIds": ["sg-1"], "Subnets": ["subnet-1"]},
        "EnableNetworkIsolation": True,
        "EnableInterContainerTrafficEncryption": True,
    }
    assert request["JobResources"]["ClusterConfig"]["VolumeKmsKeyId"] == "volumes"
    assert request[f"{AREAS[kind]}JobOutputConfig"]["KmsKeyId"] == "outputs"


def test_a_definition_inside_a_schedule_carries_it_too() -> None:
    """The block reaches the job, wherever it is defined; a named one has its own."""
    inside = MonitoringScheduleRequest(**GIVEN, schedule="cron(0 * ? * * *)", security=BLOCK).request()
    job = inside["MonitoringScheduleConfig"]["MonitoringJobDefinition"]
    assert job["NetworkConfig"]["EnableNetworkIsolation"] is True
    assert job["MonitoringResources"]["ClusterConfig"]["VolumeKmsKeyId"] == "volumes"
    assert job["MonitoringOutputConfig"]["KmsKeyId"] == "outputs"
    assert examine("CreateMonitoringSchedule", inside, named=False, strict=True).errors == []
    named = MonitoringScheduleRequest(job_definition="name", kind="bias", security=BLOCK).request()
    assert named == {
        "MonitoringScheduleConfig": {"MonitoringJobDefinitionName": "name", "MonitoringType": "ModelBias"}
    }


def test_a_required_block_lists_every_gap() -> None:
    """What production demands and nobody set is refused, with the path into the schedule."""
    with pytest.raises(RequestError) as refused:
        MonitoringScheduleRequest(**GIVEN, security={"required": True, "network_isolation": False}).request()
    where = "MonitoringScheduleConfig.MonitoringJobDefinition."
    assert {fault.split()[0] for fault in refused.value.faults} == {
        f"{where}NetworkConfig.VpcConfig",
        f"{where}MonitoringResources.ClusterConfig.VolumeKmsKeyId",
        f"{where}MonitoringOutputConfig.KmsKeyId",
    }


@pytest.mark.parametrize(
    ("data", "member"),
    [
        ({"endpoint_name": "flights"}, {"EndpointName": "flights"}),
        ({"captured_uri": "s3://bucket/c", "data_format": "parquet"}, {"DatasetFormat": {"Parquet": {}}}),
        (
            {"captured_uri": "s3://bucket/c", "data_format": "json_lines"},
            {"DatasetFormat": {"Json": {"Line": True}}},
        ),
        ({"endpoint_name": "e", "probability_threshold": "0.4"}, {"ProbabilityThresholdAttribute": 0.4}),
        ({"endpoint_name": "e", "start_offset": "-P1D"}, {"StartTimeOffset": "-P1D"}),
    ],
    ids=["endpoint", "parquet", "json-lines", "threshold", "offset"],
)
def test_what_is_monitored(data: dict[str, Any], member: dict[str, Any]) -> None:
    """An endpoint or captured transform jobs, in AWS's words."""
    request = definition("data_quality", data=data).request()
    [found] = request["DataQualityJobInput"].values()
    assert member.items() <= found.items()


def test_a_whole_request_takes_the_place_of_the_arguments() -> None:
    """`config` is sent as it is, with the block; it must not name the definition."""
    config = definition("data_quality").request()
    again = JOB_DEFINITIONS["data_quality"](config=config, security=BLOCK).request()
    assert again["DataQualityJobOutputConfig"]["KmsKeyId"] == "outputs"
    with pytest.raises(RequestError, match="must not set JobDefinitionName"):
        JOB_DEFINITIONS["data_quality"](config={**config, "JobDefinitionName": "x"}).request()
