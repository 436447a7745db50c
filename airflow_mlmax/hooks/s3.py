"""Small objects in S3: written once, read back, listed. Data of jobs never passes through here."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

from airflow_mlmax.exceptions import ApiError
from airflow_mlmax.hooks.sagemaker import SageMakerJobHook
from airflow_mlmax.sagemaker.code import SourceFolder

ARCHIVE = "sourcedir.tar.gz"

_MISSING = frozenset({"404", "NoSuchKey", "NotFound"})
_TAKEN = frozenset({"412", "PreconditionFailed"})


class UnreadableError(ValueError):
    """A file cannot be read as what it should be; says which and why."""


@dataclass(frozen=True)
class S3Objects:
    """Objects by their S3 URI, over the connection, region, `verify` and config of a job hook.

    Every call raises ApiError for what S3 refuses, NoSuchBucket included.

    :param kms_key: encrypts what is written, instead of the bucket's own default
    """

    hook: SageMakerJobHook
    kms_key: str | None = None

    def exists(self, uri: str) -> bool:
        """Whether there is an object of exactly this URI."""
        return self.find(uri) is not None

    def find(self, uri: str) -> dict[str, Any] | None:
        """The object of exactly this URI as `list` gives it, and its `Metadata`; None if there is none."""
        try:
            answer = self.hook.call("s3", "HeadObject", _address(uri), expect="ETag")
        except ApiError as error:
            if error.code in _MISSING:
                return None
            raise
        told = {name: answer[name] for name in ("ETag", "LastModified", "Metadata")}
        return {"uri": uri, "Size": answer["ContentLength"], **told}

    def list(self, uri: str, *, after: str | None = None) -> Iterator[dict[str, Any]]:
        """The objects whose keys begin with the URI's key: `uri`, `Size`, `ETag` and `LastModified`, in the order of their keys.

        `after` leaves out what comes before it in that order, so that a long history need not be listed.
        """
        bucket, prefix = parse_uri(uri)
        request: dict[str, Any] = {"Bucket": bucket, "Prefix": prefix}
        if after is not None:
            request["StartAfter"] = parse_uri(after)[1]
        while True:
            answer = self.hook.call("s3", "ListObjectsV2", request, expect="KeyCount")
            for item in answer.get("Contents", []):
                told = {name: item[name] for name in ("Size", "ETag", "LastModified")}
                yield {"uri": f"s3://{bucket}/{item['Key']}", **told}
            if not answer.get("NextContinuationToken"):
                return
            request = {**request, "ContinuationToken": answer["NextContinuationToken"]}

    def open(self, uri: str, *, etag: str | None = None) -> dict[str, Any]:
        """The answer of GetObject: `Body` to stream, `ETag`, `ContentLength`. An object with another ETag is refused."""
        condition = {} if etag is None else {"IfMatch": etag}
        return self.hook.call("s3", "GetObject", {**_address(uri), **condition}, expect="Body")

    def copy(self, source: str, target: str, *, etag: str) -> None:
        """Copies an object of up to 5 GB inside S3, if it still has this ETag."""
        bucket, key = parse_uri(source)
        request = {"CopySource": {"Bucket": bucket, "Key": key}, "CopySourceIfMatch": etag}
        self.hook.call(
            "s3",
            "CopyObject",
            {**_address(target), **request, **self._encryption()},
            expect="CopyObjectResult",
        )

    def read_json(self, uri: str) -> Any:
        """The content of a JSON object. Raises ValueError for what is not JSON."""
        answer = self.hook.call("s3", "GetObject", _address(uri), expect="Body")
        return json.loads(answer["Body"].read())

    def read_report(self, uri: str) -> dict[str, Any]:
        """The object in a JSON file.

        :raises UnreadableError: it is missing, no JSON, or no object
        """
        try:
            report = self.read_json(uri)
        except ApiError as error:
            if error.code not in {"NoSuchKey", "NoSuchBucket"}:
                raise
            raise UnreadableError(f"{uri} is missing") from None
        except ValueError:
            raise UnreadableError(f"{uri} is not JSON") from None
        if not isinstance(report, dict):
            raise UnreadableError(f"{uri} holds {type(report).__name__}, not an object")
        return report

    def write_json(self, uri: str, value: Any) -> str:
        """Writes an object, over what may be there; gives its SHA-256. NaN and infinity are refused with ValueError."""
        body = json.dumps(value, allow_nan=False, sort_keys=True).encode()
        self._put(uri, body, ContentType="application/json")
        return hashlib.sha256(body).hexdigest()

    def write(self, uri: str, body: bytes | BinaryIO, content_type: str) -> None:
        """Writes an object of up to 5 GB, over what may be there."""
        self._put(uri, body, ContentType=content_type)

    def put_if_absent(self, uri: str, body: bytes) -> bool:
        """Writes an object unless there is one; True if it was written, False if it was there."""
        try:
            self._put(uri, body, IfNoneMatch="*")
        except ApiError as error:
            if error.code in _TAKEN:
                return False
            if error.code == "ConditionalRequestConflict" and self.exists(uri):
                return False
            raise
        return True

    def remove(self, uri: str) -> None:
        """Removes an object; does nothing where there is none."""
        self.hook.call("s3", "DeleteObject", _address(uri))

    def upload_archive(self, folder: SourceFolder, code_uri: str) -> str:
        """The URI of the folder's `sourcedir.tar.gz` below `code_uri`, uploaded once for each content."""
        uri = archive_uri(folder, code_uri)
        if not self.exists(uri):
            self.put_if_absent(uri, folder.archive())
        return uri

    def upload_files(self, folder: SourceFolder, code_uri: str) -> str:
        """The S3 prefix that holds the folder's files, each uploaded once for each content."""
        prefix = files_uri(folder, code_uri)
        there = {item["uri"] for item in self.list(prefix)}
        for name, path in folder.files.items():
            if f"{prefix}{name}" not in there:
                self.put_if_absent(f"{prefix}{name}", path.read_bytes())
        return prefix

    def _put(self, uri: str, body: bytes | BinaryIO, **members: str) -> None:
        request = {**_address(uri), "Body": body, **members, **self._encryption()}
        self.hook.call("s3", "PutObject", request, expect="ETag")

    def _encryption(self) -> dict[str, str]:
        return {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": self.kms_key} if self.kms_key else {}


def archive_uri(folder: SourceFolder, code_uri: str) -> str:
    """Where a folder's `sourcedir.tar.gz` lies, or will lie; the content is part of the address."""
    return f"{_home(folder, code_uri)}/{ARCHIVE}"


def files_uri(folder: SourceFolder, code_uri: str) -> str:
    """The S3 prefix below which a folder's files lie, or will lie; the content is part of the address."""
    return f"{_home(folder, code_uri)}/files/"


def parse_uri(uri: str) -> tuple[str, str]:
    """Bucket and key of an S3 URI.

    :raises ValueError: for anything else
    """
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    if not uri.startswith("s3://") or not bucket:
        raise ValueError(f"{uri!r} is no S3 URI; it must read s3://bucket/key.")
    return bucket, key


def _address(uri: str) -> dict[str, str]:
    bucket, key = parse_uri(uri)
    return {"Bucket": bucket, "Key": key}


def _home(folder: SourceFolder, code_uri: str) -> str:
    parse_uri(code_uri)
    return f"{code_uri.rstrip('/')}/{folder.digest}"
