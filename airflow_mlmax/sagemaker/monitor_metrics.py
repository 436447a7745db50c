"""A monitor's report as CloudWatch metrics, in the names that SageMaker's monitors give them.

Names and dimensions are those of the pages "CloudWatch Metrics", "CloudWatch Metrics for Bias Drift Analysis" and
"CloudWatch Metrics for Feature Drift Analysis" of SageMaker's developer guide, and of "Model quality metrics and Amazon
CloudWatch monitoring".
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from airflow_mlmax.sagemaker.groups import Group

FILES: Mapping[str, tuple[str, ...]] = {
    "data_quality": ("statistics.json", "verdict.json"),
    "model_quality": ("statistics.json",),
    "bias": ("analysis.json",),
    "feature_attribution": ("analysis.json",),
}
"""Files of a report that its metrics come from, by the kind of monitor."""

_NAMES = {
    "data_quality": "data-metrics",
    "model_quality": "model-metrics",
    "bias": "bias-metrics",
    "feature_attribution": "explainability-metrics",
}
_LARGEST = 2.0**360
"""Of a value that CloudWatch takes; infinity becomes it, as Clarify publishes it."""

_SMALLEST = 2.0**-360
_LONGEST = 255
_STAGES = {"pre_training_bias_metrics": "Pre-training", "post_training_bias_metrics": "Post-Training"}


@dataclass(frozen=True, kw_only=True)
class Publishing(Group):
    """Under which names the metrics of a monitor are published."""

    schedule: str | None = None
    """Value of the dimension `MonitoringSchedule`: a name of your own that stays the same from run to run."""

    endpoint: str | None = None
    """Value of the dimension `Endpoint`; without it the metrics are those of batches."""

    namespace: str = "mlmax"
    """First part of the namespace. `aws/sagemaker` goes on with what Model Monitor wrote."""

    def faults(self) -> Iterator[str]:
        if not self.schedule:
            yield "publish_metrics needs schedule, the value of the dimension MonitoringSchedule."
        if self.namespace.startswith("AWS/"):
            yield "publish_metrics: namespaces that begin with AWS/ are reserved by AWS."

    def place(self, kind: str) -> str:
        """The namespace of a kind of monitor."""
        part = "Endpoints" if self.endpoint else "ModelMonitoring"
        return f"{self.namespace}/{part}/{_NAMES[kind]}"

    @property
    def dimensions(self) -> dict[str, str]:
        named = {"Endpoint": self.endpoint, "MonitoringSchedule": self.schedule}
        return {name: str(value) for name, value in named.items() if value}


def metric_data(
    kind: str, report: Mapping[str, Mapping[str, Any]], dimensions: Mapping[str, str], at: Any
) -> list[dict[str, Any]]:
    """The `MetricData` of PutMetricData; what is missing or not a number is left out.

    :param report: content of the files of `FILES` that there are, by name
    :param at: time of every value
    """
    metrics = {
        "data_quality": _data_quality,
        "model_quality": _model_quality,
        "bias": _bias,
        "feature_attribution": _attributions,
    }[kind](report)
    return [
        {
            "MetricName": name[:_LONGEST],
            "Dimensions": [{"Name": key, "Value": text} for key, text in {**dimensions, **more}.items()],
            "Timestamp": at,
            **value,
        }
        for name, value, more in metrics
        if value
    ]


_Metrics = Iterator[tuple[str, dict[str, Any], dict[str, str]]]


def _data_quality(report: Mapping[str, Mapping[str, Any]]) -> _Metrics:
    for feature in report.get("statistics.json", {}).get("features", []):
        name = feature["name"]
        statistics = feature.get("numerical_statistics") or feature.get("string_statistics") or {}
        yield f"feature_data_{name}", _statistics(statistics), {}
        yield f"feature_non_null_{name}", _value(_completeness(statistics.get("common") or {})), {}
    for drift in report.get("verdict.json", {}).get("drift", []):
        yield f"feature_baseline_drift_{drift['feature']}", _value(drift.get("distance")), {}


def _model_quality(report: Mapping[str, Mapping[str, Any]]) -> _Metrics:
    statistics = report.get("statistics.json", {})
    for group in (value for key, value in statistics.items() if key.endswith("_metrics")):
        for name, metric in group.items():
            yield name, _value(metric.get("value") if isinstance(metric, Mapping) else None), {}


def _bias(report: Mapping[str, Mapping[str, Any]]) -> _Metrics:
    analysis = report.get("analysis.json", {})
    for key, stage in _STAGES.items():
        found = analysis.get(key) or {}
        label = {"Label": found.get("label"), "LabelValue": found.get("label_value_or_threshold")}
        for facet, entries in (found.get("facets") or {}).items():
            for entry in entries:
                told = {**label, "Facet": facet, "FacetValue": entry.get("value_or_threshold")}
                more = {"BiasStage": stage, **{name: str(value) for name, value in told.items()}}
                for metric in entry.get("metrics") or ():
                    yield f"bias_metric_{metric['name']}", _value(metric.get("value")), more


def _attributions(report: Mapping[str, Mapping[str, Any]]) -> _Metrics:
    explained = (report.get("analysis.json", {}).get("explanations") or {}).get("kernel_shap") or {}
    for label, found in explained.items():
        method = {"ExplainabilityMethod": "KernelShap", "Label": str(label)}
        for feature, value in (found.get("global_shap_values") or {}).items():
            yield f"feature_{feature}", _value(value), {**method, "ValueType": "GlobalShapValues"}
        yield "ExpectedValue", _value(found.get("expected_value")), {**method, "ValueType": "ExpectedValue"}


def _statistics(statistics: Mapping[str, Any]) -> dict[str, Any]:
    count = (statistics.get("common") or {}).get("num_present")
    given = {"SampleCount": count, "Sum": "sum", "Minimum": "min", "Maximum": "max"}
    values = {
        name: _number(statistics.get(key) if isinstance(key, str) else key) for name, key in given.items()
    }
    return {"StatisticValues": values} if count and None not in values.values() else {}


def _completeness(common: Mapping[str, Any]) -> float | None:
    present, missing = common.get("num_present"), common.get("num_missing")
    if present is None or missing is None or not present + missing:
        return None
    return float(present / (present + missing))


def _value(value: Any) -> dict[str, Any]:
    number = _number(value)
    return {} if number is None else {"Value": number, "Unit": "None"}


def _number(value: Any) -> float | None:
    """A value as CloudWatch takes it: never NaN, and neither too large nor too small."""
    if isinstance(value, str) and value.lower().lstrip("+-") in {"infinity", "inf"}:
        value = float(value)
    if not isinstance(value, int | float) or isinstance(value, bool) or math.isnan(value):
        return None
    number = max(-_LARGEST, min(_LARGEST, float(value)))
    return number if abs(number) >= _SMALLEST else 0.0
