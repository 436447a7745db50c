from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from airflow_mlmax.exceptions import ApiError
from airflow_mlmax.hooks.s3 import S3Objects, parse_uri
from airflow_mlmax.hooks.sagemaker import SageMakerJobHook
from airflow_mlmax.sagemaker.code import SourceFolder


@pytest.fixture
def place(runtime: Any) -> str:
    """A bucket of the test's own, as an S3 prefix."""
    bucket = f"objects-{uuid4().hex[:12]}"
    runtime.client("s3").create_bucket(Bucket=bucket)
    return f"s3://{bucket}/p"


@pytest.fixture
def objects(place: str) -> S3Objects:
    """Objects over `aws_default`, which leads to the runtime of `place`."""
    assert place
    return S3Objects(SageMakerJobHook(aws_conn_id="aws_default", patience=0.0))


@pytest.fixture
def source(tmp_path: Path) -> SourceFolder:
    (tmp_path / "lib").mkdir()
    (tmp_path / "train.py").write_text("print(1)")
    (tmp_path / "lib" / "parts.py").write_text("x = 1")
    return SourceFolder(tmp_path)


def test_only_the_first_of_two_writers_wins(objects: S3Objects, place: str) -> None:
    """`put_if_absent` never replaces an object."""
    assert objects.put_if_absent(f"{place}/a.json", b"1") is True
    assert objects.put_if_absent(f"{place}/a.json", b"2") is False
    assert objects.read_json(f"{place}/a.json") == 1


def test_json_is_written_read_and_replaced(objects: S3Objects, place: str) -> None:
    """What was written last is read; what JSON cannot say is refused."""
    objects.write_json(f"{place}/b.json", {"a": 1})
    objects.write_json(f"{place}/b.json", {"a": [2]})
    assert objects.read_json(f"{place}/b.json") == {"a": [2]}
    with pytest.raises(ValueError, match="not JSON compliant"):
        objects.write_json(f"{place}/b.json", float("nan"))


def test_existence_is_of_the_exact_key(objects: S3Objects, place: str) -> None:
    """A longer key with the same beginning is another object."""
    objects.put_if_absent(f"{place}/data-1", b"x")
    assert objects.exists(f"{place}/data-1")
    assert not objects.exists(f"{place}/data")


def test_a_listing_has_every_page(runtime: Any, objects: S3Objects, place: str) -> None:
    """More than a thousand keys come in the order of their names, with size and ETag."""
    bucket, prefix = parse_uri(place)
    for number in range(1001):
        runtime.server.objects.put_bytes(bucket, f"{prefix}/many/{number:04}", b"x")
    found = list(objects.list(f"{place}/many/"))
    assert [item["uri"] for item in found] == [f"{place}/many/{number:04}" for number in range(1001)]
    assert found[0]["Size"] == 1
    assert found[0]["ETag"]


def test_code_is_uploaded_once_for_each_content(
    runtime: Any, objects: S3Objects, place: str, source: SourceFolder
) -> None:
    """The second upload of the same folder writes nothing and gives the same place."""
    runtime.server.calls.clear()
    first = objects.upload_archive(source, place), objects.upload_files(source, f"{place}/")
    assert runtime.server.calls.count("PutObject") == 3
    again = objects.upload_archive(source, place), objects.upload_files(source, place)
    assert again == first
    assert runtime.server.calls.count("PutObject") == 3
    assert first[0] == f"{place}/{source.digest}/sourcedir.tar.gz"
    names = [item["uri"].removeprefix(first[1]) for item in objects.list(first[1])]
    assert names == ["lib/parts.py", "train.py"]


def test_a_missing_bucket_is_an_error(objects: S3Objects) -> None:
    """What S3 refuses is an ApiError that names the operation."""
    with pytest.raises(ApiError, match="PutObject: NoSuchBucket"):
        objects.put_if_absent(f"s3://nowhere-{uuid4().hex[:12]}/a", b"1")


@pytest.mark.parametrize("uri", ["", "b/k", "s3://", "s3:///k", "https://b/k"])
def test_only_s3_uris_are_addresses(uri: str) -> None:
    """Anything else is refused before a call."""
    with pytest.raises(ValueError, match="no S3 URI"):
        parse_uri(uri)
