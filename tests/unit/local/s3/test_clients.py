"""The clients that people use, with their own ideas of S3."""

import io
import os
from pathlib import Path
from typing import Any

import boto3.s3.transfer
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import s3fs
from pyarrow import fs

TABLE = pd.DataFrame({"a": [1, 2, 3], "b": ["x", "y", "ü"]})
KEYS = {"key": "test", "secret": "test"}


@pytest.fixture
def data() -> bytes:
    """More than one part of a transfer, and no whole number of them."""
    return os.urandom(20 * 2**20 + 1)


@pytest.fixture
def arrow(runtime: Any) -> fs.S3FileSystem:
    return fs.S3FileSystem(
        access_key="test",
        secret_key="test",
        region="us-east-1",
        scheme="http",
        endpoint_override=runtime.url.removeprefix("http://"),
    )


@pytest.fixture
def s3_files(runtime: Any) -> s3fs.S3FileSystem:
    s3fs.S3FileSystem.clear_instance_cache()
    return s3fs.S3FileSystem(**KEYS, client_kwargs={"endpoint_url": runtime.url, "region_name": "us-east-1"})


def test_transfer(s3: Any, bucket: str, data: bytes, tmp_path: Path) -> None:
    """boto3's transfers go up in parts, come down in ranges, and copy in parts."""
    config = boto3.s3.transfer.TransferConfig(multipart_threshold=5 * 2**20, multipart_chunksize=5 * 2**20)
    s3.upload_fileobj(io.BytesIO(data), bucket, "big", Config=config, ExtraArgs={"Metadata": {"m": "1"}})
    s3.copy({"Bucket": bucket, "Key": "big"}, bucket, "copy", Config=config)
    for key in ("big", "copy"):
        s3.download_file(bucket, key, str(tmp_path / key), Config=config)
        assert (tmp_path / key).read_bytes() == data
    told = s3.head_object(Bucket=bucket, Key="big")
    assert (told["ETag"][-3:], told["Metadata"]) == ('-5"', {"m": "1"})


@pytest.mark.parametrize("algorithm", ["CRC32", "SHA1", "SHA256"])
def test_transfer_with_checksums(s3: Any, bucket: str, data: bytes, algorithm: str) -> None:
    """A transfer with another checksum is checked part by part, and the answer passes the client's own check."""
    s3.upload_fileobj(io.BytesIO(data), bucket, "big", ExtraArgs={"ChecksumAlgorithm": algorithm})
    answer = s3.get_object(Bucket=bucket, Key="big", ChecksumMode="ENABLED")
    assert answer["Body"].read() == data
    assert answer[f"Checksum{algorithm}"].endswith("-3")


def test_waiters(s3: Any, bucket: str) -> None:
    """Waiters see what is there at once."""
    s3.put_object(Bucket=bucket, Key="k", Body=b"")
    once = {"MaxAttempts": 1}
    s3.get_waiter("bucket_exists").wait(Bucket=bucket, WaiterConfig=once)
    s3.get_waiter("object_exists").wait(Bucket=bucket, Key="k", WaiterConfig=once)


def test_s3fs(s3_files: s3fs.S3FileSystem, bucket: str, data: bytes) -> None:
    """s3fs writes in parts, reads anywhere, lists, copies, moves and removes."""
    with s3_files.open(f"{bucket}/d/big", "wb") as file:
        file.write(data)
    with s3_files.open(f"{bucket}/d/big", "rb") as file:
        file.seek(10_000_000)
        assert file.read(1000) == data[10_000_000:10_001_000]
    s3_files.mv(f"{bucket}/d/big", f"{bucket}/d/moved")
    assert s3_files.find(bucket) == [f"{bucket}/d/moved"]
    assert s3_files.isdir(f"{bucket}/d")
    s3_files.rm(f"{bucket}/d", recursive=True)
    assert not s3_files.exists(f"{bucket}/d/moved")


@pytest.mark.filterwarnings(
    "ignore:Your installed version of s3fs is very old"
)  # the last without aiobotocore's pins
@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_pandas_with_s3fs(runtime: Any, bucket: str, kind: str) -> None:
    """Pandas reads what it wrote under an s3:// URL."""
    options = {**KEYS, "client_kwargs": {"endpoint_url": runtime.url}}
    url = f"s3://{bucket}/table.{kind}"
    if kind == "csv":
        TABLE.to_csv(url, index=False, storage_options=options)
        found = pd.read_csv(url, storage_options=options)
    else:
        TABLE.to_parquet(url, storage_options=options)
        found = pd.read_parquet(url, storage_options=options)
    pd.testing.assert_frame_equal(found, TABLE)


def test_pyarrow_table(arrow: fs.S3FileSystem, bucket: str) -> None:
    """Pyarrow writes a partitioned dataset and reads a part of it."""
    table = pa.table({"day": ["1", "1", "2"], "value": [1, 2, 3]})
    pq.write_to_dataset(table, f"{bucket}/set", partition_cols=["day"], filesystem=arrow)
    found = pq.read_table(f"{bucket}/set", filesystem=arrow, filters=[("day", "=", 1)])
    assert found["value"].to_pylist() == [1, 2]


def test_pyarrow_files(arrow: fs.S3FileSystem, bucket: str, data: bytes) -> None:
    """Pyarrow's file system streams up in parts, reads ranges, makes folders, copies, moves and lists."""
    arrow.create_dir(f"{bucket}/d")
    with arrow.open_output_stream(f"{bucket}/d/big") as stream:
        stream.write(data)
    with arrow.open_input_file(f"{bucket}/d/big") as file:
        assert file.read_at(1000, 10_000_000) == data[10_000_000:10_001_000]
    arrow.copy_file(f"{bucket}/d/big", f"{bucket}/d/copy")
    arrow.move(f"{bucket}/d/copy", f"{bucket}/d/moved")
    found = arrow.get_file_info(fs.FileSelector(bucket, recursive=True))
    assert {info.path: info.size for info in found if info.is_file} == {
        f"{bucket}/d/big": len(data),
        f"{bucket}/d/moved": len(data),
    }
    arrow.delete_dir(f"{bucket}/d")
    assert arrow.get_file_info(f"{bucket}/d/big").type == fs.FileType.NotFound
