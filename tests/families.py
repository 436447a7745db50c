"""The smallest job of each family: the arguments of its operator, and the data that it needs."""

import io
import json
import tarfile
from typing import Any

from airflow_mlmax.operators.base import SageMakerJobOperator
from airflow_mlmax.operators.monitor import MonitorBaselineOperator, MonitorOperator
from airflow_mlmax.operators.processing import ProcessingJobOperator
from airflow_mlmax.operators.promotion import CompareModelsOperator
from airflow_mlmax.operators.quality import DataQualityGateOperator
from airflow_mlmax.operators.training import TrainingJobOperator
from airflow_mlmax.operators.transform import TransformJobOperator
from airflow_mlmax.operators.tuning import TuningJobOperator

BUCKET = "families"
IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.4-2-cpu-py3"
ROLE = "arn:aws:iam::123456789012:role/mlmax-local"
MODEL = "families-model"
COMPUTE = {"instance_type": "ml.m5.large", "instance_count": 1, "volume_size_gb": 10}

_TRAIN = """
import os, pathlib
print("line of the log")
print("score=0.5;")
pathlib.Path(os.environ["SM_MODEL_DIR"], "model.txt").write_text("m")
"""
_SERVE = """
def model_fn(model_dir):
    return None
def input_fn(body, content_type):
    return body
def predict_fn(body, model):
    return body
def output_fn(body, accept):
    return body
"""

_TRAINING: dict[str, Any] = {
    "image_uri": IMAGE,
    "role_arn": ROLE,
    "source_dir": f"s3://{BUCKET}/code/source.tar.gz",
    "entry_point": "train.py",
    "output_uri": f"s3://{BUCKET}/models",
    "compute": COMPUTE,
    "metric_definitions": {"score": "score=([0-9.]+);"},
    "max_runtime": 60,
}

_OF_ANALYZERS: dict[str, Any] = {
    "image_uri": IMAGE,
    "role_arn": ROLE,
    "code_uri": f"s3://{BUCKET}/code",
    "compute": COMPUTE,
    "max_runtime": 60,
}

_MONITOR: dict[str, Any] = {
    **_OF_ANALYZERS,
    "data_uri": f"s3://{BUCKET}/monitored",
    "output_uri": f"s3://{BUCKET}/report",
}

ARGUMENTS: dict[type[SageMakerJobOperator], dict[str, Any]] = {
    ProcessingJobOperator: {
        "image_uri": IMAGE,
        "role_arn": ROLE,
        "entrypoint": ["python3", "-c", "print('line of the log')"],
        "compute": COMPUTE,
        "max_runtime": 60,
    },
    TrainingJobOperator: _TRAINING,
    TuningJobOperator: {
        "objective": {"metric": "score", "type": "Maximize"},
        "ranges": {"depth": {"type": "integer", "min": 1, "max": 3}},
        "training": _TRAINING,
        "strategy": "Random",
        "max_jobs": 1,
        "max_runtime": 120,
    },
    TransformJobOperator: {
        "model_name": MODEL,
        "input_uri": f"s3://{BUCKET}/rows",
        "output_uri": f"s3://{BUCKET}/predictions",
        "content_type": "text/csv",
        "split_type": "Line",
        "compute": {"instance_type": "ml.m5.large", "instance_count": 1},
        "max_runtime": 60,
    },
    MonitorBaselineOperator: _MONITOR,
    MonitorOperator: {**_MONITOR, "baseline_uri": f"s3://{BUCKET}/baseline"},
    DataQualityGateOperator: {
        "suite": {
            "name": "x",
            "expectations": [{"type": "expect_column_to_exist", "kwargs": {"column": "x"}}],
        },
        "data_uri": f"s3://{BUCKET}/monitored",
        "output_uri": f"s3://{BUCKET}/gate",
        "where": "processing",
        "reuse": False,  # every test wants a job of its own
        **_OF_ANALYZERS,
    },
    CompareModelsOperator: {
        "champion_version": 1,
        "champion_uri": f"s3://{BUCKET}/scored",
        "challenger_uri": f"s3://{BUCKET}/scored",
        "output_uri": f"s3://{BUCKET}/comparison",
        "policy": {"key": "key", "label": "late", "score": "probability", "margins": {"brier": 0.1}},
        **_OF_ANALYZERS,
    },
}


def seed(runtime: Any) -> None:
    """Puts data, code and the model where the jobs find them."""
    s3, sagemaker = runtime.client("s3"), runtime.client("sagemaker")
    s3.create_bucket(Bucket=BUCKET)
    s3.put_object(Bucket=BUCKET, Key="rows/rows.csv", Body=b"1\n2\n")
    s3.put_object(Bucket=BUCKET, Key="monitored/rows.csv", Body=b"x\n1\n2\n")
    scored = b"key,late,probability\na,1,0.9\nb,0,0.2\n"
    s3.put_object(Bucket=BUCKET, Key="scored/rows.csv", Body=scored)
    feature = {"name": "x", "inferred_type": "Integral", "completeness": 1.0}
    s3.put_object(
        Bucket=BUCKET, Key="baseline/constraints.json", Body=json.dumps({"features": [feature]}).encode()
    )
    s3.put_object(Bucket=BUCKET, Key="baseline/statistics.json", Body=b'{"features": []}')
    s3.put_object(Bucket=BUCKET, Key="code/source.tar.gz", Body=_archive("train.py", _TRAIN))
    s3.put_object(Bucket=BUCKET, Key="model/model.tar.gz", Body=_archive("code/inference.py", _SERVE))
    if not sagemaker.list_models(NameContains=MODEL)["Models"]:
        container = {"Image": IMAGE, "ModelDataUrl": f"s3://{BUCKET}/model/model.tar.gz"}
        sagemaker.create_model(ModelName=MODEL, PrimaryContainer=container, ExecutionRoleArn=ROLE)


def _archive(name: str, text: str) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        member = tarfile.TarInfo(name)
        member.size = len(text)
        archive.addfile(member, io.BytesIO(text.encode()))
    return buffer.getvalue()
