import json
import math
from datetime import UTC, datetime
from typing import Any

import pytest

from airflow_mlmax.sagemaker import results

TIME = datetime(2026, 1, 1, tzinfo=UTC)
CODE = "c0de" * 16
TRAINING: dict[str, Any] = {
    "TrainingJobName": "late-1",
    "ModelArtifacts": {"S3ModelArtifacts": "s3://b/m/late-1/output/model.tar.gz"},
    "OutputDataConfig": {"S3OutputPath": "s3://b/m/"},
    "CheckpointConfig": {"S3Uri": "s3://b/c"},
    "HyperParameters": {"sagemaker_submit_directory": f'"s3://b/code/{CODE}/sourcedir.tar.gz"'},
    "FinalMetricDataList": [
        {"MetricName": "auc", "Value": 0.75, "Timestamp": TIME},
        {"MetricName": "broken", "Value": math.nan, "Timestamp": TIME},
    ],
    "ResourceConfig": {"InstanceCount": 2},
    "BillableTimeInSeconds": 30,
    "Environment": {"A": "marker"},
}
TUNING: dict[str, Any] = {
    "BestTrainingJob": {
        "TrainingJobName": "late-1",
        "TunedHyperParameters": {"depth": "3"},
        "FinalHyperParameterTuningJobObjectiveMetric": {"MetricName": "auc", "Value": 0.75},
    },
    "TrainingJobStatusCounters": {"Completed": 2, "NonRetryableError": 1, "RetryableError": 1},
}


def test_a_training_result_is_its_artifacts_and_metrics() -> None:
    """S3 URIs and numbers; NaN is no number; nothing else of the description gets out."""
    assert results.training_result(TRAINING) == {
        "model_artifacts": "s3://b/m/late-1/output/model.tar.gz",
        "output_uri": "s3://b/m/late-1/output",
        "checkpoint_uri": "s3://b/c",
        "code_sha256": CODE,
        "metric_auc": 0.75,
        "metric_broken": None,
    }


def test_a_processing_result_is_its_outputs_by_name() -> None:
    """Each output's URI under its own name, and the message cut to a bounded length."""
    outputs = [{"OutputName": "train", "S3Output": {"S3Uri": "s3://b/train"}}, {"OutputName": "features"}]
    description = {"ProcessingOutputConfig": {"Outputs": outputs}, "ExitMessage": "x" * 1024}
    assert results.processing_result(description) == {
        "train": "s3://b/train",
        "features": None,
        "exit_message": "x" * 500,
    }


def test_a_transform_result_is_where_the_predictions_lie() -> None:
    """The output prefix, the model that made it, and captured data if there is any."""
    description = {"TransformOutput": {"S3OutputPath": "s3://b/scores"}, "ModelName": "late"}
    assert results.transform_result(description) == {
        "output_uri": "s3://b/scores",
        "model_name": "late",
        "capture_uri": None,
    }


def test_a_tuning_result_is_its_winner() -> None:
    """Name, objective, tuned values and artifacts of the best child, and how the children fared."""
    assert results.tuning_result(TUNING, TRAINING) == {
        "best_training_job": "late-1",
        "best_objective": 0.75,
        "best_hyperparameters": {"depth": "3"},
        "model_artifacts": "s3://b/m/late-1/output/model.tar.gz",
        "code_sha256": CODE,
        "completed_jobs": 2,
        "failed_jobs": 2,
    }


def test_a_search_is_billed_as_the_sum_of_its_children() -> None:
    """Billed time of each child times its instances; the search's own clock is no bill."""
    assert results.children_billable_seconds([TRAINING, TRAINING]) == 120
    assert results.children_billable_seconds([]) == 0


@pytest.mark.parametrize(
    "answer", [{}, {"BestTrainingJob": None, "FinalMetricDataList": None}], ids=["empty", "null"]
)
def test_an_answer_that_lacks_members_gives_none(answer: dict[str, Any]) -> None:
    """No missing member raises; the keys are the same as ever."""
    assert results.training_result(answer)["model_artifacts"] is None
    assert results.tuning_result(answer, None)["best_training_job"] is None
    assert results.transform_result(answer)["output_uri"] is None
    assert results.processing_result(answer) == {"exit_message": None}


def test_results_are_small_plain_json() -> None:
    """A result goes through XCom as it is, and stays below two kilobytes."""
    for result in (results.training_result(TRAINING), results.tuning_result(TUNING, TRAINING)):
        text = json.dumps(result, allow_nan=False)
        assert json.loads(text) == result
        assert len(text) < 2048


@pytest.mark.parametrize(
    ("members", "seconds"),
    [
        ({}, 60),
        ({"ResourceConfig": {"InstanceGroups": [{"InstanceCount": 1}, {"InstanceCount": 4}]}}, 150),
        ({"ResourceConfig": {"InstanceCount": 2, "SelectedInstanceCount": 3}}, 90),
        ({"WarmPoolStatus": {"ResourceRetainedBillableTimeInSeconds": 5}}, 70),
    ],
    ids=["instances", "groups", "selected", "warm-pool"],
)
def test_a_bill_counts_the_instances_that_ran(members: dict[str, Any], seconds: int) -> None:
    """Billed time of a training job times the instances of its groups, or those AWS selected, with the warm pool."""
    assert results.children_billable_seconds([{**TRAINING, **members}]) == seconds


def test_violations_of_every_kind_of_monitor_are_told() -> None:
    """What they are about, the farthest beyond its threshold first; nothing that JSON has not."""
    details = {"observed": 0.4, "threshold": 0.1}
    rows = [
        {"feature_name": "y", "details": {"observed": 0.98, "threshold": 1.0}},
        {"feature_name": "x", "constraint_check_type": "baseline_drift_check", "details": details},
        {"feature_name": "gone", "details": {"observed": float("inf"), "threshold": 1}},
        {
            "facet": "origin",
            "facet_value": "LGA",
            "metric_name": "DPL",
            "constraint_check_type": "bias_drift_check",
        },
        {
            "label": "label0",
            "metric_name": "shap",
            "details": {"worst": [{"feature": "a"}, {"feature": "b"}]},
        },
    ]
    told = results.violations_result(rows)
    assert told["worst_features"] == ["gone", "origin LGA DPL", "a", "b", "x"]
    assert [each["feature"] for each in told["reasons"]] == [
        "gone",
        "origin LGA DPL",
        "label0 shap",
        "x",
        "y",
    ]
    assert [told["reasons"][place]["observed"] for place in (0, 3)] == [None, 0.4]
    assert len(results.violations_result(rows * 10)["reasons"]) == 5
