"""One small AWS service over HTTP: checks the request, runs the operation, shapes the answer."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from werkzeug import Request, Response

from airflow_mlmax.local.errors import ServiceError
from airflow_mlmax.local.services.events import EventStore
from airflow_mlmax.local.services.logs import LogStore
from airflow_mlmax.local.services.metrics import MetricStore
from airflow_mlmax.local.services.protocols import protocol_of
from airflow_mlmax.sagemaker.shapes import aws_text, input_faults, known_request, shape_answer

Operation = Callable[[str, dict[str, Any]], dict[str, Any]]
"""Answers a checked request in one Region."""


@dataclass(frozen=True)
class Endpoint:
    """A service, by botocore's name, and its operations."""

    service: str
    operations: Mapping[str, Operation]
    refusal: str
    """Code of the service's answer to a request that breaks its model."""

    def handle(self, request: Request, region: str) -> Response:
        """The answer in the protocol of the request; what is not implemented is named in an error."""
        protocol = protocol_of(request, self.service)
        try:
            operation = protocol.operation(request)
            self._check_operation(operation)
            members = known_request(operation, protocol.members(request, operation), service=self.service)
            self._check_members(operation, members)
            answer = self.operations[operation](region, members)
            return protocol.answer(operation, shape_answer(operation, answer, service=self.service))
        except ServiceError as error:
            return protocol.error(error)

    def _check_operation(self, operation: str) -> None:
        if operation not in self.operations:
            raise ServiceError(
                "UnknownOperationException",
                f"The local runtime does not implement {operation or 'this request'} of {self.service};"
                f" it has {', '.join(sorted(self.operations))}",
            )

    def _check_members(self, operation: str, members: dict[str, Any]) -> None:
        if faults := input_faults(operation, members, service=self.service):
            raise ServiceError(self.refusal, aws_text(faults))


def endpoints(
    logs: LogStore, metrics: MetricStore, events: EventStore
) -> dict[str, Callable[[Request, str], Response]]:
    """What answers a request in a Region, by the service's name in signatures."""
    from airflow_mlmax.local.services import event_calls, identity, log_calls, metric_calls

    return {
        "sts": Endpoint("sts", identity.STS, "ValidationError").handle,
        "iam": Endpoint("iam", identity.IAM, "ValidationError").handle,
        "logs": Endpoint("logs", log_calls.operations(logs), "InvalidParameterException").handle,
        "monitoring": Endpoint(
            "cloudwatch", metric_calls.operations(metrics), "InvalidParameterValueException"
        ).handle,
        "events": Endpoint("events", event_calls.operations(events), "ValidationException").handle,
    }
