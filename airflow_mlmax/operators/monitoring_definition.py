"""Operators that say what a SageMaker monitoring job does; a definition is made once for each content."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from airflow.providers.amazon.aws.operators.base_aws import AwsBaseOperator
from airflow.providers.amazon.aws.utils.mixins import aws_template_fields
from airflow.providers.common.compat.sdk import Context

from airflow_mlmax.exceptions import BadRequestError, NameTakenError
from airflow_mlmax.hooks.sagemaker import SageMakerJobHook
from airflow_mlmax.operators.building import Draft, checked, drafted
from airflow_mlmax.operators.calling import called
from airflow_mlmax.operators.planned import Planned
from airflow_mlmax.sagemaker.requests import JOB_DEFINITIONS, model_name, tag_list


class MonitoringJobOperator(AwsBaseOperator[SageMakerJobHook]):
    """What a monitoring job does, for the two operators that define one."""

    aws_hook_class = SageMakerJobHook
    template_fields: Sequence[str] = aws_template_fields(
        *("kind", "data", "image_uri", "entrypoint", "arguments", "environment", "preprocessor_uri"),
        *("postprocessor_uri", "baseline_uri", "output_uri", "compute", "max_runtime", "role_arn"),
        *("tags", "security", "extra", "config"),
    )
    ui_color = "#d5e4f0"

    def __init__(
        self,
        *,
        kind: str = "data_quality",
        data: str | dict[str, Any] | None = None,
        image_uri: str | None = None,
        entrypoint: str | list[str] | None = None,
        arguments: dict[str, Any] | list[str] | None = None,
        environment: dict[str, Any] | None = None,
        preprocessor_uri: str | None = None,
        postprocessor_uri: str | None = None,
        baseline_uri: str | None = None,
        output_uri: str | None = None,
        compute: dict[str, Any] | None = None,
        max_runtime: int | str = 3600,
        role_arn: str | None = None,
        tags: dict[str, str] | None = None,
        security: dict[str, Any] | None = None,
        extra: dict[str, Any] | None = None,
        config: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**{"multiple_outputs": True, **kwargs})
        self.kind = kind
        self.data = data
        self.image_uri = image_uri
        self.entrypoint = entrypoint
        self.arguments = arguments
        self.environment = environment
        self.preprocessor_uri = preprocessor_uri
        self.postprocessor_uri = postprocessor_uri
        self.baseline_uri = baseline_uri
        self.output_uri = output_uri
        self.compute = compute
        self.max_runtime = max_runtime
        self.role_arn = role_arn
        self.tags = tags
        self.security = security
        self.extra = extra
        self.config = config

    def planned(self, context: Context) -> Planned:
        return Planned([self.draft()])

    def draft(self) -> Draft:
        """The whole request that the arguments describe."""
        raise NotImplementedError

    def checked(self) -> dict[str, Any]:
        """The request, free of faults."""
        try:
            return checked(self.draft(), self)
        except ValueError as error:
            raise BadRequestError(f"BadRequestError: task {self.task_id}: {error}") from error


class CreateMonitoringJobDefinitionOperator(MonitoringJobOperator):
    """Makes a monitoring job definition, or takes the equal one that is there: its name is a hash of its content.

    XCom: `job_definition_name`, `job_definition_arn`, `kind`; the first is the `job_definition` of a schedule.

    :param kind: `data_quality`, `model_quality`, `bias` or `feature_attribution`
    :param name_prefix: readable beginning of the name
    :param data: `{captured_uri, data_format, endpoint_name, features, prediction, probability, probability_threshold,
        excluded_features, start_offset, end_offset, labels_uri, input_mode, distribution}`, see
        `airflow_mlmax.sagemaker.requests.monitoring_job.MonitoredData`; a plain text is its `captured_uri`
    :param image_uri: AWS's analyzer (Clarify's for bias and feature attribution), or one of your own
    :param entrypoint: command of the container
    :param arguments: its arguments
    :param environment: variables of the container
    :param preprocessor_uri: S3 URI of a script that is called for each record
    :param postprocessor_uri: S3 URI of a script that is called after the analysis
    :param baseline_uri: S3 prefix of the baseline's report
    :param problem_type: of model quality
    :param config_uri: of bias and feature attribution: S3 URI of Clarify's `analysis_config.json`
    :param output_uri: S3 prefix of the reports; SageMaker adds schedule and hour
    :param compute: `{instance_type, instance_count, volume_size_gb}`
    :param max_runtime: seconds after which AWS ends an execution
    :param role_arn: role of the executions
    :param tags: tags of a definition that is made
    :param security: the environment's security block
    :param extra: members of the AWS request that have no argument here
    :param config: a whole request in AWS's own words instead of the arguments above
    :raises BadRequestError: a request with faults, all of them named, before anything is sent
    """

    template_fields: Sequence[str] = (
        *MonitoringJobOperator.template_fields,
        "name_prefix",
        "problem_type",
        "config_uri",
    )

    def __init__(
        self,
        *,
        name_prefix: str = "monitor",
        problem_type: str | None = None,
        config_uri: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.name_prefix = name_prefix
        self.problem_type = problem_type
        self.config_uri = config_uri

    def draft(self) -> Draft:
        if self.kind not in JOB_DEFINITIONS:
            raise ValueError(f"kind {self.kind!r}; give one of {', '.join(JOB_DEFINITIONS)}.")
        draft = drafted(JOB_DEFINITIONS[self.kind], self)
        tags = {"Tags": tag_list(self.tags)} if self.tags else {}
        name = model_name(draft.request, self.name_prefix)
        return replace(draft, request={"JobDefinitionName": name, **draft.request, **tags}, is_named=True)

    def execute(self, context: Context) -> dict[str, Any]:
        request = self.checked()
        arn = self._arn(JOB_DEFINITIONS[self.kind].operation, request)
        name = request["JobDefinitionName"]
        return {"job_definition_name": name, "job_definition_arn": arn, "kind": self.kind}

    def _arn(self, create: str, request: Mapping[str, Any]) -> str:
        name = request["JobDefinitionName"]
        try:
            return str(called(self, create, request, expect="JobDefinitionArn")["JobDefinitionArn"])
        except NameTakenError:
            self.log.info("%s exists and is equal: its name says what it is made of.", name)
        describe = create.replace("Create", "Describe", 1)
        answer = called(self, describe, {"JobDefinitionName": name}, expect="JobDefinitionArn")
        return str(answer["JobDefinitionArn"])
