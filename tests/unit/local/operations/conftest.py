"""A runtime whose jobs never begin, valid requests to bend, and a client that lets bad ones through to the server."""

import copy
import json
import time
from collections.abc import Iterator, Mapping
from typing import Any

import boto3
import pytest
import requests
from botocore.config import Config
from botocore.exceptions import ClientError

from airflow_mlmax.local.server import LocalRuntime
from airflow_mlmax.sagemaker import shapes

REGION = "us-east-1"
ROLE = "arn:aws:iam::123456789012:role/mlmax-local"
IMAGE = "123456789012.dkr.ecr.us-east-1.amazonaws.com/image:1"
DATA = {"S3DataType": "S3Prefix", "S3Uri": "s3://bucket/data/"}
FOREVER = 1_000_000

_TRAINING = {
    "AlgorithmSpecification": {"TrainingImage": IMAGE, "TrainingInputMode": "File"},
    "RoleArn": ROLE,
    "InputDataConfig": [{"ChannelName": "train", "DataSource": {"S3DataSource": DATA}}],
    "OutputDataConfig": {"S3OutputPath": "s3://bucket/out"},
    "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1},
    "StoppingCondition": {"MaxRuntimeInSeconds": 60},
}
_DEFINITION = {
    **_TRAINING,
    "AlgorithmSpecification": {
        **_TRAINING["AlgorithmSpecification"],  # type: ignore[dict-item]
        "MetricDefinitions": [{"Name": "auc", "Regex": "auc=(.*)"}],
    },
    "StaticHyperParameters": {"depth": "3"},
}
REQUESTS: Mapping[str, dict[str, Any]] = {
    "TrainingJob": {"TrainingJobName": "job", **_TRAINING},
    "ProcessingJob": {
        "ProcessingJobName": "job",
        "RoleArn": ROLE,
        "AppSpecification": {"ImageUri": IMAGE},
        "ProcessingResources": {
            "ClusterConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1}
        },
        "ProcessingInputs": [
            {
                "InputName": "in",
                "S3Input": {**DATA, "LocalPath": "/opt/ml/processing/in", "S3InputMode": "File"},
            }
        ],
        "ProcessingOutputConfig": {
            "Outputs": [
                {
                    "OutputName": "out",
                    "S3Output": {
                        "S3Uri": "s3://bucket/out",
                        "LocalPath": "/opt/ml/processing/out",
                        "S3UploadMode": "EndOfJob",
                    },
                }
            ]
        },
    },
    "TransformJob": {
        "TransformJobName": "job",
        "ModelName": "model",
        "TransformInput": {"DataSource": {"S3DataSource": DATA}, "ContentType": "text/csv"},
        "TransformOutput": {"S3OutputPath": "s3://bucket/out"},
        "TransformResources": {"InstanceType": "ml.m5.large", "InstanceCount": 1},
    },
    "HyperParameterTuningJob": {
        "HyperParameterTuningJobName": "job",
        "HyperParameterTuningJobConfig": {
            "Strategy": "Random",
            "HyperParameterTuningJobObjective": {"Type": "Maximize", "MetricName": "auc"},
            "ResourceLimits": {"MaxNumberOfTrainingJobs": 2, "MaxParallelTrainingJobs": 1},
            "ParameterRanges": {
                "ContinuousParameterRanges": [{"Name": "rate", "MinValue": "0.1", "MaxValue": "0.5"}]
            },
        },
        "TrainingJobDefinition": _DEFINITION,
    },
    "Model": {
        "ModelName": "model",
        "ExecutionRoleArn": ROLE,
        "PrimaryContainer": {"Image": IMAGE, "ModelDataUrl": "s3://bucket/model.tar.gz"},
    },
    "ModelPackageGroup": {"ModelPackageGroupName": "group"},
    "ModelPackage": {
        "ModelPackageGroupName": "group",
        "InferenceSpecification": {
            "Containers": [
                {
                    "Image": IMAGE,
                    "ModelDataUrl": "s3://bucket/model.tar.gz",
                    "Environment": {"A": "1", "B": "1"},
                }
            ]
        },
    },
}
_BATCH = {
    "DataCapturedDestinationS3Uri": "s3://bucket/data/",
    "DatasetFormat": {"Csv": {"Header": True}},
    "LocalPath": "/opt/ml/processing/input",
}
_REPORTS = {
    "MonitoringOutputs": [
        {"S3Output": {"S3Uri": "s3://bucket/reports", "LocalPath": "/opt/ml/processing/output"}}
    ]
}
_CLUSTER = {"ClusterConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1}}
MONITORING: Mapping[str, dict[str, Any]] = {
    "MonitoringSchedule": {
        "MonitoringScheduleName": "schedule",
        "MonitoringScheduleConfig": {
            "ScheduleConfig": {"ScheduleExpression": "cron(0 * ? * * *)"},
            "MonitoringJobDefinition": {
                "MonitoringInputs": [{"BatchTransformInput": _BATCH}],
                "MonitoringOutputConfig": _REPORTS,
                "MonitoringResources": _CLUSTER,
                "MonitoringAppSpecification": {"ImageUri": IMAGE},
                "RoleArn": ROLE,
            },
        },
    },
    **{
        f"{area}JobDefinition": {
            "JobDefinitionName": "definition",
            f"{area}AppSpecification": {"ImageUri": IMAGE, **config},
            f"{area}JobInput": {"BatchTransformInput": _BATCH, **labels},
            f"{area}JobOutputConfig": _REPORTS,
            "JobResources": _CLUSTER,
            "RoleArn": ROLE,
        }
        for area, config, labels in (
            ("DataQuality", {}, {}),
            ("ModelQuality", {}, {"GroundTruthS3Input": {"S3Uri": "s3://bucket/labels"}}),
            (
                "ModelBias",
                {"ConfigUri": "s3://bucket/config.json"},
                {"GroundTruthS3Input": {"S3Uri": "s3://bucket/labels"}},
            ),
            ("ModelExplainability", {"ConfigUri": "s3://bucket/config.json"}, {}),
        )
    },
}


class Api:
    """The SageMaker API of a runtime, as a test speaks it."""

    def __init__(self, server: LocalRuntime, client: Any) -> None:
        self.server = server
        self.client = client

    def request(self, kind: str, changes: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """A valid Create request with changes: dotted paths, numbers for list items, None removes a member."""
        request = copy.deepcopy({**REQUESTS, **MONITORING}[kind])
        for path, value in (changes or {}).items():
            *parents, last = [int(part) if part.isdigit() else part for part in path.split(".")]
            place: Any = request
            for part in parents:
                place = place[part] if isinstance(part, int) else place.setdefault(part, {})
            if value is None:
                del place[last]
            else:
                place[last] = value
        return request

    def call(self, operation: str, **members: Any) -> dict[str, Any]:
        from botocore import xform_name

        answer = dict(getattr(self.client, xform_name(operation))(**members))
        del answer["ResponseMetadata"]
        return answer

    def create(self, kind: str, changes: Mapping[str, Any] | None = None) -> dict[str, Any]:
        return self.call(f"Create{kind}", **self.request(kind, changes))

    def describe(self, kind: str, name: str = "job") -> dict[str, Any]:
        return self.call(f"Describe{kind}", **{f"{kind}Name": name})

    def refused(self, operation: str, **members: Any) -> tuple[str, str]:
        """Code and text of the error that a call must end in."""
        with pytest.raises(ClientError) as caught:
            self.call(operation, **members)
        assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
        error = caught.value.response["Error"]
        return error["Code"], error["Message"]

    def refusal(self, kind: str, changes: Mapping[str, Any]) -> str:
        """Text of the ValidationException that a Create must end in."""
        code, text = self.refused(f"Create{kind}", **self.request(kind, changes))
        assert code == "ValidationException"
        return text

    def raw(self, operation: str, body: Any) -> tuple[int, dict[str, Any]]:
        """Status and answer of a request that boto3 would not send."""
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        scope = f"AWS4-HMAC-SHA256 Credential=test/20260101/{REGION}/sagemaker/aws4_request, Signature=x"
        headers = {"X-Amz-Target": f"SageMaker.{operation}", "Authorization": scope}
        answer = requests.post(self.server.url, data, headers=headers, timeout=30)
        return answer.status_code, json.loads(answer.content or b"{}")

    def stopped(self, kind: str, name: str = "job") -> None:
        """Stop a job and wait until it is over."""
        self.call(f"Stop{kind}", **{f"{kind}Name": name})
        deadline = time.monotonic() + 30
        while self.describe(kind, name)[f"{kind}Status"] != "Stopped":
            assert time.monotonic() < deadline
            time.sleep(0.02)

    def finish(self, kind: str, name: str = "job", status: str = "Completed", **members: Any) -> None:
        """Let a job be over in the store; the held engine never touches it."""
        self.server.store.update(REGION, kind, name, {f"{kind}Status": status, **members})


def _strict(response_dict: dict[str, Any], operation_model: Any, **_: Any) -> None:
    """Whatever the server answers holds the required members, of the right types, and none that is invented."""
    if response_dict["status_code"] == 200:
        body = json.loads(response_dict["body"] or b"{}")
        shapes.shape_answer(operation_model.name, body, strict=True)


@pytest.fixture(scope="session")
def _server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalRuntime]:
    with LocalRuntime(
        tmp_path_factory.mktemp("held"), workers=1, isolation="remap", stop_grace=1.0
    ) as server:
        yield server


@pytest.fixture(scope="session")
def _client(_server: LocalRuntime) -> Any:
    config = Config(retries={"mode": "standard", "total_max_attempts": 1}, parameter_validation=False)
    keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
    client = boto3.client("sagemaker", REGION, endpoint_url=_server.url, config=config, **keys)
    client.meta.events.register("before-parse.sagemaker", _strict)
    return client


@pytest.fixture
def api(_server: LocalRuntime, _client: Any) -> Api:
    """An empty runtime in which jobs are created but never run, with data and a model in S3."""
    _server.reset()
    _server.faults.add("hold", times=FOREVER)
    _server.objects.create_bucket("bucket")
    for key in ("data/a.csv", "model.tar.gz", "data.manifest"):
        _server.objects.put_bytes("bucket", key, b"1\n")
    return Api(_server, _client)


@pytest.fixture
def families(api: Api) -> Api:
    """The same with the model that transform jobs name."""
    api.create("Model")
    return api
