"""Operations of multipart uploads."""

from dataclasses import replace
from typing import Any

from werkzeug import Response

from airflow_mlmax.local.errors import ServiceError
from airflow_mlmax.local.s3 import call as answers
from airflow_mlmax.local.s3 import ranges
from airflow_mlmax.local.s3.blobs import Blob, pieces_of
from airflow_mlmax.local.s3.bodies import Body, check_digest, declared_checksums
from airflow_mlmax.local.s3.buckets import OWNER
from airflow_mlmax.local.s3.call import S3Call, coding
from airflow_mlmax.local.s3.conditions import check_read, write_condition
from airflow_mlmax.local.s3.errors import invalid_argument, not_implemented
from airflow_mlmax.local.s3.headers import about_of, checksum_elements, checksum_headers, write_headers
from airflow_mlmax.local.s3.listing import LARGEST
from airflow_mlmax.local.s3.uploads import MOST_PARTS, Part, Upload
from airflow_mlmax.local.s3.writing import SOURCE_CONDITION, source_of

_LAST_ID = "~"
"""Greater than every upload's id: a marker of a key alone steps over all uploads of that key."""


def create_multipart_upload(call: S3Call) -> Response:
    call.objects.check_target(call.bucket, call.key)
    upload = call.objects.uploads.begin(call.bucket, call.key, about_of(call.request.headers))
    algorithm = call.request.headers.get("x-amz-checksum-algorithm")
    headers = {"x-amz-checksum-algorithm": algorithm} if algorithm else {}
    content = {"Bucket": call.bucket, "Key": call.key, "UploadId": upload.id}
    return answers.document("InitiateMultipartUploadResult", content, headers)


def upload_part(call: S3Call) -> Response:
    upload, number = _upload(call), _part_number(call)
    part = call.objects.uploads.add(upload.id, number, Body(call.request).write(call.objects.blobs))
    return answers.empty(headers={"ETag": part.etag, **checksum_headers(_checksums(part))})


def upload_part_copy(call: S3Call) -> Response:
    upload, number = _upload(call), _part_number(call)
    part = call.objects.uploads.add(upload.id, number, _copied(call))
    content = {"LastModified": answers.timestamp(part.modified), "ETag": part.etag}
    return answers.document("CopyPartResult", content)


def complete_multipart_upload(call: S3Call) -> Response:
    upload = _upload(call)
    condition = write_condition(call.request.headers, call.bucket, call.key)
    blob = _with_declared_checksum(call, call.objects.uploads.join(upload, _wanted(call)))
    info = call.objects.publish(call.bucket, call.key, blob, upload.about, condition=condition)
    call.objects.uploads.end(upload.id)
    content = {
        "Location": f"{call.request.host_url}{call.bucket}/{call.key}",
        "Bucket": call.bucket,
        "Key": call.key,
        "ETag": info.etag,
        **checksum_elements(info.about.checksums),
    }
    headers = {name: value for name, value in write_headers(info).items() if name != "ETag"}
    return answers.document("CompleteMultipartUploadResult", content, headers)


def abort_multipart_upload(call: S3Call) -> Response:
    call.objects.uploads.end(_upload(call).id)
    return answers.empty(204)


def list_parts(call: S3Call) -> Response:
    upload = _upload(call)
    after, limit = call.number("part-number-marker", 0), min(call.number("max-parts", LARGEST), LARGEST)
    parts = [part for part in call.objects.uploads.parts(upload.id) if part.number > after]
    page = parts[:limit]
    return answers.document(
        "ListPartsResult",
        {
            "Bucket": call.bucket,
            "Key": call.key,
            "UploadId": upload.id,
            "Owner": OWNER,
            "Initiator": OWNER,
            "StorageClass": "STANDARD",
            "PartNumberMarker": after,
            "NextPartNumberMarker": page[-1].number if page else None,
            "MaxParts": limit,
            "IsTruncated": len(parts) > limit,
            "Part": [_listed_part(part) for part in page],
        },
    )


def list_multipart_uploads(call: S3Call) -> Response:
    call.objects.index.require_bucket(call.bucket)
    if call.argument("delimiter"):
        raise not_implemented("a delimiter in the list of multipart uploads")
    uploads = call.objects.uploads.of_bucket(call.bucket, call.argument("prefix"))
    marker = (call.argument("key-marker"), call.argument("upload-id-marker", _LAST_ID))
    rest = [upload for upload in uploads if (upload.key, upload.id) > marker]
    limit = min(call.number("max-uploads", LARGEST), LARGEST)
    page = rest[:limit]
    more = len(rest) > limit
    coded = coding(call)
    return answers.document(
        "ListMultipartUploadsResult",
        {
            "Bucket": call.bucket,
            "Prefix": coded(call.argument("prefix")),
            "MaxUploads": limit,
            "IsTruncated": more,
            "EncodingType": call.argument("encoding-type") or None,
            "NextKeyMarker": coded(page[-1].key) if more and page else None,
            "NextUploadIdMarker": page[-1].id if more and page else None,
            "Upload": [_listed_upload(coded, upload) for upload in page],
        },
    )


def _upload(call: S3Call) -> Upload:
    """Raises NoSuchUpload."""
    return call.objects.uploads.get(call.argument("uploadId"), call.bucket, call.key)


def _part_number(call: S3Call) -> int:
    number = call.number("partNumber", 0)
    if not 1 <= number <= MOST_PARTS:
        raise invalid_argument(f"Part number must be an integer between 1 and {MOST_PARTS}, inclusive")
    return number


def _wanted(call: S3Call) -> list[tuple[int, str]]:
    """Numbers and ETags of the parts to join. Raises MalformedXML."""
    wanted = [
        (part.findtext("PartNumber") or "", part.findtext("ETag") or "")
        for part in call.document().iterfind("Part")
    ]
    if not wanted or not all(number.isdecimal() for number, _ in wanted):
        raise ServiceError("MalformedXML", "You must specify at least one part, each with its number", 400)
    return [(int(number), etag) for number, etag in wanted]


def _copied(call: S3Call) -> Blob:
    """The wanted bytes of the source, in a new blob."""
    headers = call.request.headers
    info, file = call.objects.read(*source_of(call))
    with file:
        check_read(headers, info, SOURCE_CONDITION)
        chosen = ranges.wanted(headers.get("x-amz-copy-source-range"), info.size) or range(info.size)
        file.seek(chosen.start)
        return call.objects.blobs.write(pieces_of(file, len(chosen)))


def _with_declared_checksum(call: S3Call, blob: Blob) -> Blob:
    """The joined blob with a checksum of the whole, if the client declares one. Raises BadDigest."""
    declared = {
        algorithm: value
        for algorithm, value in declared_checksums(call.request.headers).items()
        if "-" not in value
    }
    try:
        for algorithm, value in declared.items():
            check_digest(algorithm, value, call.objects.blobs.digest(blob.name, algorithm))
    except ServiceError:
        call.objects.blobs.discard(blob.name)
        raise
    return replace(blob, checksums=declared) if declared else blob


def _checksums(part: Part) -> dict[str, str]:
    return {part.algorithm: part.checksum} if part.algorithm and part.checksum else {}


def _listed_part(part: Part) -> dict[str, Any]:
    return {
        "PartNumber": part.number,
        "LastModified": answers.timestamp(part.modified),
        "ETag": part.etag,
        "Size": part.size,
        **checksum_elements(_checksums(part)),
    }


def _listed_upload(coded: Any, upload: Upload) -> dict[str, Any]:
    return {
        "Key": coded(upload.key),
        "UploadId": upload.id,
        "Initiator": OWNER,
        "Owner": OWNER,
        "StorageClass": "STANDARD",
        "Initiated": answers.timestamp(upload.started),
    }
