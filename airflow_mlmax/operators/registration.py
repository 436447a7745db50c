"""The operator that registers a version of a model, with all that is known of it; it may be tried again without harm."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from airflow.providers.amazon.aws.operators.base_aws import AwsBaseOperator
from airflow.providers.amazon.aws.utils.mixins import aws_template_fields
from airflow.providers.common.compat.sdk import Context

from airflow_mlmax.exceptions import BadRequestError, NameTakenError
from airflow_mlmax.hooks.s3 import S3Objects
from airflow_mlmax.hooks.sagemaker import SageMakerJobHook
from airflow_mlmax.links import ReportLink, announce_report
from airflow_mlmax.operators.building import Draft, checked, drafted
from airflow_mlmax.operators.calling import called
from airflow_mlmax.operators.identity import token_of
from airflow_mlmax.operators.planned import Planned
from airflow_mlmax.sagemaker.actions import OBJECTS
from airflow_mlmax.sagemaker.model_card_page import page
from airflow_mlmax.sagemaker.ownership import fingerprint
from airflow_mlmax.sagemaker.requests import ModelPackageGroupRequest, ModelPackageRequest, tag_list


class RegisterModelOperator(AwsBaseOperator[SageMakerJobHook]):
    """Registers a version of a model; a retry, and a later pass of a backfill that has the same to register, gives the version that was made.

    XCom: `model_package_arn`, `model_package_group`, `version` (number), `approval_status`, `model_card_uri` (None without a card).

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
    :param card: what the model card says beside all this: words of people, such as `intended_uses` and `risk_rating`, and facts of
        the training, see `airflow_mlmax.sagemaker.requests.model_card.Card`; its figures are those of `metrics["model_quality"]`
    :param card_uri: S3 URI of the card as an HTML page, which the button Report opens
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
        *("metrics", "baselines", "metadata", "card", "card_uri", "origin", "tags", "security"),
        *("extra", "config"),
    )
    operator_extra_links = (ReportLink(),)
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
        card: dict[str, Any] | None = None,
        card_uri: str | None = None,
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
        self.card = card
        self.card_uri = card_uri
        self.origin = origin
        self.tags = tags
        self.security = security
        self.extra = extra
        self.config = config

    evaluation: dict[str, Any] | None = None
    """Content of the report that the card's figures are from; read when the task runs."""

    def planned(self, context: Context) -> Planned:
        return Planned(self._drafts(context), OBJECTS if self.card_uri else frozenset())

    def execute(self, context: Context) -> dict[str, Any]:
        s3 = S3Objects(self.hook, (self.security or {}).get("output_kms_key"))
        try:
            if self.card_uri and (report_uri := (self.metrics or {}).get("model_quality")):
                self.evaluation = s3.read_report(report_uri)
            group, request = (checked(draft, self) for draft in self._drafts(context))
        except ValueError as error:
            raise BadRequestError(f"BadRequestError: task {self.task_id}: {error}") from error
        _make_group(self, group)
        if self.card_uri:
            html = page(self.group, request["ModelCard"]["ModelCardContent"])
            s3.write(self.card_uri, html.encode(), "text/html; charset=utf-8")
            announce_report(context, self.hook, self.card_uri)
        arn = str(called(self, "CreateModelPackage", request, expect="ModelPackageArn")["ModelPackageArn"])
        description = called(
            self, "DescribeModelPackage", {"ModelPackageName": arn}, expect="ModelPackageArn"
        )
        return {
            "model_package_arn": arn,
            "model_package_group": self.group,
            "version": description.get("ModelPackageVersion"),
            "approval_status": description.get("ModelApprovalStatus"),
            "model_card_uri": self.card_uri,
        }

    def _drafts(self, context: Context) -> list[Draft]:
        """The group, and the version in it."""
        tags = {"Tags": tag_list(self.tags)} if self.tags else {}
        request = ModelPackageGroupRequest(description=self.group_description).request()
        group = {"ModelPackageGroupName": self.group, **request, **tags}
        version = drafted(ModelPackageRequest, self, {"ModelPackageGroupName": self.group})
        token = token_of(context, self.namespace, fingerprint(version.request))
        return [
            Draft(ModelPackageGroupRequest.operation, group),
            replace(version, request={**version.request, "ClientToken": token}),
        ]


def _make_group(operator: RegisterModelOperator, request: Mapping[str, Any]) -> None:
    try:
        called(operator, "CreateModelPackageGroup", request, expect="ModelPackageGroupArn")
    except NameTakenError:
        operator.log.info("The model package group %s exists.", operator.group)
    else:
        operator.log.info("The model package group %s was made.", operator.group)
