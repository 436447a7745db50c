"""What DAGs and pipelines take from a spec."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from airflow_mlmax.sagemaker.baselines import KINDS
from airflow_mlmax.sagemaker.requests import MonitorRequest
from airflow_mlmax.settings import Settings
from airflow_mlmax.specs import ModelSpec
from airflow_mlmax.specs.reading import read_spec


@pytest.fixture(scope="module")
def spec(dags: Path, settings: Settings) -> ModelSpec:
    return read_spec(dags / "models/flights", settings)


@pytest.mark.parametrize("kind", KINDS)
def test_the_arguments_of_a_monitor_make_a_request_without_fault(spec: ModelSpec, kind: str) -> None:
    """Baseline and comparison of a kind are told the same."""
    request = MonitorRequest(
        **spec.monitoring.arguments(kind, spec.data, "s3://b/model.tar.gz"),
        role_arn="arn:aws:iam::123456789012:role/r",
        image_uri="i",
        source_uri="s3://b/code/",
        data_uri="s3://b/d/",
        output_uri="s3://b/o/",
        compute={"instance_type": "ml.m5.large"},
    )
    assert list(request.argument_faults()) == []


def test_monitors_fail_unless_they_are_told_to_warn(spec: ModelSpec) -> None:
    """Nothing is green by omission."""
    assert spec.monitoring.on_violations.get("bias", "fail") == "fail"


def test_drift_is_braked_least(spec: ModelSpec) -> None:
    """The flights wait longer for new data than for drift, and never take new days for the same data."""
    causes = spec.retraining.causes
    assert causes.drift is not None
    assert causes.new_data is not None
    assert causes.drift.cool_down_days < causes.new_data.cool_down_days
    assert causes.drift.min_new_rows < causes.new_data.min_new_rows
    assert spec.retraining.warm_start == "TransferLearning"


def test_machines_of_the_model_lie_over_those_of_the_environment(copy: Any, settings: Settings) -> None:
    """What the model does not say stays."""
    ladder = [{"instance_type": "ml.c5.4xlarge", "instance_count": 2}]
    changes = {
        "compute": {"training": {"instance_type": "ml.c5.2xlarge", "ladder": ladder, "max_runtime": 7200}}
    }
    spec = read_spec(copy("other", changes), settings)
    training = spec.machines(settings, "training")
    assert training == {
        "compute": {"instance_type": "ml.c5.2xlarge", "instance_count": 1, "volume_size_gb": 30},
        "instance_ladder": ladder,
        "max_runtime": 7200,
    }
    processing = spec.machines(settings, "processing")
    assert (processing["compute"]["instance_type"], processing["instance_ladder"]) == ("ml.m5.large", [])


def test_every_task_shows_its_owners(spec: ModelSpec, settings: Settings) -> None:
    """Beside what the environment says."""
    arguments = spec.default_args(settings)
    assert (arguments["owner"], arguments["aws_conn_id"]) == ("ml-flights", "aws_default")
    assert spec.begins == datetime(2013, 1, 1, tzinfo=UTC)
    assert spec.sources(settings)["labels"] == "s3://example-mlmax-prod/mlmax/landing/labels"
