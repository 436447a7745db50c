"""S3's refusals that more than one place makes."""

from airflow_mlmax.local.errors import ServiceError


class NoSuchBucket(ServiceError):  # noqa: N818 - S3's own name
    """The bucket is not there."""

    def __init__(self, bucket: str) -> None:
        super().__init__("NoSuchBucket", f"The specified bucket does not exist: {bucket}", 404)


class NoSuchKey(ServiceError):  # noqa: N818 - S3's own name
    """The object is not there."""

    def __init__(self, bucket: str, key: str) -> None:
        super().__init__("NoSuchKey", f"The specified key does not exist: s3://{bucket}/{key}", 404)


class NoSuchUpload(ServiceError):  # noqa: N818 - S3's own name
    """The multipart upload was never begun, or is completed or aborted."""

    def __init__(self, upload: str) -> None:
        super().__init__("NoSuchUpload", f"The specified multipart upload does not exist: {upload}", 404)


def precondition_failed(condition: str) -> ServiceError:
    """The answer to a condition that does not hold; `condition` is the name of its header."""
    return ServiceError("PreconditionFailed", f"The precondition {condition} did not hold", 412)


def not_implemented(what: str) -> ServiceError:
    """The answer to a feature of S3 that this server does not have."""
    return ServiceError("NotImplemented", f"The local runtime does not implement {what}", 501)


def invalid_argument(message: str) -> ServiceError:
    return ServiceError("InvalidArgument", message, 400)
