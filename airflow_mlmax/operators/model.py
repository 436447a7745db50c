"""The operator that makes models; it may be tried again without harm."""

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
from airflow_mlmax.sagemaker.requests import ModelRequest, model_name, tag_list


class CreateModelOperator(AwsBaseOperator[SageMakerJobHook]):
    """Makes a model, or takes the equal one that is there: its name is a hash of all it is made of.

    XCom: `model_name`, `model_arn`.

    :param name_prefix: readable beginning of the name
    :param image_uri: image that serves the model
    :param model_data: S3 URI of one `model.tar.gz`
    :param model_package: ARN of a version in the registry, instead of image and data
    :param containers: AWS's container definitions of a serial pipeline, instead of all three
    :param entry_point: inference script in the folder `code` of the archive (framework images)
    :param role_arn: role of the model
    :param environment: variables of the container; everybody who may describe the model can read them
    :param tags: tags of a model that is made
    :param security: the environment's security block; a transform job runs in the VPC of its model
    :param extra: members of the AWS request that have no argument here
    :param config: a whole request in AWS's own words instead of the arguments above
    :raises BadRequestError: a request with faults, all of them named, before anything is sent
    """

    aws_hook_class = SageMakerJobHook
    template_fields: Sequence[str] = aws_template_fields(
        *("name_prefix", "image_uri", "model_data", "model_package", "containers", "entry_point", "role_arn"),
        *("environment", "tags", "security", "extra", "config"),
    )
    ui_color = "#d5e4f0"

    def __init__(
        self,
        *,
        name_prefix: str = "model",
        image_uri: str | None = None,
        model_data: str | None = None,
        model_package: str | None = None,
        containers: list[dict[str, Any]] | None = None,
        entry_point: str | None = None,
        role_arn: str | None = None,
        environment: dict[str, Any] | None = None,
        tags: dict[str, str] | None = None,
        security: dict[str, Any] | None = None,
        extra: dict[str, Any] | None = None,
        config: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**{"multiple_outputs": True, **kwargs})
        self.name_prefix = name_prefix
        self.image_uri = image_uri
        self.model_data = model_data
        self.model_package = model_package
        self.containers = containers
        self.entry_point = entry_point
        self.role_arn = role_arn
        self.environment = environment
        self.tags = tags
        self.security = security
        self.extra = extra
        self.config = config

    def planned(self, context: Context) -> Planned:
        return Planned([self._draft()])

    def execute(self, context: Context) -> dict[str, Any]:
        try:
            request = checked(self._draft(), self)
        except ValueError as error:
            raise BadRequestError(f"BadRequestError: task {self.task_id}: {error}") from error
        name = str(request["ModelName"])
        return {"model_name": name, "model_arn": self._arn(name, request)}

    def _draft(self) -> Draft:
        draft = drafted(ModelRequest, self)
        tags = {"Tags": tag_list(self.tags)} if self.tags else {}
        named = {"ModelName": model_name(draft.request, self.name_prefix), **draft.request, **tags}
        return replace(draft, request=named, is_named=True)

    def _arn(self, name: str, request: Mapping[str, Any]) -> str:
        try:
            return str(called(self, "CreateModel", request, expect="ModelArn")["ModelArn"])
        except NameTakenError:
            self.log.info("%s exists and is equal: its name says what it is made of.", name)
        return str(called(self, "DescribeModel", {"ModelName": name}, expect="ModelArn")["ModelArn"])
