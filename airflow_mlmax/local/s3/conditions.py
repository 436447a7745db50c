"""Conditions on what is there: `If-Match` and its like, for reads, writes and the source of a copy."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from werkzeug.datastructures import Headers

from airflow_mlmax.local.s3.errors import NoSuchKey, not_implemented, precondition_failed
from airflow_mlmax.local.s3.index import Condition, ObjectInfo


class NotModified(Exception):  # noqa: N818 - no error: the client has the object already
    """The answer is 304."""


def check_read(headers: Headers, info: ObjectInfo, prefix: str = "") -> None:
    """Raises PreconditionFailed or NotModified. `prefix` is `x-amz-copy-source-` for the source of a copy.

    An ETag condition that holds outweighs one on the time, as RFC 9110 orders them.
    """
    if (wanted := headers.get(f"{prefix}If-Match")) is not None:
        if not _matches(wanted, info):
            raise precondition_failed("If-Match")
    elif (limit := _moment(headers.get(f"{prefix}If-Unmodified-Since"))) and _changed(info) > limit:
        raise precondition_failed("If-Unmodified-Since")
    if (known := headers.get(f"{prefix}If-None-Match")) is not None:
        if _matches(known, info):
            raise _not_modified("If-None-Match", prefix)
    elif (limit := _moment(headers.get(f"{prefix}If-Modified-Since"))) and _changed(info) <= limit:
        raise _not_modified("If-Modified-Since", prefix)


def write_condition(headers: Headers, bucket: str, key: str) -> Condition | None:
    """What a write asks of the object that it would replace; None if it asks nothing."""
    match, none_match = headers.get("If-Match"), headers.get("If-None-Match")
    if none_match not in {None, "*"}:
        raise not_implemented("If-None-Match with an ETag on a write; it must be *")
    if match is None and none_match is None:
        return None

    def check(old: ObjectInfo | None) -> None:
        if none_match and old:
            raise precondition_failed("If-None-Match")
        if match is not None:
            if old is None:
                raise NoSuchKey(bucket, key)
            if not _matches(match, old):
                raise precondition_failed("If-Match")

    return check


def _not_modified(condition: str, prefix: str) -> Exception:
    """A copy cannot answer 304."""
    return precondition_failed(prefix + condition) if prefix else NotModified()


def _matches(wanted: str, info: ObjectInfo) -> bool:
    etags = {etag.strip().removeprefix("W/").strip('"') for etag in wanted.split(",")}
    return bool(etags & {"*", info.etag.strip('"')})


def _moment(text: str | None) -> datetime | None:
    """None too for a date that cannot be read: it is ignored, as RFC 9110 has it."""
    try:
        return parsedate_to_datetime(text).astimezone(UTC) if text else None
    except ValueError:
        return None


def _changed(info: ObjectInfo) -> datetime:
    """To the second, which is all that HTTP dates tell."""
    return datetime.fromtimestamp(int(info.modified), UTC)
