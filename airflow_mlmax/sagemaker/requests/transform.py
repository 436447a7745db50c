"""Requests of `CreateTransformJob`."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from airflow_mlmax.sagemaker.groups import Group, grouped
from airflow_mlmax.sagemaker.requests.request import Request
from airflow_mlmax.sagemaker.requests.resources import TransformCompute
from airflow_mlmax.sagemaker.requests.values import present, text_faults, texts


@dataclass(frozen=True, kw_only=True)
class Filters(Group):
    """Which columns the model sees and which are kept, as JSONPath; `join: Input` keeps the input beside the output."""

    input: str | None = None
    output: str | None = None
    join: str | None = None

    def processing(self) -> dict[str, Any]:
        """`DataProcessing`."""
        return present(InputFilter=self.input, OutputFilter=self.output, JoinSource=self.join)


@dataclass(frozen=True, kw_only=True)
class DataCapture(Group):
    """Where AWS writes manifests of what went in and out; a plain string is the `uri`."""

    short: ClassVar[str | None] = "uri"

    uri: str | None = None
    inference_id: bool | None = None

    def config(self) -> dict[str, Any]:
        """`DataCaptureConfig`."""
        return present(DestinationS3Uri=self.uri, GenerateInferenceId=self.inference_id)


@dataclass(frozen=True, kw_only=True)
class Invocation(Group):
    """Limits of one call of the model."""

    timeout: int | str | None = None
    """Seconds, up to 3600."""

    max_retries: int | str | None = None

    def config(self) -> dict[str, Any]:
        """`ModelClientConfig`."""
        return present(InvocationsTimeoutInSeconds=self.timeout, InvocationsMaxRetries=self.max_retries)


@dataclass(frozen=True, kw_only=True)
class TransformRequest(Request):
    """A batch transform job: a model over all objects of a prefix."""

    operation: ClassVar[str] = "CreateTransformJob"
    name_key: ClassVar[str] = "TransformJobName"
    role_key: ClassVar[str | None] = None

    model_name: str | None = None
    input_uri: str | None = None
    output_uri: str | None = None
    data_type: str = "S3Prefix"
    compute: Mapping[str, Any] | None = grouped(TransformCompute)
    content_type: str | None = None
    split_type: str | None = None
    """`Line`, `RecordIO` or `TFRecord`; without it one call carries one object."""

    compression: str | None = None
    accept: str | None = None
    assemble_with: str | None = None
    strategy: str | None = None
    """`MultiRecord` or `SingleRecord`; needs `split_type`."""

    max_payload_mb: int | str | None = None
    max_concurrent_transforms: int | str | None = None
    invocation: Mapping[str, Any] | None = grouped(Invocation)
    filters: Mapping[str, Any] | None = grouped(Filters)
    environment: Mapping[str, Any] | None = None
    data_capture: Mapping[str, Any] | str | None = grouped(DataCapture)

    def body(self) -> dict[str, Any]:
        return present(
            ModelName=self.model_name,
            MaxConcurrentTransforms=self.max_concurrent_transforms,
            ModelClientConfig=Invocation.of(self.invocation).config() or None,
            MaxPayloadInMB=self.max_payload_mb,
            BatchStrategy=self.strategy,
            Environment=texts(self.environment),
            TransformInput=self._input(),
            TransformOutput=present(
                S3OutputPath=self.output_uri, Accept=self.accept, AssembleWith=self.assemble_with
            ),
            DataCaptureConfig=DataCapture.of(self.data_capture).config() or None,
            TransformResources=TransformCompute.of(self.compute).resources(),
            DataProcessing=Filters.of(self.filters).processing() or None,
        )

    def argument_faults(self) -> Iterator[str]:
        yield from text_faults(self.environment, "environment")

    def _input(self) -> dict[str, Any]:
        source = present(S3DataType=self.data_type, S3Uri=self.input_uri)
        return present(
            DataSource={"S3DataSource": source},
            ContentType=self.content_type,
            CompressionType=self.compression,
            SplitType=self.split_type,
        )
