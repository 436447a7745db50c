"""Requests of monitors: processing jobs that run the package's analyzer."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from airflow_mlmax.sagemaker.groups import Group, grouped
from airflow_mlmax.sagemaker.requests.processing import ProcessingRequest
from airflow_mlmax.sagemaker.requests.request import Request
from airflow_mlmax.sagemaker.requests.resources import ProcessingCompute, compute_faults
from airflow_mlmax.sagemaker.requests.values import present, text_faults

OUTPUT = "report"
"""Name of the job's one output."""

_ENTRY_POINT = "analyze.py"
_ANALYSES = {"data_quality": "DATA_QUALITY", "model_quality": "MODEL_QUALITY"}
_FORMATS: Mapping[str, Mapping[str, Any]] = {
    "csv": {"csv": {"header": True}},
    "csv_without_header": {"csv": {"header": False}},
    "json_lines": {"json": {"lines": True}},
    "parquet": {"parquet": {}},
}
_DATA = "/opt/ml/processing/input/data"
_LABELS = "/opt/ml/processing/input/labels"
_BASELINE = "/opt/ml/processing/baseline"
_OUTPUT = "/opt/ml/processing/output"


@dataclass(frozen=True, kw_only=True)
class ModelQuality(Group):
    """Which columns hold predictions and truth."""

    problem_type: str | None = None
    """`Regression`, `BinaryClassification` or `MulticlassClassification`."""

    label: str | None = None
    """Column of the truth."""

    prediction: str | None = None
    """Column of the predicted value or class."""

    probability: str | None = None
    """Column of the score of the class 1."""

    probability_threshold: float | str | None = None
    """Score from which on a row counts as class 1 where there is no `prediction`; 0.5 where nothing is said."""

    labels_uri: str | None = None
    """S3 prefix of the truth, in the format of the data, where it does not lie beside the predictions."""

    join_on: str | None = None
    """Column by which predictions and `labels_uri` are joined."""

    slack: float | str | None = None
    """Share by which a metric may be worse than in the baseline that is made; 0 where nothing is said."""

    def faults(self) -> Iterator[str]:
        if not self.problem_type or not self.label:
            yield "model_quality needs problem_type and label, the column of the truth."
        if not self.prediction and not self.probability:
            yield "model_quality needs prediction or probability, the column to compare with the truth."
        if bool(self.labels_uri) != bool(self.join_on):
            yield "model_quality: labels_uri and join_on belong together; give both or neither."

    def environment(self) -> dict[str, Any]:
        """The variables of the analyzer."""
        return present(
            problem_type=self.problem_type,
            ground_truth_attribute=self.label,
            inference_attribute=self.prediction,
            probability_attribute=self.probability,
            probability_threshold_attribute=self.probability_threshold,
            ground_truth_source=_LABELS if self.labels_uri else None,
            join_attribute=self.join_on,
            slack=self.slack,
        )


@dataclass(frozen=True, kw_only=True)
class MonitorRequest(Request):
    """A job that describes data, and compares them with a baseline if there is one."""

    operation: ClassVar[str] = ProcessingRequest.operation
    name_key: ClassVar[str] = ProcessingRequest.name_key

    kind: str = "data_quality"
    """`data_quality` or `model_quality`."""

    image_uri: str | None = None
    source_uri: str | None = None
    """S3 prefix of the analyzer."""

    data_uri: str | None = None
    data_format: str | Mapping[str, Any] = "csv"
    """`csv`, `csv_without_header`, `json_lines`, `parquet`, or `dataset_format` in AWS's words."""

    output_uri: str | None = None
    baseline_uri: str | None = None
    """S3 prefix of the baseline's `constraints.json` and `statistics.json`."""

    model_quality: Mapping[str, Any] | None = grouped(ModelQuality)
    monitoring_config: Mapping[str, Any] | None = None
    """What a new baseline has instead of the default, in AWS's words."""

    categorical_drift_method: str | None = None
    min_rows: int | str | None = None
    compute: Mapping[str, Any] | None = grouped(ProcessingCompute)
    environment: Mapping[str, Any] | None = None
    max_runtime: int | str = 3600

    def body(self) -> dict[str, Any]:
        return ProcessingRequest(
            role_arn=self.role_arn,
            image_uri=self.image_uri,
            entry_point=_ENTRY_POINT,
            source_uri=self.source_uri,
            inputs=self._inputs(),
            outputs={OUTPUT: {"uri": self.output_uri, "local_path": _OUTPUT}},
            compute=self.compute,
            environment={**self._environment(), **(self.environment or {})},
            max_runtime=self.max_runtime,
        ).body()

    def argument_faults(self) -> Iterator[str]:
        yield from compute_faults(ProcessingCompute.of(self.compute))
        yield from text_faults(self.environment, "environment")
        if self.kind not in _ANALYSES:
            yield f"kind {self.kind!r} is unknown; give one of {', '.join(_ANALYSES)}."
        if isinstance(self.data_format, str) and self.data_format not in _FORMATS:
            yield f"data_format {self.data_format!r} is unknown; give one of {', '.join(_FORMATS)}."
        for name in ("data_uri", "output_uri"):
            if not getattr(self, name):
                yield f"{name} is missing: an S3 prefix."
        if self.kind == "model_quality":
            yield from ModelQuality.of(self.model_quality).faults()

    def _inputs(self) -> dict[str, Any]:
        labels = ModelQuality.of(self.model_quality).labels_uri
        return present(
            data={"uri": self.data_uri, "local_path": _DATA},
            labels={"uri": labels, "local_path": _LABELS} if labels else None,
            baseline={"uri": self.baseline_uri, "local_path": _BASELINE} if self.baseline_uri else None,
        )

    def _environment(self) -> dict[str, Any]:
        of_data = self.kind == "data_quality"
        layout = _FORMATS[self.data_format] if isinstance(self.data_format, str) else self.data_format
        return present(
            analysis_type=_ANALYSES[self.kind],
            dataset_format=layout,
            dataset_source=_DATA,
            output_path=_OUTPUT,
            baseline_constraints=f"{_BASELINE}/constraints.json" if self.baseline_uri else None,
            baseline_statistics=f"{_BASELINE}/statistics.json" if self.baseline_uri and of_data else None,
            monitoring_config=self.monitoring_config,
            categorical_drift_method=self.categorical_drift_method,
            min_rows=self.min_rows,
            **({} if of_data else ModelQuality.of(self.model_quality).environment()),
        )
