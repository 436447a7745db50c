"""Turns what botocore raises into the package's own `ApiError`s, so that nobody above knows botocore."""

from typing import Any

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionError,  # noqa: A004  # botocore's own, no relative of Python's
    CredentialRetrievalError,
    HTTPClientError,
    IncompleteReadError,
    MetadataRetrievalError,
)
from botocore.parsers import ResponseParserError

from airflow_mlmax.exceptions import ApiError, NameTakenError, TransientApiError, UnknownJobError

CAUGHT = (BotoCoreError, ClientError, ResponseParserError, IncompleteReadError, OSError)
"""All that a botocore client raises for a call."""

_THROTTLED = {
    "Throttling",
    "ThrottlingException",
    "TooManyRequestsException",
    "RequestLimitExceeded",
    "SlowDown",
}
_STALE = {"ExpiredToken", "ExpiredTokenException", "InvalidClientTokenId", "UnrecognizedClientException"}
_CLOCK = {"InvalidSignatureException", "SignatureDoesNotMatch", "RequestExpired", "RequestTimeTooSkewed"}
_UNKNOWN = (
    "requested resource not found",
    "could not find",
    "does not exist",
)  # each family has its own words
_ON_THE_WAY = (
    ConnectionError,
    HTTPClientError,
    CredentialRetrievalError,
    MetadataRetrievalError,
    IncompleteReadError,
    ResponseParserError,
    OSError,
)
_SERVER_FAULT = 500


def credentials_are_stale(error: Exception) -> bool:
    """True when new credentials, read again from the connection, may help."""
    return isinstance(error, ClientError) and error.response.get("Error", {}).get("Code") in _STALE


def api_error(operation: str, error: Exception) -> ApiError:
    """The `ApiError` for what a call of `operation` raised."""
    if isinstance(error, ClientError):
        return _refusal(operation, error)
    if isinstance(error, _ON_THE_WAY):
        return TransientApiError(operation, type(error).__name__, str(error))
    return ApiError(operation, type(error).__name__, str(error))


def _refusal(operation: str, error: ClientError) -> ApiError:
    answer: dict[str, Any] = dict(error.response)
    code = str(answer.get("Error", {}).get("Code", "Unknown"))
    message = str(answer.get("Error", {}).get("Message", ""))
    if code in _THROTTLED:
        return TransientApiError(operation, code, message, throttled=True)
    if code in _CLOCK:
        hint = "compare this machine's clock with the time, then the secret key of the connection"
        return TransientApiError(operation, code, f"{message} ({hint})")
    if code in _STALE or answer.get("ResponseMetadata", {}).get("HTTPStatusCode", 0) >= _SERVER_FAULT:
        return TransientApiError(operation, code, message)
    if code == "ResourceInUse" or "already exist" in message.lower():
        return NameTakenError(operation, code, message)
    if code == "ResourceNotFound" or (code == "ValidationException" and _names_nothing(message)):
        return UnknownJobError(operation, code, message)
    return ApiError(operation, code, message)


def _names_nothing(message: str) -> bool:
    return any(text in message.lower() for text in _UNKNOWN)
