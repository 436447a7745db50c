"""Operations on buckets and on many objects of one."""

from typing import Any
from xml.etree import ElementTree as ET

from werkzeug import Response
from werkzeug.datastructures import Headers

from airflow_mlmax.local.errors import ServiceError
from airflow_mlmax.local.resources import ACCOUNT
from airflow_mlmax.local.s3 import call as answers
from airflow_mlmax.local.s3.call import S3Call, coding
from airflow_mlmax.local.s3.conditions import write_condition
from airflow_mlmax.local.s3.errors import invalid_argument
from airflow_mlmax.local.s3.index import ObjectInfo
from airflow_mlmax.local.s3.listing import LARGEST, Page, Question, page_of

_DEFAULT_REGION = "us-east-1"
"""The Region that has no name of its own in a bucket's location."""

OWNER = {"ID": ACCOUNT, "DisplayName": "local"}


def list_buckets(call: S3Call) -> Response:
    prefix = call.argument("prefix")
    buckets = [
        {
            "Name": bucket.name,
            "CreationDate": answers.timestamp(bucket.created),
            "BucketRegion": bucket.region,
        }
        for bucket in call.objects.index.buckets()
        if bucket.name.startswith(prefix)
    ]
    return answers.document("ListAllMyBucketsResult", {"Owner": OWNER, "Buckets": {"Bucket": buckets}})


def create_bucket(call: S3Call) -> Response:
    """A bucket that is there is an error, except in the default Region: S3's own oldest habit."""
    region = _DEFAULT_REGION
    if call.request.content_length:
        region = call.document().findtext("LocationConstraint") or _DEFAULT_REGION
    if not call.objects.create_bucket(call.bucket, region) and region != _DEFAULT_REGION:
        text = f"Your previous request to create the bucket {call.bucket} succeeded and you already own it"
        raise ServiceError("BucketAlreadyOwnedByYou", text, 409)
    return answers.empty(headers={"Location": f"/{call.bucket}"})


def head_bucket(call: S3Call) -> Response:
    region = call.objects.index.require_bucket(call.bucket).region
    return answers.empty(headers={"x-amz-bucket-region": region})


def delete_bucket(call: S3Call) -> Response:
    call.objects.delete_bucket(call.bucket)
    return answers.empty(204)


def get_bucket_location(call: S3Call) -> Response:
    region = call.objects.index.require_bucket(call.bucket).region
    return answers.document("LocationConstraint", "" if region == _DEFAULT_REGION else region)


def list_objects(call: S3Call) -> Response:
    question = _question(call, after=call.argument("marker"))
    page = page_of(call.objects.index, question)
    coded = coding(call)
    return answers.document(
        "ListBucketResult",
        {
            **_common(call, question, page),
            "Marker": coded(question.after),
            "NextMarker": coded(page.last) if page.last and question.delimiter else None,
            "Contents": [_listed(coded, info, owner=True) for info in page.objects],
        },
    )


def list_objects_v2(call: S3Call) -> Response:
    start_after = call.argument("start-after")
    question = _question(call, after=call.token("continuation-token") or start_after)
    page = page_of(call.objects.index, question)
    coded = coding(call)
    owner = call.argument("fetch-owner") == "true"
    return answers.document(
        "ListBucketResult",
        {
            **_common(call, question, page),
            "StartAfter": coded(start_after) if start_after else None,
            "ContinuationToken": call.argument("continuation-token") or None,
            "NextContinuationToken": answers.token(page.last),
            "KeyCount": len(page),
            "Contents": [_listed(coded, info, owner=owner) for info in page.objects],
        },
    )


def delete_objects(call: S3Call) -> Response:
    """Every key is answered for, be it there or not."""
    call.objects.index.require_bucket(call.bucket)
    order = call.document()
    wanted = order.findall("Object")
    if not 0 < len(wanted) <= LARGEST:
        raise ServiceError(
            "MalformedXML", f"A batch deletes from 1 to {LARGEST} objects, not {len(wanted)}", 400
        )
    errors = [error for element in wanted if (error := _delete_one(call, element))]
    failed = {error["Key"] for error in errors}
    quiet = order.findtext("Quiet") == "true"
    deleted = [
        {"Key": key} for key in (_key(element) for element in wanted) if key not in failed and not quiet
    ]
    return answers.document("DeleteResult", {"Deleted": deleted, "Error": errors})


def _delete_one(call: S3Call, element: ET.Element) -> dict[str, str] | None:
    """What went wrong; None if nothing did."""
    key, etag = _key(element), element.findtext("ETag")
    if element.findtext("VersionId", "null") != "null":
        return {"Key": key, "Code": "NotImplemented", "Message": "The local runtime keeps no versions"}
    try:
        condition = write_condition(Headers({"If-Match": etag}), call.bucket, key) if etag else None
        call.objects.delete(call.bucket, key, condition)
    except ServiceError as error:
        return {"Key": key, "Code": error.code, "Message": error.message}
    return None


def _key(element: ET.Element) -> str:
    return element.findtext("Key") or ""


def _question(call: S3Call, after: str) -> Question:
    call.objects.index.require_bucket(call.bucket)
    if call.argument("encoding-type", "url") != "url":
        raise invalid_argument("encoding-type must be url")
    limit = call.number("max-keys", LARGEST)
    return Question(
        call.bucket, call.argument("prefix"), call.argument("delimiter"), after, min(limit, LARGEST)
    )


def _common(call: S3Call, question: Question, page: Page) -> dict[str, Any]:
    """Elements that both versions of the listing have."""
    coded = coding(call)
    return {
        "Name": call.bucket,
        "Prefix": coded(question.prefix),
        "Delimiter": coded(question.delimiter) if question.delimiter else None,
        "MaxKeys": question.limit,
        "EncodingType": call.argument("encoding-type") or None,
        "IsTruncated": page.last is not None,
        "CommonPrefixes": [{"Prefix": coded(prefix)} for prefix in page.prefixes],
    }


def _listed(coded: Any, info: ObjectInfo, *, owner: bool) -> dict[str, Any]:
    return {
        "Key": coded(info.key),
        "LastModified": answers.timestamp(info.modified),
        "ETag": info.etag,
        "Size": info.size,
        "StorageClass": info.about.headers.get("x-amz-storage-class", "STANDARD"),
        "Owner": OWNER if owner else None,
    }
