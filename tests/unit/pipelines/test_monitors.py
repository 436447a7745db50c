from pathlib import Path
from typing import Any

import pytest
import yaml

from airflow_mlmax.pipelines.model_file import read_model_file
from airflow_mlmax.pipelines.monitors import Monitors
from airflow_mlmax.sagemaker.baselines import KINDS
from airflow_mlmax.sagemaker.requests import MonitorRequest

FLIGHTS = Path(__file__).parents[3] / "dags/models/flights/monitors.yaml"


def content(**changes: Any) -> dict[str, Any]:
    return {**yaml.safe_load(FLIGHTS.read_text()), **changes}


@pytest.mark.parametrize("kind", KINDS)
def test_the_arguments_make_a_request_without_fault(kind: str) -> None:
    """Baseline and comparison of a kind are told the same."""
    arguments = read_model_file(FLIGHTS, Monitors).arguments(kind, "s3://b/model.tar.gz")
    request = MonitorRequest(
        **arguments,
        role_arn="arn:aws:iam::123456789012:role/r",
        image_uri="i",
        source_uri="s3://b/code/",
        data_uri="s3://b/d/",
        output_uri="s3://b/o/",
        compute={"instance_type": "ml.m5.large"},
    )
    assert list(request.argument_faults()) == []


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"labels": "x"}, "labels\n"),
        ({"problem_type": "Ranking"}, "problem_type"),
        ({"on_violations": {"fairness": "warn"}}, "on_violations.fairness"),
        ({"limits": {"temp": {"drfit": 0.5}}}, "limits.temp.drfit"),
        ({"limits": {"temp": {"drift": 5}}}, "limits.temp.drift"),
        ({"window_days": 0}, "window_days"),
    ],
    ids=["key", "problem", "kind", "limit", "share", "window"],
)
def test_a_mistake_in_the_file_is_named(tmp_path: Path, changes: dict[str, Any], message: str) -> None:
    """While the DAG file is read, with the file and the key."""
    path = tmp_path / "monitors.yaml"
    path.write_text(yaml.safe_dump(content(**changes)))
    with pytest.raises(ValueError, match=f"monitors.yaml does not describe monitors(.|\n)*{message}"):
        read_model_file(path, Monitors)


def test_monitors_fail_unless_they_are_told_to_warn() -> None:
    """Nothing is green by omission."""
    assert Monitors.model_validate(content()).on_violations.get("bias", "fail") == "fail"
