"""Requests of `CreateModelPackageGroup` and `CreateModelPackage`."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from airflow_mlmax.sagemaker.baselines import KINDS, MODEL_CARD, drift_check_baselines
from airflow_mlmax.sagemaker.groups import Group, grouped
from airflow_mlmax.sagemaker.requests.model import inference_program
from airflow_mlmax.sagemaker.requests.model_card import Card, Version, model_card
from airflow_mlmax.sagemaker.requests.request import Request
from airflow_mlmax.sagemaker.requests.values import present, text_faults, texts

_REPORTS = {
    "model_quality": ("ModelQuality", "Statistics"),
    "model_quality_constraints": ("ModelQuality", "Constraints"),
    "data_quality": ("ModelDataQuality", "Statistics"),
    "data_quality_constraints": ("ModelDataQuality", "Constraints"),
    "bias": ("Bias", "Report"),
    "bias_pre_training": ("Bias", "PreTrainingReport"),
    "bias_post_training": ("Bias", "PostTrainingReport"),
    "explainability": ("Explainability", "Report"),
}


@dataclass(frozen=True, kw_only=True)
class Origin(Group):
    """Where a version comes from."""

    commit_id: str | None = None
    repository: str | None = None
    generated_by: str | None = None
    project_id: str | None = None

    def properties(self) -> dict[str, Any]:
        """`MetadataProperties`."""
        return present(
            CommitId=self.commit_id,
            Repository=self.repository,
            GeneratedBy=self.generated_by,
            ProjectId=self.project_id,
        )


@dataclass(frozen=True, kw_only=True)
class ModelPackageGroupRequest(Request):
    """The group whose versions are the history of one model."""

    operation: ClassVar[str] = "CreateModelPackageGroup"
    name_key: ClassVar[str] = "ModelPackageGroupName"
    role_key: ClassVar[str | None] = None

    description: str | None = None

    def body(self) -> dict[str, Any]:
        return present(ModelPackageGroupDescription=self.description)


@dataclass(frozen=True, kw_only=True)
class ModelPackageRequest(Request):
    """One version of a model in the registry: how it is served, what it scored, where it comes from."""

    operation: ClassVar[str] = "CreateModelPackage"
    name_key: ClassVar[str] = "ModelPackageGroupName"
    role_key: ClassVar[str | None] = None

    image_uri: str | None = None
    image_digest: str | None = None
    model_data: str | None = None
    entry_point: str | None = None
    """Inference script in the folder `code` of the archive (framework images)."""

    environment: Mapping[str, Any] | None = None
    containers: list[Mapping[str, Any]] | None = None
    """AWS's own container definitions instead of the arguments above."""

    framework: str | None = None
    framework_version: str | None = None
    content_types: list[str] | None = None
    response_types: list[str] | None = None
    transform_instance_types: list[str] | None = None
    realtime_instance_types: list[str] | None = None
    description: str | None = None
    approval_status: str = "PendingManualApproval"
    metrics: Mapping[str, str] | None = None
    """S3 URIs of JSON reports by kind: `model_quality`, `data_quality`, `bias`, `explainability` and kin."""

    baselines: Mapping[str, str] | None = None
    """S3 prefixes of the monitors' baseline reports by kind: `data_quality`, `model_quality`, `bias`, `feature_attribution`."""

    drift_baselines: Mapping[str, Any] | None = None
    """AWS's `DriftCheckBaselines` instead."""

    metadata: Mapping[str, Any] | None = None
    """Up to 50 properties of one's own."""

    origin: Mapping[str, Any] | None = grouped(Origin)
    domain: str | None = None
    task: str | None = None
    sample_payload_uri: str | None = None
    card: Mapping[str, Any] | None = grouped(Card)
    """What the model card says beside all this."""

    card_uri: str | None = None
    """S3 URI of the card as an HTML page, which the metadata name."""

    evaluation: Mapping[str, Any] | None = None
    """Content of the report `metrics["model_quality"]`, for the card."""

    model_card: Mapping[str, Any] | None = None
    """AWS's `ModelCard` instead."""

    def body(self) -> dict[str, Any]:
        return present(
            ModelPackageDescription=self.description,
            InferenceSpecification=self._inference(),
            ModelApprovalStatus=self.approval_status,
            MetadataProperties=Origin.of(self.origin).properties() or None,
            ModelMetrics=self._metrics(),
            DriftCheckBaselines=self.drift_baselines or drift_check_baselines(self.baselines or {}) or None,
            CustomerMetadataProperties=texts({**(self.metadata or {}), MODEL_CARD: self.card_uri}),
            Domain=self.domain,
            Task=self.task,
            SamplePayloadUrl=self.sample_payload_uri,
            ModelCard=self.model_card or self._model_card(),
        )

    def argument_faults(self) -> Iterator[str]:
        yield from text_faults(self.environment, "environment")
        yield from text_faults(self.metadata, "metadata")
        if bool(self.image_uri) == bool(self.containers):
            yield "one of image_uri and containers is needed."
        for kind in set(self.metrics or {}) - set(_REPORTS):
            yield f"metrics[{kind!r}] is not a known report; known are {', '.join(_REPORTS)}."
        if unknown := set(self.baselines or {}) - set(KINDS):
            yield f"baselines has {', '.join(sorted(unknown))}; known kinds are {', '.join(KINDS)}."
        if self.baselines and self.drift_baselines:
            yield "baselines and drift_baselines say the same in two ways; give one."
        if self.card is not None and self.model_card is not None:
            yield "card and model_card say the same in two ways; give one."
        if (self.card is None) != (self.card_uri is None):
            yield "card and card_uri, the S3 URI of its page, belong together."

    def _model_card(self) -> dict[str, Any] | None:
        if self.card is None:
            return None
        version = Version(
            image_uri=self.image_uri,
            model_data=self.model_data,
            metadata=self.metadata,
            evaluation=self.evaluation,
            evaluation_uri=(self.metrics or {}).get("model_quality"),
        )
        return model_card(Card.of(self.card), version)

    def _inference(self) -> dict[str, Any]:
        return present(
            Containers=self.containers or [self._container()],
            SupportedContentTypes=self.content_types,
            SupportedResponseMIMETypes=self.response_types,
            SupportedTransformInstanceTypes=self.transform_instance_types,
            SupportedRealtimeInferenceInstanceTypes=self.realtime_instance_types,
        )

    def _container(self) -> dict[str, Any]:
        program = {} if self.entry_point is None else inference_program(self.entry_point)
        return present(
            Image=self.image_uri,
            ImageDigest=self.image_digest,
            ModelDataUrl=self.model_data,
            Framework=self.framework,
            FrameworkVersion=self.framework_version,
            Environment={**program, **(texts(self.environment) or {})} or None,
        )

    def _metrics(self) -> dict[str, Any] | None:
        result: dict[str, dict[str, Any]] = {}
        for kind, uri in (self.metrics or {}).items():
            if uri is not None:
                area, report = _REPORTS[kind]
                result.setdefault(area, {})[report] = {"ContentType": "application/json", "S3Uri": uri}
        return result or None
