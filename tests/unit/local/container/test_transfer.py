"""Copies between S3 and the folders of a job."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from airflow_mlmax.local.container import transfer
from airflow_mlmax.local.container.transfer import Item, Location, Source
from airflow_mlmax.local.jobs.job import JobError
from airflow_mlmax.local.s3.objects import ObjectStore


@pytest.fixture
def objects(tmp_path: Path) -> Iterator[ObjectStore]:
    objects = ObjectStore(tmp_path / "s3")
    objects.create_bucket("bucket")
    yield objects
    objects.close()


def put(objects: ObjectStore, *keys: str) -> None:
    for key in keys:
        objects.put_bytes("bucket", key, key.encode())


def paths(objects: ObjectStore, uri: str, kind: str = "S3Prefix") -> list[str]:
    return [item.path for item in Source(uri, kind).items(objects)]


@pytest.mark.parametrize(
    ("uri", "expected"),
    [
        pytest.param("s3://bucket/data/", ["a.csv", "deep/b.csv"], id="folder"),
        pytest.param(
            "s3://bucket/data", ["a.csv", "deep/b.csv", "data2/c.csv"], id="folder and a partial prefix"
        ),
        pytest.param("s3://bucket/data/a.csv", ["a.csv"], id="exact key"),
        pytest.param("s3://bucket/data/de", ["deep/b.csv"], id="partial prefix"),
        pytest.param("s3://bucket", ["data/a.csv", "data/deep/b.csv", "data2/c.csv"], id="whole bucket"),
    ],
)
def test_prefix(objects: ObjectStore, uri: str, expected: list[str]) -> None:
    """A prefix is a beginning of names; below a folder paths are relative, folder markers are no files."""
    put(objects, "data/", "data/a.csv", "data/deep/", "data/deep/b.csv", "data2/c.csv")
    assert paths(objects, uri) == expected


def test_manifest(objects: ObjectStore) -> None:
    """A manifest names keys relative to its prefix."""
    put(objects, "data/a.csv", "data/deep/b.csv", "data/c.csv")
    manifest = [{"prefix": "s3://bucket/data/"}, "deep/b.csv", "a.csv"]
    objects.put_bytes("bucket", "manifest", json.dumps(manifest).encode())
    assert paths(objects, "s3://bucket/manifest", "ManifestFile") == ["deep/b.csv", "a.csv"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("not json", "is not a list that begins with"),
        ('["a"]', "is not a list that begins with"),
        ('[{"prefix": "s3://bucket/"}, "absent"]', "names absent, which is missing"),
        ('[{"prefix": "s3://bucket/"}]', "No S3 objects found"),
    ],
)
def test_bad_manifest(objects: ObjectStore, text: str, words: str) -> None:
    """A manifest that cannot be followed fails the job with the reason."""
    objects.put_bytes("bucket", "manifest", text.encode())
    with pytest.raises(JobError, match=words):
        paths(objects, "s3://bucket/manifest", "ManifestFile")


@pytest.mark.parametrize("uri", ["s3://bucket/none", "s3://absent/x", "https://bucket/x"])
def test_nothing_to_download(objects: ObjectStore, uri: str) -> None:
    """No object, no bucket or no S3 URI is the client's error."""
    with pytest.raises(JobError, match=r"^ClientError: "):
        paths(objects, uri)


@pytest.mark.parametrize("path", ["../out", "a/../../out", "/out", "", "a\0b"])
def test_escape_is_refused(objects: ObjectStore, tmp_path: Path, path: str) -> None:
    """A key that would leave the folder of its input stops the download before anything is written."""
    put(objects, "good", "bad")
    target = tmp_path / "job" / "input"
    with pytest.raises(JobError, match="leaves the folder"):
        transfer.download(objects, [Item("bucket", "good", "good"), Item("bucket", "bad", path)], target)
    assert not (tmp_path / "job").exists()
    assert not (tmp_path / "out").exists()


def test_file_and_folder_of_one_name(objects: ObjectStore, tmp_path: Path) -> None:
    """S3 may hold `f` beside `f/x`, a disk may not: the job fails with the key."""
    put(objects, "in/f", "in/f/x")
    items = Source("s3://bucket/in/").items(objects)
    with pytest.raises(JobError, match=r"Data download failed: key 'in/f/x'"):
        transfer.download(objects, items, tmp_path / "input")


def test_shards_are_a_partition() -> None:
    """Every object goes to exactly one host, and no host gets more than its share."""
    items = [Item("bucket", str(number), str(number)) for number in range(7)]
    shards = [transfer.shard(items, host, 3) for host in range(3)]
    assert sorted(item.key for shard in shards for item in shard) == [item.key for item in items]
    assert [len(shard) for shard in shards] == [3, 2, 2]


def test_upload_keeps_relative_paths(objects: ObjectStore, tmp_path: Path) -> None:
    """Files land below the prefix; a link out of the folder is not followed."""
    folder = tmp_path / "out"
    (folder / "deep").mkdir(parents=True)
    (folder / "deep" / "a").write_text("a")
    (tmp_path / "secret").write_text("secret")
    (folder / "link").symlink_to(tmp_path / "secret")
    transfer.upload(objects, transfer.files_of(folder), folder, Location.parse("s3://bucket/run/"))
    assert [found.key for found in objects.list("bucket")] == ["run/deep/a"]


def test_upload_without_bucket(objects: ObjectStore, tmp_path: Path) -> None:
    """A missing bucket is the client's error, told with its URI."""
    (tmp_path / "a").touch()
    with pytest.raises(JobError, match=r"ClientError: upload to s3://absent/x failed"):
        transfer.upload(objects, iter([tmp_path / "a"]), tmp_path, Location.parse("s3://absent/x"))


def test_sync_uploads_what_changed(objects: ObjectStore, tmp_path: Path) -> None:
    """What was there before is left alone, what is written meanwhile is stored, at the latest at the end."""
    folder = tmp_path / "checkpoints"
    folder.mkdir()
    (folder / "old").write_text("old")
    with transfer.Sync(objects, folder, Location.parse("s3://bucket/ck"), every=60):
        (folder / "new").write_text("new")
    assert [found.key for found in objects.list("bucket")] == ["ck/new"]
