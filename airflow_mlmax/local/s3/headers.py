"""What headers tell of an object: from an upload into the index, and back into an answer."""

from collections.abc import Mapping
from urllib.parse import parse_qsl

from werkzeug.datastructures import Headers

from airflow_mlmax.local.errors import ServiceError
from airflow_mlmax.local.s3.call import modified
from airflow_mlmax.local.s3.errors import invalid_argument, not_implemented
from airflow_mlmax.local.s3.index import About, ObjectInfo

_KEPT = (
    "Cache-Control",
    "Content-Disposition",
    "Content-Encoding",
    "Content-Language",
    "Content-Type",
    "Expires",
    "x-amz-server-side-encryption",
    "x-amz-server-side-encryption-aws-kms-key-id",
    "x-amz-server-side-encryption-bucket-key-enabled",
    "x-amz-storage-class",
)
"""Stored and answered as they are. Nothing is encrypted on this machine, and there is one class of storage."""

_ENCRYPTION = "x-amz-server-side-encryption"
_META = "x-amz-meta-"
_LARGEST_METADATA = 2048
_MOST_TAGS = 10
_REFUSED = (
    "x-amz-server-side-encryption-customer-",
    "x-amz-copy-source-server-side-encryption-customer-",
    "x-amz-object-lock-",
    "x-amz-bucket-object-lock-",
    "x-amz-website-redirect-location",
    "x-amz-grant-",
    "x-amz-write-offset-bytes",
    "x-amz-mfa",
)
_PRIVATE = frozenset({"", "private", "bucket-owner-full-control", "bucket-owner-read"})
"""Canned ACLs that change nothing here: there is one owner. s3fs sends an empty one."""


def check_supported(headers: Headers, arguments: Mapping[str, str]) -> None:
    """Raises NotImplemented for a feature that would otherwise be ignored without a word."""
    for name, _ in headers:
        if name.lower().startswith(_REFUSED):
            raise not_implemented(f"the header {name}")
    if headers.get("x-amz-acl", "private") not in _PRIVATE:
        raise not_implemented(f"the canned ACL {headers['x-amz-acl']}")
    if arguments.get("versionId", "null") != "null":
        raise not_implemented("versions of objects")


def about_of(headers: Headers) -> About:
    """What an upload says of its object. Raises MetadataTooLarge, InvalidArgument and BadRequest."""
    kept = {name: headers[name] for name in _KEPT if name in headers}
    encodings = [part.strip() for part in kept.pop("Content-Encoding", "").split(",")]
    if encoding := ",".join(part for part in encodings if part not in {"", "aws-chunked"}):
        kept["Content-Encoding"] = encoding
    metadata = {
        name.lower().removeprefix(_META): value for name, value in headers if name.lower().startswith(_META)
    }
    if sum(len(name) + len(value) for name, value in metadata.items()) > _LARGEST_METADATA:
        raise ServiceError("MetadataTooLarge", f"Your metadata exceeds {_LARGEST_METADATA} bytes", 400)
    pairs = parse_qsl(headers.get("x-amz-tagging", ""), keep_blank_values=True)
    return About(kept, metadata, checked_tags(pairs))


def checked_tags(pairs: list[tuple[str, str]]) -> dict[str, str]:
    """Raises BadRequest beyond ten tags and InvalidTag for one key twice."""
    tags = dict(pairs)
    if len(pairs) > _MOST_TAGS:
        raise ServiceError("BadRequest", f"Object tags cannot be greater than {_MOST_TAGS}", 400)
    if len(tags) < len(pairs):
        raise ServiceError("InvalidTag", "Cannot provide multiple Tags with the same key", 400)
    return tags


def directive(headers: Headers, name: str) -> bool:
    """Whether a copy replaces what its source tells. Raises InvalidArgument."""
    value = headers.get(name, "COPY")
    if value not in {"COPY", "REPLACE"}:
        raise invalid_argument(f"{name} must be COPY or REPLACE, not {value!r}")
    return value == "REPLACE"


def write_headers(info: ObjectInfo) -> dict[str, str]:
    """What the answer to a write tells of the new object."""
    encryption = {name: value for name, value in info.about.headers.items() if name.startswith(_ENCRYPTION)}
    return {"ETag": info.etag, **encryption, **checksum_headers(info.about.checksums)}


def read_headers(info: ObjectInfo) -> dict[str, str]:
    """What GET and HEAD tell of an object beside its length and checksums."""
    tags = {"x-amz-tagging-count": str(len(info.about.tags))} if info.about.tags else {}
    return {
        "ETag": info.etag,
        "Last-Modified": modified(info.modified),
        "Accept-Ranges": "bytes",
        "Content-Type": "binary/octet-stream",
        **info.about.headers,
        **tags,
        **{f"{_META}{name}": value for name, value in info.about.metadata.items()},
    }


def checksum_headers(checksums: Mapping[str, str]) -> dict[str, str]:
    if not checksums:
        return {}
    kind = "COMPOSITE" if any("-" in value for value in checksums.values()) else "FULL_OBJECT"
    named = {f"x-amz-checksum-{algorithm}": value for algorithm, value in checksums.items()}
    return {**named, "x-amz-checksum-type": kind}


def checksum_elements(checksums: Mapping[str, str]) -> dict[str, str]:
    """The same as elements of an XML answer."""
    return {f"Checksum{algorithm.upper()}": value for algorithm, value in checksums.items()}
