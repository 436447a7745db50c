"""Requests whose JSON lies in `golden/`: together they use every argument of every family."""

from collections.abc import Callable
from typing import Any, NamedTuple

import pytest

from airflow_mlmax.sagemaker.requests import (
    ModelPackageGroupRequest,
    ModelPackageRequest,
    ModelRequest,
    MonitorRequest,
    ProcessingRequest,
    Request,
    TrainingRequest,
    TransformRequest,
    TuningRequest,
)

ROLE = "arn:aws:iam::123456789012:role/mlmax"
IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.4-2-cpu-py3"
BLOCK = {
    "volume_kms_key": "alias/volumes",
    "output_kms_key": "alias/outputs",
    "subnets": ["subnet-0a1b2c3d", "subnet-1a2b3c4d"],
    "security_group_ids": ["sg-0a1b2c3d"],
    "required": True,
}
SMALL = {"instance_type": "ml.m5.large"}
SCRIPT = {
    "image_uri": IMAGE,
    "role_arn": ROLE,
    "entry_point": "train.py",
    "source_uri": "s3://b/code/abc/sourcedir.tar.gz",
    "output_uri": "s3://b/models",
    "compute": SMALL,
}
MONITOR: dict[str, Any] = {
    "image_uri": IMAGE,
    "role_arn": ROLE,
    "data_uri": "s3://b/day/",
    "output_uri": "s3://b/report/",
    "baseline_uri": "s3://b/baseline/",
    "compute": SMALL,
}
BIAS = {
    "label": "late",
    "label_values_or_threshold": [1],
    "facets": [{"name_or_index": "origin", "value_or_threshold": ["JFK"]}],
    "group_variable": "carrier",
    "prediction": "predicted",
}

CASES: dict[str, Callable[[], Request]] = {
    "processing_script": lambda: ProcessingRequest(
        image_uri=IMAGE,
        role_arn=ROLE,
        entry_point="preprocess.py",
        source_uri="s3://b/code/abc/files/",
        arguments={"day": "2013-01-01", "rows": 5, "dry-run": False, "skipped": None},
        inputs={
            "raw": "s3://b/raw/",
            "weather": {"uri": "s3://b/weather/", "distribution": "ShardedByS3Key"},
        },
        outputs={"train": "s3://b/train/", "report": {"uri": "s3://b/report/", "upload_mode": "Continuous"}},
        compute={"instance_type": "ml.m5.large", "instance_count": "2", "volume_size_gb": 50},
        environment={"STAGE": "prod", "LIMIT": 3},
        max_runtime="7200",
    ),
    "processing_secure": lambda: ProcessingRequest(
        image_uri=IMAGE,
        role_arn=ROLE,
        entrypoint=["python3", "-m", "report"],
        arguments=["--fast", "1"],
        inputs={
            "query": {
                "dataset_definition": {
                    "AthenaDatasetDefinition": {
                        "Catalog": "AwsDataCatalog",
                        "Database": "db",
                        "QueryString": "SELECT 1",
                        "OutputS3Uri": "s3://b/athena/",
                        "OutputFormat": "PARQUET",
                    }
                }
            }
        },
        outputs={"features": {"uri": "s3://b/features/", "feature_group": "flights"}},
        compute={
            "instance_preferences": [
                {"instance_type": "ml.m5.xlarge", "instance_count": 2},
                {"instance_type": "ml.m5.2xlarge", "instance_count": 1},
            ]
        },
        security=BLOCK,
        extra={"ExperimentConfig": {"ExperimentName": "flights"}},
    ),
    "training_script": lambda: TrainingRequest(
        **SCRIPT,
        hyperparameters={
            "depth": 4,
            "rate": 0.1,
            "name": "best",
            "flag": True,
            "layers": [1, 2],
            "none": None,
        },
        inputs={
            "train": "s3://b/train/",
            "validation": {"uri": "s3://b/validation/", "content_type": "text/csv", "input_mode": "FastFile"},
        },
        metric_definitions={"auc": "auc=([0-9.]+)"},
        environment={"STAGE": "prod"},
    ),
    "training_spot_secure": lambda: TrainingRequest(
        **{
            **SCRIPT,
            "compute": {"instance_type": "ml.g5.xlarge", "instance_count": 2, "volume_size_gb": 100},
        },
        inputs={"train": "s3://b/train/"},
        spot={"checkpoint_uri": "s3://b/checkpoints/", "checkpoint_local_path": "/opt/ml/checkpoints"},
        max_runtime="3600",
        security=BLOCK,
    ),
    "training_container_groups": lambda: TrainingRequest(
        image_uri=IMAGE,
        role_arn=ROLE,
        entrypoint=["/bin/train"],
        arguments={"epochs": 3},
        inputs={
            "train": {
                "uri": "s3://b/train.manifest",
                "data_type": "AugmentedManifestFile",
                "attribute_names": ["source", "label"],
                "record_wrapper": "RecordIO",
                "compression": "None",
                "instance_groups": ["workers"],
                "shuffle_seed": 7,
                "input_mode": "Pipe",
            },
            "lookup": {
                "file_system": {
                    "FileSystemId": "fs-0123456789abcdef0",
                    "FileSystemAccessMode": "ro",
                    "FileSystemType": "EFS",
                    "DirectoryPath": "/lookup",
                }
            },
        },
        output_uri="s3://b/models",
        output_compression="NONE",
        compute={
            "instance_groups": [
                {"name": "workers", "instance_type": "ml.m5.xlarge", "instance_count": 2},
                {"name": "servers", "instance_type": "ml.r5.large"},
            ],
            "keep_alive": 600,
        },
        input_mode="FastFile",
        retry_attempts=None,
    ),
    "training_algorithm": lambda: TrainingRequest(
        algorithm="arn:aws:sagemaker:us-east-1:123456789012:algorithm/forest",
        role_arn=ROLE,
        inputs={"train": "s3://b/train/"},
        output_uri="s3://b/models",
        compute={"instance_preferences": [{"instance_type": "ml.m5.xlarge", "instance_count": 1}]},
    ),
    "training_config": lambda: TrainingRequest(
        role_arn=ROLE,
        config={
            "AlgorithmSpecification": {"TrainingImage": IMAGE, "TrainingInputMode": "File"},
            "OutputDataConfig": {"S3OutputPath": "s3://b/models"},
            "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": "1", "VolumeSizeInGB": "10"},
            "StoppingCondition": {"MaxRuntimeInSeconds": "60"},
        },
        security=BLOCK,
    ),
    "tuning_bayesian": lambda: TuningRequest(
        role_arn=ROLE,
        objective={"metric": "auc", "type": "Maximize"},
        ranges={
            "depth": {"type": "integer", "min": 2, "max": 8},
            "rate": {"type": "continuous", "min": 0.001, "max": 0.1, "scaling": "Logarithmic"},
            "booster": ["tree", "linear"],
        },
        training={
            **SCRIPT,
            "inputs": {"train": "s3://b/train/"},
            "hyperparameters": {"seed": 1},
            "metric_definitions": {"auc": "auc=([0-9.]+)"},
            "spot": {"max_wait": 28800, "checkpoint_uri": "s3://b/checkpoints/"},
        },
        max_jobs="20",
        max_parallel_jobs=4,
        max_runtime=86400,
        early_stopping="Auto",
        warm_start={"parents": ["search-1"], "type": "TransferLearning"},
        completion_criteria={
            "target_value": "0.9",
            "max_jobs_not_improving": 5,
            "convergence_detected": True,
        },
        random_seed=42,
        security=BLOCK,
    ),
    "tuning_definitions": lambda: TuningRequest(
        role_arn=ROLE,
        definitions=[
            {
                "name": name,
                "objective": {"metric": "loss", "type": "Minimize"},
                "ranges": {"epochs": {"type": "integer", "min": "1", "max": "9"}},
                "image_uri": IMAGE,
                "inputs": {"train": "s3://b/train/"},
                "output_uri": "s3://b/models",
                "compute": {
                    "instance_preferences": [
                        {"instance_type": "ml.m5.large"},
                        {"instance_type": "ml.m5.xlarge"},
                    ]
                },
            }
            for name in ("small", "large")
        ],
        strategy="Hyperband",
        hyperband={"min_resource": 1, "max_resource": 9},
    ),
    "tuning_grid": lambda: TuningRequest(
        objective={"metric": "auc"},
        ranges={"depth": [2, 4, 8]},
        training={**SCRIPT, "inputs": {"train": "s3://b/train/"}},
        strategy="Grid",
    ),
    "transform_joined": lambda: TransformRequest(
        model_name="flights-1",
        input_uri="s3://b/day=2013-01-01/",
        output_uri="s3://b/scores/",
        compute={"instance_type": "ml.m5.large", "instance_count": 2},
        content_type="text/csv",
        split_type="Line",
        accept="text/csv",
        assemble_with="Line",
        strategy="MultiRecord",
        max_payload_mb="6",
        max_concurrent_transforms=4,
        invocation={"timeout": 60, "max_retries": 1},
        filters={"input": "$[1:]", "output": "$[0,-1]", "join": "Input"},
        environment={"THRESHOLD": 0.5},
        data_capture={"uri": "s3://b/captured/", "inference_id": True},
        security=BLOCK,
    ),
    "transform_objects": lambda: TransformRequest(
        model_name="flights-1",
        input_uri="s3://b/images.manifest",
        data_type="ManifestFile",
        compression="Gzip",
        output_uri="s3://b/scores/",
        compute=SMALL,
    ),
    "model_archive": lambda: ModelRequest(
        image_uri=IMAGE,
        model_data="s3://b/models/job/output/model.tar.gz",
        entry_point="inference.py",
        environment={"WORKERS": 2},
        role_arn=ROLE,
        security=BLOCK,
    ),
    "model_package_of_registry": lambda: ModelRequest(
        model_package="arn:aws:sagemaker:us-east-1:123456789012:model-package/flights/3", role_arn=ROLE
    ),
    "model_pipeline": lambda: ModelRequest(
        containers=[{"Image": IMAGE}, {"Image": IMAGE}],
        role_arn=ROLE,
        extra={"InferenceExecutionConfig": {"Mode": "Serial"}},
    ),
    "group": lambda: ModelPackageGroupRequest(description="Will a flight be late?"),
    "package": lambda: ModelPackageRequest(
        image_uri=IMAGE,
        image_digest="sha256:" + "a" * 64,
        model_data="s3://b/models/job/output/model.tar.gz",
        entry_point="inference.py",
        environment={"WORKERS": 2},
        framework="SKLEARN",
        framework_version="1.4",
        content_types=["text/csv"],
        response_types=["text/csv"],
        transform_instance_types=["ml.m5.large"],
        realtime_instance_types=["ml.m5.large"],
        description="January",
        metrics={"model_quality": "s3://b/report/metrics.json", "bias": "s3://b/bias/report.json"},
        drift_baselines={
            "ModelQuality": {
                "Statistics": {"ContentType": "application/json", "S3Uri": "s3://b/baseline/statistics.json"}
            }
        },
        metadata={"window": "2013-01", "rows": 1000},
        origin={"commit_id": "abc", "repository": "git", "generated_by": "airflow", "project_id": "flights"},
        domain="MACHINE_LEARNING",
        task="CLASSIFICATION",
        sample_payload_uri="s3://b/sample.tar.gz",
        model_card={"ModelCardContent": "{}", "ModelCardStatus": "Draft"},
        security=BLOCK,
    ),
    "package_of_containers": lambda: ModelPackageRequest(
        containers=[{"Image": IMAGE, "ModelDataUrl": "s3://b/models/job/output/model.tar.gz"}],
        approval_status="Approved",
        baselines={
            kind: f"s3://b/baselines/{kind}/"
            for kind in ("data_quality", "model_quality", "bias", "feature_attribution")
        },
        metadata={"mlmax:contract": "s3://b/contract/contract.json", "mlmax:contract-sha256": "a" * 64},
    ),
    "package_with_card": lambda: ModelPackageRequest(
        image_uri=IMAGE,
        model_data="s3://b/models/job/output/model.tar.gz",
        metrics={"model_quality": "s3://b/report/evaluation.json"},
        card={
            "model_creator": "ml-flights",
            "purpose_of_model": "Will a flight be late?",
            "risk_rating": "Low",
            "training_datasets": ["s3://b/pins/flights.json"],
            "hyper_parameters": {"learning-rate": "0.1"},
            "user_provided_hyper_parameters": {"max-iter": 100},
            "objective": {"metric": "validation_auc", "type": "Maximize", "value": 0.7},
            "gate_rules": ["model.roc_auc: at least 0.65"],
        },
        card_uri="s3://b/card/model-card.html",
        evaluation={"model": {"roc_auc": 0.7}, "slices": {"origin=EWR": {"roc_auc": 0.71, "rows": 300}}},
    ),
    "monitor_data_quality": lambda: MonitorRequest(
        **MONITOR,
        source_uri="s3://b/code/abc/files/",
        attachments_uri="s3://b/code/def/files/",
        data_format="capture",
        start_time="2026-11-21T00:00:00+00:00",
        end_time="2026-11-22T00:00:00+00:00",
        preprocessor="scripts/before.py",
        postprocessor="scripts/after.py",
        monitoring_config={"evaluate_constraints": "Enabled", "note": "n" * 256},
        categorical_drift_method="ChiSquared",
        min_rows=100,
        environment={"STAGE": "prod"},
        max_runtime=600,
    ),
    "monitor_model_quality": lambda: MonitorRequest(
        **MONITOR,
        kind="model_quality",
        source_uri="s3://b/code/abc/files/",
        model_quality={
            "problem_type": "BinaryClassification",
            "label": "late",
            "probability": "score",
            "labels_uri": "s3://b/labels/",
            "join_on": "flight_id",
        },
    ),
    "monitor_bias": lambda: MonitorRequest(
        **MONITOR, kind="bias", source_uri="s3://b/code/abc/files/", bias=BIAS
    ),
    "monitor_attribution": lambda: MonitorRequest(
        **MONITOR,
        kind="feature_attribution",
        source_uri="s3://b/code/abc/files/",
        attribution={"model_uri": "s3://b/model/model.tar.gz", "num_samples": 200, "max_rows": 100},
    ),
    "monitor_of_model_monitor": lambda: MonitorRequest(
        **MONITOR, analyzer="aws", data_format="csv_without_header", categorical_drift_method="LInfinity"
    ),
    "monitor_of_clarify": lambda: MonitorRequest(
        **MONITOR, analyzer="aws", kind="bias", attachments_uri="s3://b/code/def/files/", bias=BIAS
    ),
}


class Case(NamedTuple):
    """One reviewed request."""

    name: str
    make: Callable[[], Request]


@pytest.fixture(params=CASES)
def case(request: pytest.FixtureRequest) -> Case:
    """Each of the reviewed requests in turn."""
    return Case(request.param, CASES[request.param])


@pytest.fixture
def builders() -> list[Request]:
    """The builders of all reviewed requests."""
    return [make() for make in CASES.values()]
