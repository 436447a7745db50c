"""The SageMaker operations that the runtime implements; every other one is refused by name."""

from collections.abc import Callable, Mapping
from typing import Any

from airflow_mlmax.local.errors import ServiceError, validation
from airflow_mlmax.local.operations import (
    groups,
    job_definitions,
    jobs,
    listing,
    models,
    packages,
    schedules,
    tags,
    tuning_children,
)
from airflow_mlmax.local.operations.api_call import ApiCall
from airflow_mlmax.local.parts import Parts
from airflow_mlmax.sagemaker import shapes

OPERATIONS: Mapping[str, Callable[[ApiCall], Mapping[str, Any]]] = {
    **jobs.OPERATIONS,
    **listing.OPERATIONS,
    **tuning_children.OPERATIONS,
    **models.OPERATIONS,
    **groups.OPERATIONS,
    **packages.OPERATIONS,
    **job_definitions.OPERATIONS,
    **schedules.OPERATIONS,
    **tags.OPERATIONS,
}


def answer(parts: Parts, region: str, operation: str, request: Mapping[str, Any]) -> dict[str, Any] | None:
    """Check a request and answer it; None for operations that answer nothing. Raises ServiceError."""
    implemented = OPERATIONS.get(operation)
    if implemented is None:
        raise ServiceError(
            "UnknownOperationException",
            f"The local runtime does not implement the SageMaker operation {operation or '(none named)'}",
        )
    known = shapes.known_request(operation, request)
    _check(operation, known)
    found = implemented(ApiCall(parts, region, operation, known))
    if shapes.service_model().operation_model(operation).output_shape is None:
        return None
    return shapes.shape_answer(operation, found)


def _check(operation: str, request: Mapping[str, Any]) -> None:
    """Refuse what the service model forbids: types first, then constraints, as AWS does."""
    faults = shapes.input_faults(operation, request)
    if text := shapes.serialization_text(faults):
        raise ServiceError("SerializationException", text)
    if text := shapes.aws_text(faults) or "; ".join(shapes.plain_text(faults)):
        raise validation(text)
