"""Multipart uploads through boto3."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

PART = 5 * 2**20


@pytest.fixture
def upload(s3: Any, bucket: str) -> dict[str, str]:
    """The names that every call of one upload takes."""
    begun = s3.create_multipart_upload(Bucket=bucket, Key="big", Metadata={"m": "1"}, ContentType="text/x")
    return {"Bucket": bucket, "Key": "big", "UploadId": begun["UploadId"]}


def put_part(s3: Any, upload: dict[str, str], number: int, body: bytes) -> dict[str, Any]:
    answer = s3.upload_part(**upload, PartNumber=number, Body=body)
    return {"PartNumber": number, "ETag": answer["ETag"], "ChecksumCRC32": answer["ChecksumCRC32"]}


def test_parts_become_an_object(s3: Any, upload: dict[str, str]) -> None:
    """The object is the chosen parts in order, with the ETag of their number and what was said at the beginning."""
    bodies = [b"a" * PART, b"b" * PART, b"c"]
    parts = [put_part(s3, upload, number, body) for number, body in enumerate(bodies, 1)]
    put_part(s3, upload, 9, b"not chosen")
    done = s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": parts})
    told = s3.get_object(Bucket=upload["Bucket"], Key="big", ChecksumMode="ENABLED")
    assert told["Body"].read() == b"".join(bodies)
    assert told["ETag"] == done["ETag"]
    assert done["ETag"].endswith('-3"')
    assert (told["Metadata"], told["ContentType"]) == ({"m": "1"}, "text/x")
    assert told["ChecksumType"] == "COMPOSITE"
    assert s3.list_multipart_uploads(Bucket=upload["Bucket"]).get("Uploads", []) == []


def test_part_is_replaced(s3: Any, upload: dict[str, str]) -> None:
    """The last upload of a number counts."""
    put_part(s3, upload, 1, b"old")
    part = put_part(s3, upload, 1, b"new")
    s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": [part]})
    assert s3.get_object(Bucket=upload["Bucket"], Key="big")["Body"].read() == b"new"


def test_nothing_is_there_before_the_end(s3: Any, upload: dict[str, str]) -> None:
    """Parts are listed page by page, and the object is not there until they are joined."""
    for number in (1, 2, 5):
        put_part(s3, upload, number, bytes(number))
    pages = s3.get_paginator("list_parts").paginate(**upload, PaginationConfig={"PageSize": 2})
    found = [(part["PartNumber"], part["Size"]) for page in pages for part in page["Parts"]]
    assert found == [(1, 1), (2, 2), (5, 5)]
    assert "Contents" not in s3.list_objects_v2(Bucket=upload["Bucket"])


def test_abort(s3: Any, upload: dict[str, str]) -> None:
    """After an abort the upload is gone for every call."""
    part = put_part(s3, upload, 1, b"x")
    s3.abort_multipart_upload(**upload)
    with pytest.raises(s3.exceptions.NoSuchUpload):
        s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": [part]})
    with pytest.raises(s3.exceptions.NoSuchUpload):
        s3.upload_part(**upload, PartNumber=1, Body=b"x")
    with pytest.raises(s3.exceptions.NoSuchUpload):
        s3.list_parts(**upload)


@pytest.mark.parametrize(
    ("numbers", "code"),
    [
        ([1, 2], "EntityTooSmall"),
        ([2, 1], "InvalidPartOrder"),
        ([1, 1], "InvalidPartOrder"),
        ([1, 7], "InvalidPart"),
    ],
    ids=["small", "descending", "twice", "missing"],
)
def test_refused_parts(s3: Any, upload: dict[str, str], numbers: list[int], code: str) -> None:
    """Parts that S3 would not join are not joined, and the upload goes on."""
    parts = {number: put_part(s3, upload, number, b"x") for number in (1, 2)}
    missing = {"PartNumber": 7, "ETag": '"x"'}
    chosen = [parts.get(number, missing) for number in numbers]
    with pytest.raises(ClientError, match=code):
        s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": chosen})
    assert len(s3.list_parts(**upload)["Parts"]) == 2


@pytest.mark.parametrize("number", [0, 10_001])
def test_refused_part_numbers(s3: Any, upload: dict[str, str], number: int) -> None:
    """Parts are numbered from 1 to 10,000."""
    with pytest.raises(ClientError, match="InvalidArgument"):
        s3.upload_part(**upload, PartNumber=number, Body=b"x")


def test_another_etag_is_refused(s3: Any, upload: dict[str, str]) -> None:
    """A part is joined only as the one that the client saw."""
    put_part(s3, upload, 1, b"x")
    with pytest.raises(ClientError, match="InvalidPart"):
        s3.complete_multipart_upload(
            **upload, MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": '"other"'}]}
        )


@pytest.mark.parametrize(
    "body",
    [b"", b"<Complete", b"<C/>", b"<C><Part><PartNumber>one</PartNumber></Part></C>"],
    ids=["empty", "broken", "no-part", "no-number"],
)
def test_malformed_completion(send: Callable[..., Any], upload: dict[str, str], body: bytes) -> None:
    """A list of parts that is none is refused."""
    answer = send("POST", "big", body=body, query=f"?uploadId={upload['UploadId']}")
    assert (answer.status, b"MalformedXML" in answer.body) == (400, True)


def test_conditional_complete(s3: Any, upload: dict[str, str]) -> None:
    """Completing on condition never replaces an object, and the parts stay for another try."""
    part = put_part(s3, upload, 1, b"x")
    s3.put_object(Bucket=upload["Bucket"], Key="big", Body=b"first")
    with pytest.raises(ClientError, match="PreconditionFailed"):
        s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": [part]}, IfNoneMatch="*")
    assert s3.get_object(Bucket=upload["Bucket"], Key="big")["Body"].read() == b"first"
    assert len(s3.list_parts(**upload)["Parts"]) == 1


@pytest.mark.parametrize(
    ("declared", "right"), [("poTHxg==", True), ("AAAAAA==", False)], ids=["right", "wrong"]
)
def test_checksum_of_the_whole(s3: Any, bucket: str, declared: str, right: bool) -> None:
    """A checksum of the whole object is compared with the joined bytes and then told."""
    begun = s3.create_multipart_upload(
        Bucket=bucket, Key="big", ChecksumAlgorithm="CRC32", ChecksumType="FULL_OBJECT"
    )
    upload = {"Bucket": bucket, "Key": "big", "UploadId": begun["UploadId"]}
    chosen = {
        "MultipartUpload": {"Parts": [put_part(s3, upload, 1, b"0123456789")]},
        "ChecksumCRC32": declared,
    }
    if not right:
        with pytest.raises(ClientError, match="BadDigest"):
            s3.complete_multipart_upload(**upload, **chosen, ChecksumType="FULL_OBJECT")
        return
    s3.complete_multipart_upload(**upload, **chosen, ChecksumType="FULL_OBJECT")
    told = s3.head_object(Bucket=bucket, Key="big", ChecksumMode="ENABLED")
    assert (told["ChecksumCRC32"], told["ChecksumType"]) == (declared, "FULL_OBJECT")


def test_parts_are_copied(s3: Any, upload: dict[str, str]) -> None:
    """A part may be a range of another object."""
    s3.put_object(Bucket=upload["Bucket"], Key="source", Body=b"0123456789")
    copied = s3.upload_part_copy(
        **upload, PartNumber=1, CopySource=f"{upload['Bucket']}/source", CopySourceRange="bytes=3-5"
    )
    part = {"PartNumber": 1, "ETag": copied["CopyPartResult"]["ETag"]}
    s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": [part]})
    assert s3.get_object(Bucket=upload["Bucket"], Key="big")["Body"].read() == b"345"


def test_uploads_are_listed(s3: Any, bucket: str) -> None:
    """Unfinished uploads come in the order of their keys, page by page."""
    for key in ("b/2", "a", "b/1", "b/1"):
        s3.create_multipart_upload(Bucket=bucket, Key=key)
    pages = s3.get_paginator("list_multipart_uploads").paginate(
        Bucket=bucket, Prefix="b/", PaginationConfig={"PageSize": 1}
    )
    assert [item["Key"] for page in pages for item in page["Uploads"]] == ["b/1", "b/1", "b/2"]
    with pytest.raises(ClientError, match="NotImplemented"):
        s3.list_multipart_uploads(Bucket=bucket, Delimiter="/")
