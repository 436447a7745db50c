"""The arguments of a monitor, and what is wrong with them whoever the analyzer is."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from airflow_mlmax.sagemaker.groups import grouped
from airflow_mlmax.sagemaker.requests.monitor.groups import Attribution, Bias, ModelQuality
from airflow_mlmax.sagemaker.requests.processing import ProcessingRequest
from airflow_mlmax.sagemaker.requests.request import Request
from airflow_mlmax.sagemaker.requests.resources import ProcessingCompute, compute_faults
from airflow_mlmax.sagemaker.requests.values import text_faults

ANALYSES: Mapping[str, str] = {
    "data_quality": "DATA_QUALITY",
    "model_quality": "MODEL_QUALITY",
    "bias": "BIAS",
    "feature_attribution": "FEATURE_ATTRIBUTION",
}
"""`analysis_type` of the analyzer by the kind of monitor."""

AWS = "aws"
ANALYZERS = ("mlmax", AWS)

_CAPTURED = "sagemakerCaptureJson"
_FORMATS: Mapping[str, Mapping[str, Any]] = {
    "csv": {"csv": {"header": True}},
    "csv_without_header": {"csv": {"header": False}},
    "json_lines": {"json": {"lines": True}},
    "parquet": {"parquet": {}},
    "capture": {_CAPTURED: {"captureIndexNames": ["endpointInput", "endpointOutput"]}},
}


@dataclass(frozen=True, kw_only=True)
class MonitorArguments(Request):
    """What the operators of monitors are told."""

    operation: ClassVar[str] = ProcessingRequest.operation
    name_key: ClassVar[str] = ProcessingRequest.name_key

    kind: str = "data_quality"
    """`data_quality`, `model_quality`, `bias` or `feature_attribution`."""

    analyzer: str = "mlmax"
    """`mlmax`, the package's own, or `aws`: Model Monitor's image, Clarify's for bias and attributions."""

    image_uri: str | None = None
    source_uri: str | None = None
    """S3 prefix of the analyzer."""

    attachments_uri: str | None = None
    """S3 prefix of the files that `MonitorRequest.attachments` and the two scripts make up."""

    data_uri: str | None = None
    data_format: str | Mapping[str, Any] = "csv"
    """`csv`, `csv_without_header`, `json_lines`, `parquet`, `capture`, or `dataset_format` in AWS's words."""

    start_time: str | None = None
    """ISO 8601; only records captured from then on count."""

    end_time: str | None = None
    """ISO 8601; only records captured before count."""

    output_uri: str | None = None
    baseline_uri: str | None = None
    """S3 prefix of the baseline's report."""

    model_quality: Mapping[str, Any] | None = grouped(ModelQuality)
    bias: Mapping[str, Any] | None = grouped(Bias)
    attribution: Mapping[str, Any] | None = grouped(Attribution)
    preprocessor: str | None = None
    """File name of the script with `preprocess_handler`."""

    postprocessor: str | None = None
    """File name of the script with `postprocess_handler`."""

    monitoring_config: Mapping[str, Any] | None = None
    """What a new baseline has instead of the default, in AWS's words."""

    categorical_drift_method: str | None = None
    min_rows: int | str | None = None
    compute: Mapping[str, Any] | None = grouped(ProcessingCompute)
    environment: Mapping[str, Any] | None = None
    max_runtime: int | str = 3600

    @property
    def is_amazons(self) -> bool:
        """Whether AWS's analyzer does the work."""
        return self.analyzer == AWS

    @property
    def group(self) -> ModelQuality | Bias | Attribution | None:
        """The arguments of the kind; None of data quality, which has none."""
        groups: dict[str, ModelQuality | Bias | Attribution] = {
            "model_quality": ModelQuality.of(self.model_quality),
            "bias": Bias.of(self.bias),
            "feature_attribution": Attribution.of(self.attribution),
        }
        return groups.get(self.kind)

    @property
    def layout(self) -> Mapping[str, Any]:
        """`dataset_format`."""
        return _FORMATS[self.data_format] if isinstance(self.data_format, str) else self.data_format

    @property
    def labels_uri(self) -> str | None:
        return getattr(self.group, "labels_uri", None)

    @property
    def model_uri(self) -> str | None:
        return getattr(self.group, "model_uri", None)

    def argument_faults(self) -> Iterator[str]:
        yield from compute_faults(ProcessingCompute.of(self.compute))
        yield from text_faults(self.environment, "environment")
        choices = {"kind": ANALYSES, "analyzer": ANALYZERS}
        if isinstance(self.data_format, str):
            choices["data_format"] = _FORMATS
        wrong = [name for name, known in choices.items() if getattr(self, name) not in known]
        for name in wrong:
            yield f"{name} {getattr(self, name)!r} is unknown; give one of {', '.join(choices[name])}."
        for name in ("data_uri", "output_uri"):
            if not getattr(self, name):
                yield f"{name} is missing: an S3 prefix."
        if not wrong:
            yield from self._format_faults(_CAPTURED in self.layout)

    def _format_faults(self, captured: bool) -> Iterator[str]:
        if isinstance(self.group, ModelQuality | Bias):
            yield from self.group.faults(captured)
        for name in ("start_time", "end_time", "preprocessor"):
            if getattr(self, name) and not captured:
                yield f"{name} is about captured records; data_format is {self.data_format!r}."
