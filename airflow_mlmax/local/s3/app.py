"""S3 over HTTP."""

import uuid
from collections.abc import Callable

from werkzeug import Request, Response
from werkzeug.exceptions import ClientDisconnected

from airflow_mlmax.local.errors import ServiceError
from airflow_mlmax.local.s3 import buckets, multipart, reading, writing
from airflow_mlmax.local.s3.call import S3Call, error_answer
from airflow_mlmax.local.s3.conditions import NotModified
from airflow_mlmax.local.s3.errors import not_implemented
from airflow_mlmax.local.s3.headers import check_supported
from airflow_mlmax.local.s3.objects import ObjectStore
from airflow_mlmax.local.s3.routes import address_of, operation_of

_OPERATIONS: dict[str, Callable[[S3Call], Response]] = {
    "AbortMultipartUpload": multipart.abort_multipart_upload,
    "CompleteMultipartUpload": multipart.complete_multipart_upload,
    "CopyObject": writing.copy_object,
    "CreateBucket": buckets.create_bucket,
    "CreateMultipartUpload": multipart.create_multipart_upload,
    "DeleteBucket": buckets.delete_bucket,
    "DeleteObject": writing.delete_object,
    "DeleteObjects": buckets.delete_objects,
    "DeleteObjectTagging": writing.delete_object_tagging,
    "GetBucketLocation": buckets.get_bucket_location,
    "GetObject": reading.get_object,
    "GetObjectTagging": reading.get_object_tagging,
    "HeadBucket": buckets.head_bucket,
    "HeadObject": reading.head_object,
    "ListBuckets": buckets.list_buckets,
    "ListMultipartUploads": multipart.list_multipart_uploads,
    "ListObjects": buckets.list_objects,
    "ListObjectsV2": buckets.list_objects_v2,
    "ListParts": multipart.list_parts,
    "PutObject": writing.put_object,
    "PutObjectTagging": writing.put_object_tagging,
    "UploadPart": multipart.upload_part,
    "UploadPartCopy": multipart.upload_part_copy,
}


class S3App:
    """Answers path-style requests; signatures and the expiry of presigned URLs are not verified."""

    def __init__(self, objects: ObjectStore) -> None:
        self._objects = objects

    def handle(self, request: Request, region: str = "us-east-1") -> Response:
        """The answer to one request; an error is answered as S3 tells it, and every other operation with 501."""
        try:
            response = self._answer(request, region)
        except ServiceError as error:
            response = error_answer(error, request)
        except ClientDisconnected:  # nobody hears this, and the upload left nothing
            response = error_answer(ServiceError("IncompleteBody", "The connection was closed", 400), request)
        response.headers["x-amz-request-id"] = uuid.uuid4().hex
        return response

    def _answer(self, request: Request, region: str) -> Response:
        operation, address = operation_of(request), address_of(request)
        call = S3Call(self._objects, request, region, operation, address.bucket, address.key)
        answer = _OPERATIONS.get(operation)
        if answer is None:
            raise not_implemented(operation or f"{request.method} {request.full_path}")
        check_supported(request.headers, request.args)
        try:
            return answer(call)
        except NotModified:
            return reading.not_modified(call)
