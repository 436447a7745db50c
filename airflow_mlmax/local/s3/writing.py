"""Operations that write, copy or remove one object."""

from dataclasses import replace
from urllib.parse import unquote

from werkzeug import Response

from airflow_mlmax.local.errors import ServiceError
from airflow_mlmax.local.s3 import call as answers
from airflow_mlmax.local.s3.bodies import LARGEST, Body
from airflow_mlmax.local.s3.call import S3Call
from airflow_mlmax.local.s3.conditions import check_read, write_condition
from airflow_mlmax.local.s3.errors import invalid_argument, not_implemented
from airflow_mlmax.local.s3.headers import (
    about_of,
    checked_tags,
    checksum_elements,
    directive,
    write_headers,
)
from airflow_mlmax.local.s3.index import About, ObjectInfo

SOURCE_CONDITION = "x-amz-copy-source-"


def put_object(call: S3Call) -> Response:
    call.objects.check_target(call.bucket, call.key)
    headers = call.request.headers
    condition = write_condition(headers, call.bucket, call.key)
    about = about_of(headers)
    blob = Body(call.request).write(call.objects.blobs)
    info = call.objects.publish(call.bucket, call.key, blob, about, condition=condition)
    return answers.empty(headers=write_headers(info))


def copy_object(call: S3Call) -> Response:
    """A new name for the same bytes; the ETag stays, that of a multipart object too."""
    call.objects.check_target(call.bucket, call.key)
    headers = call.request.headers
    condition = write_condition(headers, call.bucket, call.key)
    bucket, key = source_of(call)
    source, blob = call.objects.duplicate(bucket, key)
    try:
        check_read(headers, source, SOURCE_CONDITION)
        about = _copied(call, source, same=(bucket, key) == (call.bucket, call.key))
    except BaseException:
        call.objects.blobs.discard(blob.name)
        raise
    info = call.objects.publish(call.bucket, call.key, blob, about, condition=condition)
    return answers.document(
        "CopyObjectResult",
        {
            "LastModified": answers.timestamp(info.modified),
            "ETag": info.etag,
            **checksum_elements(info.about.checksums),
        },
    )


def delete_object(call: S3Call) -> Response:
    call.objects.delete(call.bucket, call.key, write_condition(call.request.headers, call.bucket, call.key))
    return answers.empty(204)


def put_object_tagging(call: S3Call) -> Response:
    pairs = [
        (tag.findtext("Key") or "", tag.findtext("Value") or "") for tag in call.document().iterfind(".//Tag")
    ]
    call.objects.set_tags(call.bucket, call.key, checked_tags(pairs))
    return answers.empty()


def delete_object_tagging(call: S3Call) -> Response:
    call.objects.set_tags(call.bucket, call.key, {})
    return answers.empty(204)


def source_of(call: S3Call) -> tuple[str, str]:
    """Bucket and key that a copy reads. Raises InvalidArgument."""
    path, _, version = call.request.headers["x-amz-copy-source"].partition("?versionId=")
    if version not in {"", "null"}:
        raise not_implemented("versions of objects")
    bucket, _, key = unquote(path).removeprefix("/").partition("/")
    if not bucket or not key:
        raise invalid_argument("x-amz-copy-source must be <bucket>/<key>")
    return bucket, key


def _copied(call: S3Call, source: ObjectInfo, *, same: bool) -> About:
    """What the copy tells of itself. Raises InvalidRequest for a copy that changes nothing, or is too large."""
    headers = call.request.headers
    own = about_of(headers)
    metadata_is_new = directive(headers, "x-amz-metadata-directive")
    if source.size > LARGEST:
        raise ServiceError(
            "InvalidRequest", f"The source is larger than {LARGEST} bytes: copy it in parts", 400
        )
    if same and not (metadata_is_new or own.headers.keys() - {"Content-Type"}):
        text = "This copy request is illegal because it is trying to copy an object to itself without changing it"
        raise ServiceError("InvalidRequest", text, 400)
    about = own if metadata_is_new else replace(source.about, headers={**source.about.headers, **_amz(own)})
    tags = own.tags if directive(headers, "x-amz-tagging-directive") else source.about.tags
    return replace(about, tags=tags)


def _amz(about: About) -> dict[str, str]:
    """Encryption and storage class, which a copy takes from its own request and not from its source."""
    return {name: value for name, value in about.headers.items() if name.startswith("x-amz-")}
