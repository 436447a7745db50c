"""The operator of batch transform jobs."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from airflow_mlmax.operators.base import SageMakerJobOperator
from airflow_mlmax.sagemaker.jobs import TRANSFORM, JobType
from airflow_mlmax.sagemaker.requests import Request, TransformRequest
from airflow_mlmax.sagemaker.results import transform_result


class TransformJobOperator(SageMakerJobOperator):
    """Runs a model over all objects below an S3 prefix.

    XCom: `output_uri`, `model_name` and `capture_uri`, beside the keys of every job. AWS sets no time limit for these
    jobs: the task stops its job after `max_runtime` and `deadline_slack`.

    :param model_name: an existing model; its VPC and network isolation hold for the job
    :param input_uri: S3 prefix, or manifest with `data_type`
    :param output_uri: S3 prefix of the predictions
    :param data_type: `S3Prefix` or `ManifestFile`
    :param compute: `{instance_type, instance_count}`
    :param content_type: MIME type of the input
    :param split_type: `Line`, `RecordIO` or `TFRecord`; without it one call carries one object
    :param compression: `Gzip` if the objects are
    :param accept: MIME type of the answers
    :param assemble_with: `Line` puts a newline after every answer
    :param strategy: `MultiRecord` or `SingleRecord`; needs `split_type`
    :param max_payload_mb: largest call in megabytes
    :param max_concurrent_transforms: calls at a time for each instance
    :param invocation: `{timeout, max_retries}` of one call; the first in seconds
    :param filters: `{input, output, join}`: JSONPaths of columns, and `Input` to keep the input beside the output
    :param environment: variables of the container; everybody who may describe the job can read them
    :param data_capture: S3 prefix or `{uri, inference_id}` for manifests of what went in and out
    :param max_runtime: seconds after which the task stops the job
    :param security: the environment's security block, see `airflow_mlmax.sagemaker.security.Security`
    :param config: a whole request in AWS's own words instead of the arguments above
    :raises BadRequestError: a request with faults, all of them named, before anything is sent
    """

    job_type: ClassVar[JobType] = TRANSFORM
    request_kind: ClassVar[type[Request]] = TransformRequest
    template_fields: Sequence[str] = (
        *SageMakerJobOperator.template_fields,
        *("model_name", "input_uri", "output_uri", "data_type", "compute", "content_type", "split_type"),
        *(
            "compression",
            "accept",
            "assemble_with",
            "strategy",
            "max_payload_mb",
            "max_concurrent_transforms",
        ),
        *("invocation", "filters", "environment", "data_capture", "max_runtime", "security", "config"),
    )

    def __init__(
        self,
        *,
        model_name: str | None = None,
        input_uri: str | None = None,
        output_uri: str | None = None,
        data_type: str = "S3Prefix",
        compute: dict[str, Any] | None = None,
        content_type: str | None = None,
        split_type: str | None = None,
        compression: str | None = None,
        accept: str | None = None,
        assemble_with: str | None = None,
        strategy: str | None = None,
        max_payload_mb: int | str | None = None,
        max_concurrent_transforms: int | str | None = None,
        invocation: dict[str, Any] | None = None,
        filters: dict[str, Any] | None = None,
        environment: dict[str, Any] | None = None,
        data_capture: dict[str, Any] | str | None = None,
        max_runtime: int | str = 86400,
        security: dict[str, Any] | None = None,
        config: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.model_name = model_name
        self.input_uri = input_uri
        self.output_uri = output_uri
        self.data_type = data_type
        self.compute = compute
        self.content_type = content_type
        self.split_type = split_type
        self.compression = compression
        self.accept = accept
        self.assemble_with = assemble_with
        self.strategy = strategy
        self.max_payload_mb = max_payload_mb
        self.max_concurrent_transforms = max_concurrent_transforms
        self.invocation = invocation
        self.filters = filters
        self.environment = environment
        self.data_capture = data_capture
        self.max_runtime = max_runtime
        self.security = security
        self.config = config

    def result(self, description: Mapping[str, Any]) -> dict[str, Any]:
        return transform_result(description)
