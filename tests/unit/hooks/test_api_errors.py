"""What botocore raises, in the package's own classes."""

import pytest
from botocore.exceptions import (
    ClientError,
    ConnectTimeoutError,
    CredentialRetrievalError,
    EndpointConnectionError,
    NoCredentialsError,
    ParamValidationError,
    ReadTimeoutError,
)

from airflow_mlmax.exceptions import ApiError, NameTakenError, TransientApiError, UnknownJobError
from airflow_mlmax.hooks.api_errors import CAUGHT, api_error, credentials_are_stale


def refused(code: str, message: str = "", status: int = 400) -> ClientError:
    answer = {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(answer, "DescribeTrainingJob")  # type: ignore[arg-type]  # as much as the code reads


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (refused("ThrottlingException", "Rate exceeded"), TransientApiError),
        (refused("InternalFailure", status=500), TransientApiError),
        (refused("503", "Service Unavailable", 503), TransientApiError),
        (refused("ExpiredTokenException"), TransientApiError),
        (refused("InvalidSignatureException"), TransientApiError),
        (refused("ResourceInUse", "Job name must be unique"), NameTakenError),
        (refused("ValidationException", "Cannot create already existing model"), NameTakenError),
        (refused("ValidationException", "Requested resource not found."), UnknownJobError),
        (refused("ValidationException", "Could not find requested job with name: x"), UnknownJobError),
        (refused("ResourceNotFound", "Amazon SageMaker can't find a tuning job called x"), UnknownJobError),
        (refused("ValidationException", "1 validation error detected"), ApiError),
        (refused("AccessDeniedException", "User is not authorized"), ApiError),
        (EndpointConnectionError(endpoint_url="http://x"), TransientApiError),
        (ConnectTimeoutError(endpoint_url="http://x"), TransientApiError),
        (ReadTimeoutError(endpoint_url="http://x"), TransientApiError),
        (CredentialRetrievalError(provider="iam", error_msg="x"), TransientApiError),
        (ConnectionResetError("reset"), TransientApiError),
        (NoCredentialsError(), ApiError),
        (ParamValidationError(report="Missing"), ApiError),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_an_error_says_whether_asking_again_may_help(error: Exception, kind: type[ApiError]) -> None:
    """The class decides; code, operation and message stay readable."""
    assert isinstance(error, CAUGHT)
    translated = api_error("DescribeTrainingJob", error)
    assert type(translated) is kind
    assert translated.operation == "DescribeTrainingJob"
    assert translated.code in str(translated)


def test_throttling_is_told_from_absence() -> None:
    """A busy API is alive, so it does not spend the error budget."""
    throttled = api_error("x", refused("ThrottlingException"))
    absent = api_error("x", refused("InternalFailure", status=500))
    assert isinstance(throttled, TransientApiError)
    assert isinstance(absent, TransientApiError)
    assert (throttled.throttled, absent.throttled) == (True, False)


@pytest.mark.parametrize(
    ("code", "stale"),
    [
        ("ExpiredTokenException", True),
        ("UnrecognizedClientException", True),
        ("AccessDeniedException", False),
    ],
)
def test_stale_credentials_are_recognised(code: str, stale: bool) -> None:
    """Only these are worth a new look at the connection."""
    assert credentials_are_stale(refused(code)) is stale
    assert not credentials_are_stale(ConnectionResetError())
