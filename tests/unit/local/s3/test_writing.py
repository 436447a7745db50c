"""Writing, copying and removing objects through boto3."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError


def status_of(error: pytest.ExceptionInfo[ClientError]) -> int:
    return int(error.value.response["ResponseMetadata"]["HTTPStatusCode"])


def test_headers_and_metadata_come_back(s3: Any, bucket: str) -> None:
    """What is said of an object is told again."""
    said = {
        "CacheControl": "no-cache",
        "ContentDisposition": "attachment",
        "ContentEncoding": "gzip",
        "ContentLanguage": "de",
        "ContentType": "text/csv",
        "Metadata": {"owner": "me", "Mixed-Case": "x"},
        "ServerSideEncryption": "aws:kms",
        "SSEKMSKeyId": "arn:aws:kms:us-east-1:123456789012:key/x",
    }
    s3.put_object(Bucket=bucket, Key="k", Body=b"x", Tagging="a=1&b=2", ACL="private", **said)
    told = s3.head_object(Bucket=bucket, Key="k")
    assert {name: told[name] for name in said} == {**said, "Metadata": {"owner": "me", "mixed-case": "x"}}
    assert s3.get_object(Bucket=bucket, Key="k")["TagCount"] == 2


def test_put_if_none_match(s3: Any, bucket: str) -> None:
    """A conditional write makes a new object and never replaces one."""
    s3.put_object(Bucket=bucket, Key="k", Body=b"first", IfNoneMatch="*")
    with pytest.raises(ClientError, match="PreconditionFailed") as caught:
        s3.put_object(Bucket=bucket, Key="k", Body=b"second", IfNoneMatch="*")
    assert status_of(caught) == 412
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"first"


def test_put_if_match(s3: Any, bucket: str) -> None:
    """A write that expects a version replaces that version only, and a missing key is told as missing."""
    etag = s3.put_object(Bucket=bucket, Key="k", Body=b"first")["ETag"]
    s3.put_object(Bucket=bucket, Key="k", Body=b"second", IfMatch=etag)
    with pytest.raises(ClientError, match="PreconditionFailed"):
        s3.put_object(Bucket=bucket, Key="k", Body=b"third", IfMatch=etag)
    with pytest.raises(ClientError, match="NoSuchKey") as caught:
        s3.put_object(Bucket=bucket, Key="nope", Body=b"", IfMatch=etag)
    assert status_of(caught) == 404


def test_one_of_many_conditional_writers_wins(s3: Any, bucket: str) -> None:
    """Of writers that start together, exactly one makes the object."""
    won = []

    def write(number: int) -> None:
        try:
            s3.put_object(Bucket=bucket, Key="lock", Body=str(number).encode(), IfNoneMatch="*")
        except ClientError:
            return
        won.append(number)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == 1
    assert s3.get_object(Bucket=bucket, Key="lock")["Body"].read() == str(won[0]).encode()


def test_delete(s3: Any, bucket: str) -> None:
    """Deleting is 204, twice too; one with a condition looks first."""
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    with pytest.raises(ClientError, match="PreconditionFailed"):
        s3.delete_object(Bucket=bucket, Key="k", IfMatch='"other"')
    for _ in range(2):
        assert s3.delete_object(Bucket=bucket, Key="k")["ResponseMetadata"]["HTTPStatusCode"] == 204
    s3.get_waiter("object_not_exists").wait(Bucket=bucket, Key="k", WaiterConfig={"MaxAttempts": 1})


def test_copy_keeps_what_is_told(s3: Any, bucket: str) -> None:
    """A copy has the bytes, ETag, metadata, tags and checksum of its source, and outlives it."""
    made = s3.put_object(
        Bucket=bucket, Key="a b+ü", Body=b"x", Metadata={"m": "1"}, Tagging="t=1", ContentType="text/x"
    )
    copied = s3.copy_object(Bucket=bucket, Key="copy", CopySource={"Bucket": bucket, "Key": "a b+ü"})
    assert copied["CopyObjectResult"]["ETag"] == made["ETag"]
    s3.delete_object(Bucket=bucket, Key="a b+ü")
    answer = s3.get_object(Bucket=bucket, Key="copy", ChecksumMode="ENABLED")
    assert (answer["Body"].read(), answer["Metadata"], answer["TagCount"]) == (b"x", {"m": "1"}, 1)
    assert (answer["ContentType"], answer["ChecksumCRC32"]) == ("text/x", made["ChecksumCRC32"])


def test_copy_replaces_on_demand(s3: Any, bucket: str) -> None:
    """A copy takes new metadata and tags if it is told to, onto itself too."""
    s3.put_object(Bucket=bucket, Key="k", Body=b"x", Metadata={"m": "1"}, Tagging="t=1")
    here = {"Bucket": bucket, "Key": "k", "CopySource": f"{bucket}/k"}
    with pytest.raises(ClientError, match="InvalidRequest"):
        s3.copy_object(**here)
    s3.copy_object(
        **here, Metadata={"n": "2"}, MetadataDirective="REPLACE", Tagging="u=2", TaggingDirective="REPLACE"
    )
    assert s3.head_object(Bucket=bucket, Key="k")["Metadata"] == {"n": "2"}
    assert s3.get_object_tagging(Bucket=bucket, Key="k")["TagSet"] == [{"Key": "u", "Value": "2"}]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ({"CopySourceIfMatch": '"other"'}, "PreconditionFailed"),
        ({"CopySourceIfNoneMatch": "*"}, "PreconditionFailed"),
        ({"IfNoneMatch": "*"}, "PreconditionFailed"),
        ({"MetadataDirective": "MERGE"}, "InvalidArgument"),
        ({"CopySource": "nothing"}, "InvalidArgument"),
        ({"CopySource": "{bucket}/nope"}, "NoSuchKey"),
        ({"CopySource": "{bucket}/k?versionId=1"}, "NotImplemented"),
    ],
    ids=str,
)
def test_copy_refusals(s3: Any, bucket: str, arguments: dict[str, str], code: str) -> None:
    """A copy whose conditions do not hold, or whose source is not there, changes nothing."""
    for key in ("k", "target"):
        s3.put_object(Bucket=bucket, Key=key, Body=key.encode())
    wanted = {"CopySource": "{bucket}/k", **arguments}
    wanted["CopySource"] = wanted["CopySource"].format(bucket=bucket)
    with pytest.raises(ClientError, match=code):
        s3.copy_object(Bucket=bucket, Key="target", **wanted)
    assert s3.get_object(Bucket=bucket, Key="target")["Body"].read() == b"target"


def test_tagging(s3: Any, bucket: str) -> None:
    """Tags are replaced as a set and removed."""
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    tags = [{"Key": "a", "Value": "1"}, {"Key": "ü", "Value": ""}]
    s3.put_object_tagging(Bucket=bucket, Key="k", Tagging={"TagSet": tags})
    assert s3.get_object_tagging(Bucket=bucket, Key="k")["TagSet"] == tags
    s3.delete_object_tagging(Bucket=bucket, Key="k")
    assert s3.get_object_tagging(Bucket=bucket, Key="k")["TagSet"] == []


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ({"Metadata": {"m": "x" * 2100}}, "MetadataTooLarge"),
        ({"Tagging": "&".join(f"k{number}=v" for number in range(11))}, "BadRequest"),
        ({"Tagging": "a=1&a=2"}, "InvalidTag"),
        ({"Key": "k" * 1025}, "KeyTooLongError"),
        ({"ACL": "public-read"}, "NotImplemented"),
        ({"GrantRead": "id=x"}, "NotImplemented"),
        ({"ObjectLockLegalHoldStatus": "ON"}, "NotImplemented"),
        ({"WebsiteRedirectLocation": "/x"}, "NotImplemented"),
        ({"IfNoneMatch": '"etag"'}, "NotImplemented"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else value,
)
def test_put_refusals(s3: Any, bucket: str, arguments: dict[str, Any], code: str) -> None:
    """What S3 limits is limited, and what this server cannot do is said."""
    with pytest.raises(ClientError, match=code):
        s3.put_object(**{"Bucket": bucket, "Key": "k", "Body": b"x", **arguments})
    assert "Contents" not in s3.list_objects_v2(Bucket=bucket)


@pytest.mark.parametrize(
    ("operation", "arguments"),
    [
        ("get_bucket_versioning", {}),
        ("put_bucket_versioning", {"VersioningConfiguration": {"Status": "Enabled"}}),
        ("list_object_versions", {}),
        ("get_object_lock_configuration", {}),
        ("get_bucket_acl", {}),
        ("get_bucket_lifecycle_configuration", {}),
        ("get_bucket_replication", {}),
        ("get_bucket_notification_configuration", {}),
        ("get_bucket_website", {}),
        ("get_bucket_tagging", {}),
        ("get_object_attributes", {"Key": "k", "ObjectAttributes": ["ETag"]}),
        ("get_object", {"Key": "k", "VersionId": "1"}),
        ("get_object", {"Key": "k", "PartNumber": 1}),
    ],
    ids=lambda value: value if isinstance(value, str) else "-".join(value) or "bucket",
)
def test_refused_operations(s3: Any, bucket: str, operation: str, arguments: dict[str, Any]) -> None:
    """Everything else of S3 is refused by name and with a status that clients do not retry."""
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    with pytest.raises(ClientError, match="NotImplemented") as caught:
        getattr(s3, operation)(Bucket=bucket, **arguments)
    assert status_of(caught) == 501


def test_refusal_of_what_is_no_operation(send: Callable[..., Any]) -> None:
    """A method that S3 does not have is refused too."""
    answer = send("PATCH", "k")
    assert (answer.status, b"NotImplemented" in answer.body) == (501, True)
