"""From the arguments of a job's operator to the request of its job, without any call."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from airflow.providers.amazon.aws.operators.base_aws import AwsBaseOperator
from airflow.providers.common.compat.sdk import Context

from airflow_mlmax.costs.prices import Prices, prices_of
from airflow_mlmax.hooks.sagemaker import SageMakerJobHook
from airflow_mlmax.operators.building import Draft, Source, drafted
from airflow_mlmax.operators.claim import Work
from airflow_mlmax.operators.identity import key_of
from airflow_mlmax.operators.planned import Planned, planned_job
from airflow_mlmax.sagemaker.jobs import JobType
from airflow_mlmax.sagemaker.requests import Request


class RequestingOperator(AwsBaseOperator[SageMakerJobHook]):
    """What a job's operator says of its job; running it is the subclass's business."""

    aws_hook_class = SageMakerJobHook
    job_type: ClassVar[JobType]
    request_kind: ClassVar[type[Request]]
    own_actions: ClassVar[frozenset[str]] = frozenset()
    """IAM actions that the family needs beside those of its jobs."""

    namespace: str
    tags: dict[str, str] | None
    instance_ladder: list[dict[str, Any]] | None
    prices: dict[str, dict[str, float]] | None

    def locate(self, context: Context) -> Sequence[Source]:
        """Notes where the code of the request will lie, and gives it; uploads nothing."""
        return ()

    def draft(self) -> Draft:
        """The AWS request without job name and tags, and what is wrong with it; pure, called after rendering."""
        return drafted(self.request_kind, self)

    def planned(self, context: Context) -> Planned:
        """What the task would send; made without any call, from rendered arguments."""
        sources = self.locate(context)
        draft = self.draft()
        return planned_job(self, draft, self.work(context, draft.request), sources)

    def work(self, context: Context, request: Mapping[str, Any]) -> Work:
        """The task instance's work, which is this request."""
        return Work(
            job_type=self.job_type,
            key=key_of(context, self.namespace),
            generation=context["ti"].max_tries,
            try_number=context["ti"].try_number,
            request=request,
            tags=self.tags or {},
            ladder=self.instance_ladder or (),
        )

    @property
    def region(self) -> str:
        """AWS region of the task's calls: its own, or that of its connection."""
        return str(self.region_name or self.hook.conn.meta.region_name)

    def known_prices(self) -> Prices:
        """Prices of the region, with the task's own over them."""
        return prices_of(self.region, self.prices)
