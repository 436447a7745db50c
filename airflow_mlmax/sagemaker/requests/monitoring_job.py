"""What a monitoring job does, and the requests of the four `Create...JobDefinition` calls."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from airflow_mlmax.sagemaker.groups import Group, grouped
from airflow_mlmax.sagemaker.monitoring import MONITOR_TYPES, MonitorType
from airflow_mlmax.sagemaker.requests.monitor import constraints_file
from airflow_mlmax.sagemaker.requests.parts import words
from airflow_mlmax.sagemaker.requests.request import Request
from airflow_mlmax.sagemaker.requests.resources import ProcessingCompute, compute_faults
from airflow_mlmax.sagemaker.requests.values import command_line, present, text_faults, texts

_INPUT = "/opt/ml/processing/input/data"
_OUTPUT = "/opt/ml/processing/output"
_FORMATS: Mapping[str, Mapping[str, Any]] = {
    "csv": {"Csv": {"Header": True}},
    "csv_without_header": {"Csv": {"Header": False}},
    "json_lines": {"Json": {"Line": True}},
    "parquet": {"Parquet": {}},
}
_CONFIGURED = frozenset({"bias", "feature_attribution"})
_LABELLED = frozenset({"model_quality", "bias"})


@dataclass(frozen=True, kw_only=True)
class MonitoredData(Group):
    """What a schedule looks at; a plain string is its `captured_uri`."""

    short: ClassVar[str | None] = "captured_uri"

    captured_uri: str | None = None
    """S3 prefix to which transform jobs capture their data."""

    data_format: str = "csv"
    """`csv`, `csv_without_header`, `json_lines` or `parquet`; of captured transform jobs only."""

    endpoint_name: str | None = None
    """Endpoint whose captured data is monitored, instead of `captured_uri`."""

    features: str | None = None
    prediction: str | None = None
    probability: str | None = None
    """Columns, or JMESPaths into JSON lines, of features, predictions and scores."""

    probability_threshold: float | str | None = None
    excluded_features: str | None = None
    start_offset: str | None = None
    end_offset: str | None = None
    """How much earlier the window of a monitor with labels lies, such as `-P1D`, so that the labels have come."""

    labels_uri: str | None = None
    """S3 prefix of the ground truth."""

    input_mode: str | None = None
    distribution: str | None = None

    def source(self) -> dict[str, Any]:
        """One `MonitoringInput`."""
        shared = present(
            LocalPath=_INPUT,
            S3InputMode=self.input_mode,
            S3DataDistributionType=self.distribution,
            FeaturesAttribute=self.features,
            InferenceAttribute=self.prediction,
            ProbabilityAttribute=self.probability,
            ProbabilityThresholdAttribute=self.probability_threshold,
            StartTimeOffset=self.start_offset,
            EndTimeOffset=self.end_offset,
            ExcludeFeaturesAttribute=self.excluded_features,
        )
        if self.endpoint_name:
            return {"EndpointInput": {"EndpointName": self.endpoint_name, **shared}}
        captured = {
            "DataCapturedDestinationS3Uri": self.captured_uri,
            "DatasetFormat": _FORMATS[self.data_format],
        }
        return {"BatchTransformInput": {**captured, **shared}}

    def faults(self) -> Iterator[str]:
        if bool(self.captured_uri) == bool(self.endpoint_name):
            yield "data needs one of captured_uri (S3 prefix of captured transform jobs) and endpoint_name."
        if self.data_format not in _FORMATS:
            yield f"data.data_format {self.data_format!r} is unknown; give one of {', '.join(_FORMATS)}."


@dataclass(frozen=True, kw_only=True)
class MonitoringRequest(Request):
    """What a monitoring job does, whether it is defined inside its schedule or under a name of its own."""

    data: str | Mapping[str, Any] | None = grouped(MonitoredData)
    image_uri: str | None = None
    entrypoint: str | list[str] | None = None
    arguments: Mapping[str, Any] | list[str] | None = None
    environment: Mapping[str, Any] | None = None
    preprocessor_uri: str | None = None
    """S3 URI of a script that is called for each record, before the analysis."""

    postprocessor_uri: str | None = None
    """S3 URI of a script that is called after the analysis."""

    baseline_uri: str | None = None
    """S3 prefix of the baseline's report."""

    output_uri: str | None = None
    compute: Mapping[str, Any] | None = grouped(ProcessingCompute)
    max_runtime: int | str = 3600

    def argument_faults(self) -> Iterator[str]:
        yield from MonitoredData.of(self.data).faults()
        yield from compute_faults(ProcessingCompute.of(self.compute))
        yield from text_faults(self.environment, "environment")
        yield from text_faults(self.arguments, "arguments")
        if not self.output_uri:
            yield "output_uri is missing: the S3 prefix of the reports."

    def _application(self, **more: Any) -> dict[str, Any]:
        return present(
            ImageUri=self.image_uri,
            ContainerEntrypoint=words(self.entrypoint),
            ContainerArguments=command_line(self.arguments),
            RecordPreprocessorSourceUri=self.preprocessor_uri,
            PostAnalyticsProcessorSourceUri=self.postprocessor_uri,
            **more,
        )

    def _baseline(self, kind: str) -> dict[str, Any] | None:
        if not self.baseline_uri:
            return None
        prefix = self.baseline_uri.rstrip("/")
        files = {"ConstraintsResource": {"S3Uri": f"{prefix}/{constraints_file(kind)}"}}
        if kind == "data_quality":
            files["StatisticsResource"] = {"S3Uri": f"{prefix}/statistics.json"}
        return files

    def _outputs(self) -> dict[str, Any]:
        return {"MonitoringOutputs": [{"S3Output": {"S3Uri": self.output_uri, "LocalPath": _OUTPUT}}]}

    def _resources(self) -> dict[str, Any]:
        return {"ClusterConfig": ProcessingCompute.of(self.compute).cluster()}

    def _limit(self) -> dict[str, Any]:
        return {"MaxRuntimeInSeconds": self.max_runtime}


@dataclass(frozen=True, kw_only=True)
class JobDefinitionRequest(MonitoringRequest):
    """A monitoring job under a name of its own."""

    name_key: ClassVar[str] = "JobDefinitionName"
    kind: ClassVar[str]

    problem_type: str | None = None
    """Of model quality: `Regression`, `BinaryClassification` or `MulticlassClassification`."""

    config_uri: str | None = None
    """Of bias and feature attribution: S3 URI of Clarify's `analysis_config.json`."""

    @property
    def monitor(self) -> MonitorType:
        return MONITOR_TYPES[self.kind]

    def body(self) -> dict[str, Any]:
        area, labels = self.monitor.area, MonitoredData.of(self.data).labels_uri
        own = present(
            ProblemType=self.problem_type, ConfigUri=self.config_uri, Environment=texts(self.environment)
        )
        truth = {"GroundTruthS3Input": {"S3Uri": labels}} if labels else {}
        members = {
            f"{area}BaselineConfig": self._baseline(self.kind),
            f"{area}AppSpecification": self._application(**own),
            f"{area}JobInput": {**MonitoredData.of(self.data).source(), **truth},
            f"{area}JobOutputConfig": self._outputs(),
            "JobResources": self._resources(),
            "StoppingCondition": self._limit(),
            "RoleArn": self.role_arn,
        }
        return present(**members)

    def argument_faults(self) -> Iterator[str]:
        yield from super().argument_faults()
        if self.kind in _CONFIGURED and not self.config_uri:
            yield f"kind {self.kind} needs config_uri, the S3 URI of Clarify's analysis_config.json."
        if self.kind in _LABELLED and not MonitoredData.of(self.data).labels_uri:
            yield f"kind {self.kind} needs data.labels_uri, the S3 prefix of the ground truth."


class DataQualityDefinition(JobDefinitionRequest):
    operation, kind = "CreateDataQualityJobDefinition", "data_quality"


class ModelQualityDefinition(JobDefinitionRequest):
    operation, kind = "CreateModelQualityJobDefinition", "model_quality"


class BiasDefinition(JobDefinitionRequest):
    operation, kind = "CreateModelBiasJobDefinition", "bias"


class AttributionDefinition(JobDefinitionRequest):
    operation, kind = "CreateModelExplainabilityJobDefinition", "feature_attribution"


JOB_DEFINITIONS: Mapping[str, type[JobDefinitionRequest]] = {
    each.kind: each
    for each in (DataQualityDefinition, ModelQualityDefinition, BiasDefinition, AttributionDefinition)
}
"""The request of each kind of job definition."""
