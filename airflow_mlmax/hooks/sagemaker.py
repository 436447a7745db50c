"""The package's way to SageMaker's job API: the one place, with its neighbours in `hooks`, that calls boto3."""

import random
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from airflow.providers.amazon.aws.hooks.base_aws import AwsBaseHook
from botocore import xform_name
from botocore.config import Config

from airflow_mlmax.exceptions import ApiError, TransientApiError, UnknownJobError
from airflow_mlmax.hooks.api_errors import CAUGHT, api_error, credentials_are_stale
from airflow_mlmax.hooks.clients import forget, shared_client
from airflow_mlmax.sagemaker.jobs import JobType

ONE_SHORT_ATTEMPT = Config(
    retries={"mode": "standard", "total_max_attempts": 1}, connect_timeout=2, read_timeout=2
)
"""For a Stop while the process is being killed: Airflow leaves it five seconds."""

ERROR_BUDGET = 600.0
"""Seconds without a good answer after which the API counts as lost."""

_PAUSE = (2.0, 10.0)


class SageMakerJobHook(AwsBaseHook):
    """Creates, describes, finds, stops and lists jobs of every family, and reads their logs.

    Every call raises `ApiError` or one of its subclasses. `patience` is how many seconds a call that meets a busy or
    absent API is repeated beyond botocore's own `attempts`; the shared poller sets 0, because it waits itself.
    """

    def __init__(self, *args: Any, patience: float | None = None, attempts: int = 8, **kwargs: Any) -> None:
        super().__init__(*args, **{"client_type": "sagemaker", **kwargs})
        self.patience = ERROR_BUDGET if patience is None else patience
        self.attempts = attempts

    @property
    def config(self) -> Config:
        """What the operator or the connection asks for, over the package's time limits and retries."""
        ours = Config(
            retries={"mode": "standard", "total_max_attempts": self.attempts},
            connect_timeout=10,
            read_timeout=30,
        )
        return ours.merge(super().config)

    @property
    def conn(self) -> Any:
        """The process's SageMaker client for this connection; overrides the stock hook's one client per hook."""
        return self.client("sagemaker")

    def client(self, service: str, config: Config | None = None) -> Any:
        """The process's client of a service, from this hook's connection, region, `verify` and config."""
        config = self.config.merge(config) if config else self.config
        return shared_client(
            self.conn_config,
            service,
            config,
            new_session=lambda: self.get_session(region_name=self.region_name),
            new_client=lambda session: session.client(
                service_name=service,
                endpoint_url=self.conn_config.get_service_endpoint_url(service),
                config=self._get_config(config),
                verify=self.verify,
            ),
        )

    def create(self, job_type: JobType, request: Mapping[str, Any]) -> str:
        """Creates a job and gives its ARN. Raises NameTakenError if the name is in use, also by this very job."""
        answer = self.call("sagemaker", job_type.operation("Create"), request, expect=job_type.arn_key)
        return str(answer[job_type.arn_key])

    def describe(self, job_type: JobType, name: str) -> dict[str, Any]:
        """The description of a job. Raises UnknownJobError if there is none."""
        operation, request, expect = job_type.question(name)
        return job_type.described(self.call("sagemaker", operation, request, expect=expect))

    def find(self, job_type: JobType, name: str) -> dict[str, Any] | None:
        """The description of a job, or None if there is none."""
        try:
            return self.describe(job_type, name)
        except UnknownJobError:
            return None

    def stop(self, job_type: JobType, name: str, *, patience: float = 0.0) -> bool:
        """Asks a job to stop; True if SageMaker accepted. A job that is over, or unknown, needs no stop: False.

        Uses a client of its own: two seconds to connect, two to answer, one attempt; repeated for `patience` seconds.
        """
        request = {job_type.name_key: name}
        try:
            self.call(
                "sagemaker", job_type.operation("Stop"), request, config=ONE_SHORT_ATTEMPT, patience=patience
            )
        except TransientApiError:
            raise
        except ApiError as error:
            if error.code in {"ValidationException", "ResourceNotFound"}:
                return False
            raise
        return True

    def stop_if_possible(self, job_type: JobType, name: str, *, patience: float = 0.0) -> str:
        """As `stop`, for those who cannot do more when it fails; gives what came of it, in words."""
        try:
            accepted = self.stop(job_type, name, patience=patience)
        except ApiError as error:
            return f"{job_type.resource} {name} could not be stopped: {error}"
        return f"{job_type.resource} {name} {'is stopping' if accepted else 'was over already'}"

    def page(
        self, job_type: JobType, *, created_after: float, token: str | None = None
    ) -> tuple[list[dict[str, Any]], str | None]:
        """Up to 100 summaries of jobs created after an epoch time, newest first, and the token of the next page."""
        request = {
            "MaxResults": 100,
            "CreationTimeAfter": datetime.fromtimestamp(created_after, UTC),
            "SortBy": "CreationTime",
            "SortOrder": "Descending",
            **({"NextToken": token} if token else {}),
        }
        key = job_type.summaries_key
        answer = self.call("sagemaker", job_type.operation("List"), request, expect=key)
        return answer[key], answer.get("NextToken")

    def tags(self, arn: str) -> dict[str, str]:
        """The tags of a job."""
        tags: dict[str, str] = {}
        request = {"ResourceArn": arn}
        while True:
            answer = self.call("sagemaker", "ListTags", request, expect="Tags")
            tags.update({tag["Key"]: tag["Value"] for tag in answer["Tags"]})
            if not answer.get("NextToken"):
                return tags
            request = {**request, "NextToken": answer["NextToken"]}

    def add_tags(self, arn: str, tags: Mapping[str, str]) -> None:
        """Gives a job more tags, or other values of those that it has."""
        listed = [{"Key": key, "Value": value} for key, value in tags.items()]
        self.call("sagemaker", "AddTags", {"ResourceArn": arn, "Tags": listed}, expect="Tags")

    def log_streams(self, group: str, prefix: str) -> list[str]:
        """Names of the log streams with a prefix, at most 50; none while the group does not exist."""
        request = {"logGroupName": group, "logStreamNamePrefix": prefix}
        try:
            answer = self.call("logs", "DescribeLogStreams", request, expect="logStreams")
        except ApiError as error:
            if error.code == "ResourceNotFoundException":
                return []
            raise
        return [stream["logStreamName"] for stream in answer["logStreams"]]

    def log_events(self, group: str, stream: str, token: str | None) -> tuple[list[str], str | None]:
        """The next lines of a log stream after a token, and the token after them; the same token at the end."""
        request = {"logGroupName": group, "logStreamName": stream, "startFromHead": True}
        if token:
            request["nextToken"] = token
        answer = self.call("logs", "GetLogEvents", request, expect="events")
        return [event["message"] for event in answer["events"]], answer.get("nextForwardToken")

    def call(
        self,
        service: str,
        operation: str,
        request: Mapping[str, Any],
        *,
        expect: str | None = None,
        config: Config | None = None,
        patience: float | None = None,
    ) -> dict[str, Any]:
        """The answer of one API operation, which must hold the member `expect`. Raises ApiError.

        An answer without it comes from something between us and the service, such as a proxy's HTML page, which
        botocore takes for an empty success: it counts as a busy API.
        """
        end = time.monotonic() + (self.patience if patience is None else patience)
        while True:
            try:
                return self._call_once(service, operation, request, expect, config)
            except TransientApiError as error:
                pause = random.uniform(*_PAUSE)  # noqa: S311  # spreads callers out, guards no secret
                if time.monotonic() + pause > end:
                    raise
                self.log.warning("%s; asking again in %.0f s", error, pause)
                time.sleep(pause)

    def _call_once(
        self,
        service: str,
        operation: str,
        request: Mapping[str, Any],
        expect: str | None,
        config: Config | None,
    ) -> dict[str, Any]:
        try:
            client = self.client(service, config)
            answer: dict[str, Any] = getattr(client, xform_name(operation))(**request)
        except CAUGHT as error:
            if credentials_are_stale(error):
                self._forget_credentials()
            raise api_error(operation, error) from error
        if expect is not None and expect not in answer:
            raise TransientApiError(operation, "UnreadableAnswer", f"the answer holds no {expect}")
        return answer

    def _forget_credentials(self) -> None:
        forget(self.conn_config)
        self.__dict__.pop("conn_config", None)  # a cached property: the next call reads the connection again
