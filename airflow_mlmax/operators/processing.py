"""The operator of processing jobs."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from airflow.providers.common.compat.sdk import Context

from airflow_mlmax.hooks.s3 import S3Objects, files_uri
from airflow_mlmax.operators.base import SageMakerJobOperator
from airflow_mlmax.operators.building import Source, source_of, upload
from airflow_mlmax.sagemaker.jobs import PROCESSING, JobType
from airflow_mlmax.sagemaker.requests import ProcessingRequest, Request
from airflow_mlmax.sagemaker.results import processing_result


class ProcessingJobOperator(SageMakerJobOperator):
    """Runs a script or a container over named inputs and outputs in S3.

    XCom: each output's S3 URI under the output's own name, and `exit_message`, beside the keys of every job.

    :param image_uri: container image
    :param role_arn: role of the job
    :param entry_point: script in `source_dir`; Python, or shell if it ends in `.sh`
    :param source_dir: folder beside the DAG file, or S3 prefix; mounted at `/opt/ml/processing/input/code`
    :param code_uri: S3 prefix below which `source_dir` is uploaded, once for each content
    :param entrypoint: command of the container instead of `entry_point`
    :param arguments: dict of `--key value`, or list of words
    :param inputs: by name an S3 URI or `{uri, local_path, distribution, data_type, input_mode, compression}`;
        mounted at `/opt/ml/processing/input/<name>`
    :param outputs: by name an S3 URI or `{uri, local_path, upload_mode}`; written to `/opt/ml/processing/output/<name>`
    :param compute: `{instance_type, instance_count, volume_size_gb}`, or `instance_preferences` for several types
    :param environment: variables of the container; everybody who may describe the job can read them
    :param max_runtime: seconds after which AWS ends the job
    :param security: the environment's security block, see `airflow_mlmax.sagemaker.security.Security`
    :param config: a whole request in AWS's own words instead of the arguments above
    :raises BadRequestError: a request with faults, all of them named, before anything is sent
    """

    job_type: ClassVar[JobType] = PROCESSING
    request_kind: ClassVar[type[Request]] = ProcessingRequest
    template_fields: Sequence[str] = (
        *SageMakerJobOperator.template_fields,
        *(
            "image_uri",
            "role_arn",
            "entry_point",
            "source_dir",
            "code_uri",
            "entrypoint",
            "arguments",
            "inputs",
        ),
        *("outputs", "compute", "environment", "max_runtime", "security", "config"),
    )

    def __init__(
        self,
        *,
        image_uri: str | None = None,
        role_arn: str | None = None,
        entry_point: str | None = None,
        source_dir: str | None = None,
        code_uri: str | None = None,
        entrypoint: str | list[str] | None = None,
        arguments: dict[str, Any] | list[str] | None = None,
        inputs: dict[str, Any] | None = None,
        outputs: dict[str, Any] | None = None,
        compute: dict[str, Any] | None = None,
        environment: dict[str, Any] | None = None,
        max_runtime: int | str = 3600,
        security: dict[str, Any] | None = None,
        config: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.image_uri = image_uri
        self.role_arn = role_arn
        self.entry_point = entry_point
        self.source_dir = source_dir
        self.code_uri = code_uri
        self.entrypoint = entrypoint
        self.arguments = arguments
        self.inputs = inputs
        self.outputs = outputs
        self.compute = compute
        self.environment = environment
        self.max_runtime = max_runtime
        self.security = security
        self.config = config

    source_uri: str | None = None

    def locate(self, context: Context) -> list[Source]:
        source = source_of(context, vars(self), files_uri)
        self.source_uri = source.uri
        return [source]

    def prepare(self, context: Context) -> None:
        upload(self, self.locate(context), S3Objects.upload_files)

    def result(self, description: Mapping[str, Any]) -> dict[str, Any]:
        return processing_result(description)
