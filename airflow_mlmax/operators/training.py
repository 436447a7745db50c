"""The operator of training jobs."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from airflow.providers.common.compat.sdk import Context

from airflow_mlmax.hooks.s3 import S3Objects, archive_uri
from airflow_mlmax.operators.base import SageMakerJobOperator
from airflow_mlmax.operators.building import Source, source_of, upload
from airflow_mlmax.sagemaker.jobs import TRAINING, JobType
from airflow_mlmax.sagemaker.requests import Request, TrainingRequest
from airflow_mlmax.sagemaker.results import training_result


class TrainingJobOperator(SageMakerJobOperator):
    """Trains a model: script mode of a framework image, a built-in algorithm, or a container of one's own.

    XCom: `model_artifacts`, `output_uri`, `checkpoint_uri` (S3 URIs), `code_sha256` (hash of its scripts) and `metric_<name>` for each
    final metric, beside the keys of every job.

    :param image_uri: container image; `airflow_mlmax.sagemaker.images` knows those of AWS's algorithms
    :param algorithm: name or ARN of an algorithm resource, instead of `image_uri`
    :param role_arn: role of the job
    :param entry_point: script in `source_dir` (script mode)
    :param source_dir: folder beside the DAG file, or S3 URI of a `sourcedir.tar.gz`
    :param code_uri: S3 prefix below which `source_dir` is uploaded, once for each content
    :param entrypoint: command of a container of one's own
    :param arguments: arguments of a container of one's own
    :param hyperparameters: values become strings as script mode reads them back; everybody who may describe the job
        can read them
    :param inputs: by channel an S3 URI or `{uri, data_type, distribution, input_mode, content_type, ...}`
    :param output_uri: S3 prefix of the model and other results
    :param output_compression: `NONE` stores the model as single objects instead of `model.tar.gz`
    :param compute: `{instance_type, instance_count, volume_size_gb, keep_alive}`, or `instance_groups`, or
        `instance_preferences`
    :param spot: `{max_wait, checkpoint_uri, checkpoint_local_path}` for managed spot training; `max_wait` in seconds
    :param metric_definitions: regular expression by metric name
    :param environment: variables of the container; readable like hyperparameters
    :param input_mode: `File`, `FastFile` or `Pipe`
    :param max_runtime: seconds after which AWS ends the job
    :param retry_attempts: how often AWS itself tries again after an internal error; None for never
    :param security: the environment's security block, see `airflow_mlmax.sagemaker.security.Security`
    :param config: a whole request in AWS's own words instead of the arguments above
    :raises BadRequestError: a request with faults, all of them named, before anything is sent
    """

    job_type: ClassVar[JobType] = TRAINING
    request_kind: ClassVar[type[Request]] = TrainingRequest
    template_fields: Sequence[str] = (
        *SageMakerJobOperator.template_fields,
        *(
            "image_uri",
            "algorithm",
            "role_arn",
            "entry_point",
            "source_dir",
            "code_uri",
            "entrypoint",
            "arguments",
        ),
        *(
            "hyperparameters",
            "inputs",
            "output_uri",
            "output_compression",
            "compute",
            "spot",
            "metric_definitions",
        ),
        *("environment", "input_mode", "max_runtime", "retry_attempts", "security", "config"),
    )

    def __init__(
        self,
        *,
        image_uri: str | None = None,
        algorithm: str | None = None,
        role_arn: str | None = None,
        entry_point: str | None = None,
        source_dir: str | None = None,
        code_uri: str | None = None,
        entrypoint: str | list[str] | None = None,
        arguments: dict[str, Any] | list[str] | None = None,
        hyperparameters: dict[str, Any] | None = None,
        inputs: dict[str, Any] | None = None,
        output_uri: str | None = None,
        output_compression: str | None = None,
        compute: dict[str, Any] | None = None,
        spot: dict[str, Any] | None = None,
        metric_definitions: dict[str, str] | None = None,
        environment: dict[str, Any] | None = None,
        input_mode: str = "File",
        max_runtime: int | str = 14400,
        retry_attempts: int | str | None = 2,
        security: dict[str, Any] | None = None,
        config: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.image_uri = image_uri
        self.algorithm = algorithm
        self.role_arn = role_arn
        self.entry_point = entry_point
        self.source_dir = source_dir
        self.code_uri = code_uri
        self.entrypoint = entrypoint
        self.arguments = arguments
        self.hyperparameters = hyperparameters
        self.inputs = inputs
        self.output_uri = output_uri
        self.output_compression = output_compression
        self.compute = compute
        self.spot = spot
        self.metric_definitions = metric_definitions
        self.environment = environment
        self.input_mode = input_mode
        self.max_runtime = max_runtime
        self.retry_attempts = retry_attempts
        self.security = security
        self.config = config

    source_uri: str | None = None

    def locate(self, context: Context) -> list[Source]:
        source = source_of(context, vars(self), archive_uri)
        self.source_uri = source.uri
        return [source]

    def prepare(self, context: Context) -> None:
        upload(self, self.locate(context), S3Objects.upload_archive)

    def result(self, description: Mapping[str, Any]) -> dict[str, Any]:
        return training_result(description)
