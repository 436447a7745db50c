"""Calls of operators that make or change something by one request, without a job to wait for."""

from collections.abc import Mapping
from typing import Any

from airflow.providers.amazon.aws.operators.base_aws import AwsBaseOperator

from airflow_mlmax.exceptions import (
    ApiError,
    BadRequestError,
    NameTakenError,
    RetryableJobError,
    TransientApiError,
)
from airflow_mlmax.failures import shown
from airflow_mlmax.hooks.sagemaker import SageMakerJobHook

_BUSY = "in status Pending"
"""What SageMaker says of a resource that it is still making."""


def called(
    operator: AwsBaseOperator[SageMakerJobHook],
    operation: str,
    request: Mapping[str, Any],
    *,
    expect: str | None = None,
    expected: type[ApiError] = NameTakenError,
) -> dict[str, Any]:
    """The answer of a call; a refusal that trying again cannot change is final.

    :param expect: a member that every answer has
    :param expected: a refusal that the caller deals with
    :raises TransientApiError: the API was busy or away
    :raises RetryableJobError: SageMaker is still at work on the resource
    :raises BadRequestError: for every other refusal
    """
    try:
        return operator.hook.call("sagemaker", operation, request, expect=expect)
    except (expected, TransientApiError):
        raise
    except ApiError as error:
        text = f"task {operator.task_id}: {operation} was refused with {error.code}: {shown(error.message)}"
        if _BUSY in error.message:
            raise RetryableJobError(f"RetryableJobError: {text}\nNext: the retry asks again.") from error
        raise BadRequestError(f"BadRequestError: {text}") from error
