"""Reports as CloudWatch metrics."""

import math
from typing import Any

import pytest

from airflow_mlmax.sagemaker.monitor_metrics import Publishing, metric_data

AT = "2026-11-21T10:00:00Z"
SCHEDULE = {"MonitoringSchedule": "daily"}


def told(kind: str, **report: Any) -> dict[str, Any]:
    """Value, or statistics, by the name of the metric."""
    files = {f"{name}.json": value for name, value in report.items()}
    data = metric_data(kind, files, SCHEDULE, AT)
    return {each["MetricName"]: each.get("Value", each.get("StatisticValues")) for each in data}


def dimensions(kind: str, **report: Any) -> list[dict[str, str]]:
    files = {f"{name}.json": value for name, value in report.items()}
    return [
        {each["Name"]: each["Value"] for each in datum["Dimensions"]}
        for datum in metric_data(kind, files, SCHEDULE, AT)
    ]


def feature(**numbers: Any) -> dict[str, Any]:
    common = {"num_present": 3, "num_missing": 1}
    return {
        "name": "x",
        "numerical_statistics": {"common": common, "sum": 6.0, "min": 1, "max": 3, **numbers},
    }


def test_data_quality() -> None:
    """Statistics of numbers, the share that is filled, and the distance from the baseline."""
    city = {"name": "city", "string_statistics": {"common": {"num_present": 4, "num_missing": 0}}}
    drift = [{"feature": "x", "distance": 0.2}, {"feature": "city", "state": "not_evaluated"}]
    assert told("data_quality", statistics={"features": [feature(), city]}, verdict={"drift": drift}) == {
        "feature_data_x": {"SampleCount": 3, "Sum": 6, "Minimum": 1, "Maximum": 3},
        "feature_non_null_x": 0.75,
        "feature_non_null_city": 1,
        "feature_baseline_drift_x": 0.2,
    }


def test_model_quality() -> None:
    """Every metric that has a value; the matrix and the curves have none."""
    metrics = {"confusion_matrix": {"0": {}}, "auc": {"value": 0.8}, "r2": {"value": "NaN"}}
    found = told("model_quality", statistics={"version": 0.0, "binary_classification_metrics": metrics})
    assert found == {"auc": 0.8}


def test_bias() -> None:
    """A metric for each facet and stage, which are dimensions."""
    metrics = [
        {"name": "CI", "value": 0.5},
        {"name": "DI", "value": None},
        {"name": "KL", "value": "Infinity"},
    ]
    analysis = {
        "pre_training_bias_metrics": {
            "label": "late",
            "label_value_or_threshold": "1",
            "facets": {"origin": [{"value_or_threshold": "JFK", "metrics": metrics}]},
        }
    }
    assert told("bias", analysis=analysis) == {"bias_metric_CI": 0.5, "bias_metric_KL": 2.0**360}
    assert dimensions("bias", analysis=analysis)[0] == {
        **SCHEDULE,
        "BiasStage": "Pre-training",
        "Label": "late",
        "LabelValue": "1",
        "Facet": "origin",
        "FacetValue": "JFK",
    }


def test_feature_attributions() -> None:
    """The global value of each feature, and the expected value."""
    found = {"label0": {"global_shap_values": {"x": 0.3}, "expected_value": 0.1}}
    analysis = {"explanations": {"kernel_shap": found}}
    assert told("feature_attribution", analysis=analysis) == {"feature_x": 0.3, "ExpectedValue": 0.1}
    kinds = [each["ValueType"] for each in dimensions("feature_attribution", analysis=analysis)]
    assert kinds == ["GlobalShapValues", "ExpectedValue"]


@pytest.mark.parametrize(
    ("value", "sent"),
    [
        (math.nan, None),
        (math.inf, 2.0**360),
        (-1e200, -(2.0**360)),
        (1e-200, 0),
        (True, None),
        ("NaN", None),
        (3, 3),
    ],
    ids=str,
)
def test_only_what_cloudwatch_takes_is_sent(value: Any, sent: float | None) -> None:
    """PutMetricData refuses a whole call for one NaN."""
    found = told("model_quality", statistics={"regression_metrics": {"m": {"value": value}}})
    assert found == ({} if sent is None else {"m": sent})


def test_an_empty_column_has_no_statistics() -> None:
    """A sample count of 0 would be refused."""
    empty = feature(common={"num_present": 0, "num_missing": 4})
    assert told("data_quality", statistics={"features": [empty]}) == {"feature_non_null_x": 0}
    assert told("data_quality") == {}


@pytest.mark.parametrize(
    ("given", "place"),
    [
        ({}, "mlmax/ModelMonitoring/data-metrics"),
        ({"endpoint": "e"}, "mlmax/Endpoints/data-metrics"),
        ({"endpoint": "e", "namespace": "aws/sagemaker"}, "aws/sagemaker/Endpoints/data-metrics"),
    ],
    ids=["batch", "endpoint", "namespace"],
)
def test_the_namespace(given: dict[str, str], place: str) -> None:
    """Model Monitor's, below the package's own name unless it is asked for another."""
    asked = Publishing(schedule="daily", **given)
    assert asked.place("data_quality") == place
    assert list(asked.faults()) == []
    assert asked.dimensions == ({"Endpoint": "e"} if "endpoint" in given else {}) | SCHEDULE


def test_a_reserved_namespace_is_refused() -> None:
    """Before AWS does so."""
    assert "reserved" in next(Publishing(schedule="daily", namespace="AWS/Mine").faults())
