"""The stock Amazon operators and sensors against the local runtime: it serves SageMaker, not our own client."""

import io
import json
import tarfile
from typing import Any

import pytest
from airflow.providers.amazon.aws.operators.sagemaker import (
    SageMakerModelOperator,
    SageMakerProcessingOperator,
    SageMakerTrainingOperator,
    SageMakerTransformOperator,
    SageMakerTuningOperator,
)
from airflow.providers.amazon.aws.sensors.sagemaker import (
    SageMakerProcessingSensor,
    SageMakerTrainingSensor,
    SageMakerTransformSensor,
    SageMakerTuningSensor,
)

IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.4-2-cpu-py3"
ROLE = "arn:aws:iam::123456789012:role/mlmax-local"
BUCKET = "stock-operators"
TRAIN = """
import argparse, pathlib, os
parser = argparse.ArgumentParser()
parser.add_argument("--depth", type=int)
depth = parser.parse_args().depth
rows = (pathlib.Path(os.environ["SM_CHANNEL_TRAIN"]) / "rows.csv").read_text().splitlines()
pathlib.Path(os.environ["SM_MODEL_DIR"], "mean.txt").write_text(str(sum(map(float, rows)) / len(rows)))
print(f"score={1 - abs(depth - 3) / 10}")
"""
SERVE = """
import pathlib
def model_fn(model_dir):
    return float(pathlib.Path(model_dir, "mean.txt").read_text())
def input_fn(body, content_type):
    return body.split()
def predict_fn(rows, mean):
    return [float(row) - mean for row in rows]
def output_fn(values, accept):
    return "".join(f"{value}\\n" for value in values)
"""
RESOURCES = {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 10}


def _archive(**files: str) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name, text in files.items():
            member = tarfile.TarInfo(name.replace("__", "/"))
            member.size = len(text.encode())
            archive.addfile(member, io.BytesIO(text.encode()))
    return buffer.getvalue()


@pytest.fixture
def data(runtime: Any) -> Any:
    s3 = runtime.client("s3")
    s3.create_bucket(Bucket=BUCKET)
    s3.put_object(Bucket=BUCKET, Key="rows/rows.csv", Body=b"1\n2\n3\n")
    s3.put_object(Bucket=BUCKET, Key="code/source.tar.gz", Body=_archive(**{"train.py": TRAIN}))
    model = _archive(**{"mean.txt": "2.0", "code__inference.py": SERVE})
    s3.put_object(Bucket=BUCKET, Key="model/model.tar.gz", Body=model)
    return s3


def _channel(name: str) -> dict[str, Any]:
    source = {
        "S3DataType": "S3Prefix",
        "S3Uri": f"s3://{BUCKET}/rows/",
        "S3DataDistributionType": "FullyReplicated",
    }
    return {"ChannelName": name, "DataSource": {"S3DataSource": source}}


def _training(name: str) -> dict[str, Any]:
    return {
        "TrainingJobName": name,
        "AlgorithmSpecification": {"TrainingImage": IMAGE, "TrainingInputMode": "File"},
        "RoleArn": ROLE,
        "InputDataConfig": [_channel("train")],
        "OutputDataConfig": {"S3OutputPath": f"s3://{BUCKET}/out"},
        "ResourceConfig": RESOURCES,
        "StoppingCondition": {"MaxRuntimeInSeconds": 600},
        "HyperParameters": {
            "sagemaker_program": json.dumps("train.py"),
            "sagemaker_submit_directory": json.dumps(f"s3://{BUCKET}/code/source.tar.gz"),
            "depth": "3",
        },
    }


def _tuning(name: str) -> dict[str, Any]:
    definition = {key: value for key, value in _training(name).items() if key != "TrainingJobName"}
    static = definition.pop("HyperParameters")
    metric = {"Name": "score", "Regex": "score=([0-9.]+)"}
    depth = {"Name": "depth", "MinValue": "1", "MaxValue": "5", "ScalingType": "Linear"}
    return {
        "HyperParameterTuningJobName": name,
        "HyperParameterTuningJobConfig": {
            "Strategy": "Random",
            "HyperParameterTuningJobObjective": {"Type": "Maximize", "MetricName": "score"},
            "ResourceLimits": {"MaxNumberOfTrainingJobs": 2, "MaxParallelTrainingJobs": 2},
            "ParameterRanges": {"IntegerParameterRanges": [depth]},
        },
        "TrainingJobDefinition": {
            **definition,
            "AlgorithmSpecification": {**definition["AlgorithmSpecification"], "MetricDefinitions": [metric]},
            "StaticHyperParameters": {key: value for key, value in static.items() if key != "depth"},
        },
    }


def _processing(name: str) -> dict[str, Any]:
    return {
        "ProcessingJobName": name,
        "AppSpecification": {
            "ImageUri": IMAGE,
            "ContainerEntrypoint": ["python3", "-c", "print('processed')"],
        },
        "ProcessingResources": {"ClusterConfig": RESOURCES},
        "RoleArn": ROLE,
    }


def _transform(name: str) -> dict[str, Any]:
    source = {"S3DataType": "S3Prefix", "S3Uri": f"s3://{BUCKET}/rows/"}
    return {
        "TransformJobName": name,
        "ModelName": "stock-model",
        "TransformInput": {
            "DataSource": {"S3DataSource": source},
            "ContentType": "text/csv",
            "SplitType": "Line",
        },
        "TransformOutput": {"S3OutputPath": f"s3://{BUCKET}/scores", "AssembleWith": "None"},
        "TransformResources": {"InstanceType": "ml.m5.large", "InstanceCount": 1},
    }


def _model() -> dict[str, Any]:
    return {
        "ModelName": "stock-model",
        "ExecutionRoleArn": ROLE,
        "PrimaryContainer": {"Image": IMAGE, "ModelDataUrl": f"s3://{BUCKET}/model/model.tar.gz"},
    }


@pytest.mark.usefixtures("data")
def test_processing_completes() -> None:
    """SageMakerProcessingOperator creates a job, waits and returns its description."""
    stock = SageMakerProcessingOperator(
        task_id="stock", config=_processing("stock-processing"), check_interval=1
    )
    assert stock.execute({})["Processing"]["ProcessingJobStatus"] == "Completed"
    sensor = SageMakerProcessingSensor(task_id="sensor", job_name="stock-processing")
    assert sensor.poke({}) is True


@pytest.mark.usefixtures("data")
@pytest.mark.parametrize("print_log", [False, True], ids=["silent", "logs"])
def test_training_completes(print_log: bool) -> None:
    """SageMakerTrainingOperator trains in script mode, with and without reading the logs."""
    name = f"stock-training-{'logs' if print_log else 'silent'}"
    stock = SageMakerTrainingOperator(
        task_id="stock", config=_training(name), check_interval=1, print_log=print_log
    )
    training = stock.execute({})["Training"]
    assert training["TrainingJobStatus"] == "Completed"
    assert training["ModelArtifacts"]["S3ModelArtifacts"] == f"s3://{BUCKET}/out/{name}/output/model.tar.gz"
    assert SageMakerTrainingSensor(task_id="sensor", job_name=name, print_log=False).poke({}) is True


@pytest.mark.usefixtures("data")
def test_tuning_finds_a_best_job() -> None:
    """SageMakerTuningOperator runs real children and reports the best of them."""
    stock = SageMakerTuningOperator(task_id="stock", config=_tuning("stock-tuning"), check_interval=1)
    tuning = stock.execute({})["Tuning"]
    assert tuning["HyperParameterTuningJobStatus"] == "Completed"
    assert tuning["BestTrainingJob"]["TrainingJobStatus"] == "Completed"
    assert SageMakerTuningSensor(task_id="sensor", job_name="stock-tuning").poke({}) is True


def test_model_and_transform_complete(data: Any) -> None:
    """SageMakerModelOperator and SageMakerTransformOperator score every row."""
    SageMakerModelOperator(task_id="model", config=_model()).execute({})
    stock = SageMakerTransformOperator(
        task_id="stock", config=_transform("stock-transform"), check_interval=1
    )
    assert stock.execute({})["Transform"]["TransformJobStatus"] == "Completed"
    assert SageMakerTransformSensor(task_id="sensor", job_name="stock-transform").poke({}) is True
    scores = data.get_object(Bucket=BUCKET, Key="scores/rows.csv.out")["Body"].read()
    assert scores == b"-1.0\n0.0\n1.0\n"
