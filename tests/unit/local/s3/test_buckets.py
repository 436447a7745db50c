"""Buckets and listings through boto3."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

KEYS = ["a/1", "a/2", "b", "c/d/1", "c/e", "d/", "ü/x"]


@pytest.fixture
def filled(s3: Any, bucket: str) -> str:
    for key in KEYS:
        s3.put_object(Bucket=bucket, Key=key, Body=key.encode())
    return bucket


def listing(s3: Any, bucket: str, **arguments: Any) -> tuple[list[str], list[str]]:
    """All keys and common prefixes, over all pages."""
    pages = list(s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, **arguments))
    keys = [item["Key"] for page in pages for item in page.get("Contents", [])]
    return keys, [item["Prefix"] for page in pages for item in page.get("CommonPrefixes", [])]


def test_bucket_lives_in_its_region(runtime: Any) -> None:
    """A bucket tells the Region that it was made for, and being made twice is an error there."""
    s3 = runtime.client("s3", region="eu-west-1")
    place = {"LocationConstraint": "eu-west-1"}
    s3.create_bucket(Bucket="bucket-of-ireland", CreateBucketConfiguration=place)
    assert s3.head_bucket(Bucket="bucket-of-ireland")["BucketRegion"] == "eu-west-1"
    assert s3.get_bucket_location(Bucket="bucket-of-ireland")["LocationConstraint"] == "eu-west-1"
    with pytest.raises(s3.exceptions.BucketAlreadyOwnedByYou):
        s3.create_bucket(Bucket="bucket-of-ireland", CreateBucketConfiguration=place)


def test_default_region_has_no_location(s3: Any, bucket: str) -> None:
    """The location of a bucket in us-east-1 is empty, and making it again is no error."""
    s3.create_bucket(Bucket=bucket)
    assert s3.get_bucket_location(Bucket=bucket)["LocationConstraint"] is None
    assert bucket in [item["Name"] for item in s3.list_buckets(Prefix="test-")["Buckets"]]


def test_delete_bucket(s3: Any, bucket: str) -> None:
    """Only an empty bucket can be deleted, and then it is gone."""
    s3.put_object(Bucket=bucket, Key="k", Body=b"")
    with pytest.raises(ClientError, match="BucketNotEmpty"):
        s3.delete_bucket(Bucket=bucket)
    s3.delete_object(Bucket=bucket, Key="k")
    s3.delete_bucket(Bucket=bucket)
    s3.get_waiter("bucket_not_exists").wait(Bucket=bucket, WaiterConfig={"MaxAttempts": 1})


@pytest.mark.parametrize("size", [1, 2, 3, 1000], ids=lambda size: f"page-of-{size}")
@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({}, (KEYS, [])),
        ({"Delimiter": "/"}, (["b"], ["a/", "c/", "d/", "ü/"])),
        ({"Prefix": "c/", "Delimiter": "/"}, (["c/e"], ["c/d/"])),
        ({"Prefix": "d/", "Delimiter": "/"}, (["d/"], [])),
        ({"Prefix": "c"}, (["c/d/1", "c/e"], [])),
        ({"Prefix": "zz"}, ([], [])),
        ({"StartAfter": "a/2"}, (KEYS[2:], [])),
        ({"StartAfter": "a/", "Delimiter": "/"}, (["b"], ["c/", "d/", "ü/"])),
        ({"StartAfter": "a"}, (KEYS, [])),
        ({"Delimiter": "d/"}, (["a/1", "a/2", "b", "c/e", "ü/x"], ["c/d/", "d/"])),
    ],
    ids=[
        "all",
        "delimiter",
        "folder",
        "folder-marker",
        "prefix",
        "nothing",
        "after",
        "after-prefix",
        "before",
        "long",
    ],
)
def test_listing(
    s3: Any, filled: str, arguments: dict[str, str], expected: tuple[list[str], list[str]], size: int
) -> None:
    """Every page size gives the same keys and common prefixes, each of them once and in order."""
    assert listing(s3, filled, PaginationConfig={"PageSize": size}, **arguments) == expected


def test_prefixes_count_into_a_page(s3: Any, filled: str) -> None:
    """A page holds as many keys and common prefixes together as were asked for."""
    page = s3.list_objects_v2(Bucket=filled, Delimiter="/", MaxKeys=2)
    assert (page["KeyCount"], page["IsTruncated"]) == (2, True)
    assert [item["Prefix"] for item in page["CommonPrefixes"]] == ["a/"]
    assert s3.list_objects_v2(Bucket=filled, MaxKeys=0)["IsTruncated"] is False


@pytest.mark.parametrize("delimiter", ["", "/"], ids=["keys", "folders"])
def test_listing_version_1(s3: Any, filled: str, delimiter: str) -> None:
    """The older listing pages by marker."""
    pages = list(
        s3.get_paginator("list_objects").paginate(
            Bucket=filled, Delimiter=delimiter, PaginationConfig={"PageSize": 2}
        )
    )
    keys = [item["Key"] for page in pages for item in page.get("Contents", [])]
    prefixes = [item["Prefix"] for page in pages for item in page.get("CommonPrefixes", [])]
    assert (keys, prefixes) == ((["b"], ["a/", "c/", "d/", "ü/"]) if delimiter else (KEYS, []))


@pytest.mark.parametrize(
    "arguments",
    [{"ContinuationToken": "ü"}, {"EncodingType": "base64"}],
    ids=["token", "encoding"],
)
def test_bad_listing_arguments(s3: Any, bucket: str, arguments: dict[str, str]) -> None:
    """An argument that means nothing is refused by name."""
    with pytest.raises(ClientError, match="InvalidArgument"):
        s3.list_objects_v2(Bucket=bucket, **arguments)


def test_batch_delete(s3: Any, filled: str) -> None:
    """Every key is told as deleted, one that was not there too; quietly, none is told."""
    wanted = [{"Key": key} for key in (*KEYS, "never-there")]
    answer = s3.delete_objects(Bucket=filled, Delete={"Objects": wanted})
    assert {item["Key"] for item in answer["Deleted"]} == {*KEYS, "never-there"}
    assert listing(s3, filled) == ([], [])
    assert "Deleted" not in s3.delete_objects(Bucket=filled, Delete={"Objects": wanted, "Quiet": True})


def test_batch_delete_on_condition(s3: Any, filled: str) -> None:
    """An object that is not the expected one stays, and the answer says so."""
    wanted = [{"Key": "b", "ETag": '"another"'}, {"Key": "a/1"}]
    answer = s3.delete_objects(Bucket=filled, Delete={"Objects": wanted})
    assert [(item["Key"], item["Code"]) for item in answer["Errors"]] == [("b", "PreconditionFailed")]
    assert listing(s3, filled)[0] == ["a/2", *KEYS[2:]]


def test_missing_bucket(s3: Any) -> None:
    """Every kind of access to a missing bucket says so."""
    with pytest.raises(s3.exceptions.NoSuchBucket):
        s3.list_objects_v2(Bucket="not-there")
    with pytest.raises(s3.exceptions.NoSuchBucket):
        s3.put_object(Bucket="not-there", Key="k", Body=b"")
    with pytest.raises(ClientError, match="404"):
        s3.head_bucket(Bucket="not-there")
