"""Operators that make models and register their versions; both may be tried again without harm."""

from collections.abc import Mapping, Sequence
from typing import Any

from airflow.providers.amazon.aws.operators.base_aws import AwsBaseOperator
from airflow.providers.amazon.aws.utils.mixins import aws_template_fields
from airflow.providers.common.compat.sdk import Context

from airflow_mlmax.exceptions import BadRequestError, NameTakenError
from airflow_mlmax.hooks.sagemaker import SageMakerJobHook
from airflow_mlmax.operators.building import checked_request
from airflow_mlmax.operators.calling import called
from airflow_mlmax.operators.identity import token_of
from airflow_mlmax.sagemaker.requests import (
    ModelPackageGroupRequest,
    ModelPackageRequest,
    ModelRequest,
    model_name,
    tag_list,
)


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

    def execute(self, context: Context) -> dict[str, Any]:
        try:
            request = checked_request(ModelRequest, self)
        except ValueError as error:
            raise BadRequestError(f"BadRequestError: task {self.task_id}: {error}") from error
        name = model_name(request, self.name_prefix)
        tagged = {"ModelName": name, **request, **({"Tags": tag_list(self.tags)} if self.tags else {})}
        return {"model_name": name, "model_arn": self._arn(name, tagged)}

    def _arn(self, name: str, request: Mapping[str, Any]) -> str:
        try:
            return str(called(self, "CreateModel", request, expect="ModelArn")["ModelArn"])
        except NameTakenError:
            self.log.info("%s exists and is equal: its name says what it is made of.", name)
        return str(called(self, "DescribeModel", {"ModelName": name}, expect="ModelArn")["ModelArn"])


class RegisterModelOperator(AwsBaseOperator[SageMakerJobHook]):
    """Registers a version of a model; a retry gives the version that the first try made.

    XCom: `model_package_arn`, `model_package_group`, `version` (number), `approval_status`.

    :param group: model package group; made if it is missing
    :param group_description: for a group that is made
    :param namespace: as in `SageMakerJobOperator`: tells equal DAGs of two projects in one account apart
    :param image_uri: image that serves the model
    :param image_digest: `sha256:...` of that image
    :param model_data: S3 URI of one `model.tar.gz`
    :param entry_point: inference script in the folder `code` of the archive (framework images)
    :param environment: variables of the container
    :param containers: AWS's container definitions instead of image, data and environment
    :param content_types: MIME types that the model takes
    :param response_types: MIME types that it gives
    :param transform_instance_types: types that a transform job of it may use
    :param realtime_instance_types: types that an endpoint of it may use
    :param description: of the version
    :param approval_status: `PendingManualApproval`, `Approved` or `Rejected`
    :param metrics: S3 URIs of JSON reports by kind, such as `model_quality`
    :param baselines: `report_uri` of `MonitorBaselineOperator` by kind, such as `data_quality`: what monitors of it compare with
    :param metadata: up to 50 properties of one's own
    :param origin: `{commit_id, repository, generated_by, project_id}`
    :param tags: tags of a group that is made; versions carry those of their group
    :param security: the environment's security block; its output key encrypts the version
    :param extra: members of the AWS request that have no argument here
    :param config: a whole request in AWS's own words instead of the arguments above
    :raises BadRequestError: a request with faults, all of them named, before anything is sent
    """

    aws_hook_class = SageMakerJobHook
    template_fields: Sequence[str] = aws_template_fields(
        *("group", "group_description", "namespace", "image_uri", "image_digest", "model_data"),
        *("entry_point", "environment", "containers", "content_types", "response_types"),
        *("transform_instance_types", "realtime_instance_types", "description", "approval_status"),
        *("metrics", "baselines", "metadata", "origin", "tags", "security", "extra", "config"),
    )
    ui_color = "#d5e4f0"

    def __init__(
        self,
        *,
        group: str,
        group_description: str | None = None,
        namespace: str = "",
        image_uri: str | None = None,
        image_digest: str | None = None,
        model_data: str | None = None,
        entry_point: str | None = None,
        environment: dict[str, Any] | None = None,
        containers: list[dict[str, Any]] | None = None,
        content_types: list[str] | None = None,
        response_types: list[str] | None = None,
        transform_instance_types: list[str] | None = None,
        realtime_instance_types: list[str] | None = None,
        description: str | None = None,
        approval_status: str = "PendingManualApproval",
        metrics: dict[str, str] | None = None,
        baselines: dict[str, str] | None = None,
        metadata: dict[str, Any] | None = None,
        origin: dict[str, Any] | None = None,
        tags: dict[str, str] | None = None,
        security: dict[str, Any] | None = None,
        extra: dict[str, Any] | None = None,
        config: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**{"multiple_outputs": True, **kwargs})
        self.group = group
        self.group_description = group_description
        self.namespace = namespace
        self.image_uri = image_uri
        self.image_digest = image_digest
        self.model_data = model_data
        self.entry_point = entry_point
        self.environment = environment
        self.containers = containers
        self.content_types = content_types
        self.response_types = response_types
        self.transform_instance_types = transform_instance_types
        self.realtime_instance_types = realtime_instance_types
        self.description = description
        self.approval_status = approval_status
        self.metrics = metrics
        self.baselines = baselines
        self.metadata = metadata
        self.origin = origin
        self.tags = tags
        self.security = security
        self.extra = extra
        self.config = config

    def execute(self, context: Context) -> dict[str, Any]:
        named = {"ModelPackageGroupName": self.group, "ClientToken": token_of(context, self.namespace)}
        try:
            group = self._group_request()
            request = checked_request(ModelPackageRequest, self, named)
        except ValueError as error:
            raise BadRequestError(f"BadRequestError: task {self.task_id}: {error}") from error
        self._make_group(group)
        arn = str(called(self, "CreateModelPackage", request, expect="ModelPackageArn")["ModelPackageArn"])
        description = called(
            self, "DescribeModelPackage", {"ModelPackageName": arn}, expect="ModelPackageArn"
        )
        return {
            "model_package_arn": arn,
            "model_package_group": self.group,
            "version": description.get("ModelPackageVersion"),
            "approval_status": description.get("ModelApprovalStatus"),
        }

    def _group_request(self) -> dict[str, Any]:
        tags = {"Tags": tag_list(self.tags)} if self.tags else {}
        request = ModelPackageGroupRequest(description=self.group_description).request()
        return {"ModelPackageGroupName": self.group, **request, **tags}

    def _make_group(self, request: Mapping[str, Any]) -> None:
        try:
            called(self, "CreateModelPackageGroup", request, expect="ModelPackageGroupArn")
        except NameTakenError:
            self.log.info("The model package group %s exists.", self.group)
        else:
            self.log.info("The model package group %s was made.", self.group)
