"""The one exception that becomes an AWS error answer."""


class ServiceError(Exception):
    """An answer with an AWS error code; 400 unless the code has a status of its own, as S3's do."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status


def validation(message: str) -> ServiceError:
    """SageMaker's answer to a request that it understands and does not accept."""
    return ServiceError("ValidationException", message)
