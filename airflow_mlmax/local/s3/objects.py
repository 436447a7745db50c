"""Objects in buckets on this machine's disk: what the runtime's jobs and its S3 endpoint read and write."""

import re
import time
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

from airflow_mlmax.local.errors import ServiceError
from airflow_mlmax.local.s3.blobs import Blob, Blobs, append, pieces_of
from airflow_mlmax.local.s3.errors import NoSuchKey
from airflow_mlmax.local.s3.index import About, Condition, Index, ObjectInfo
from airflow_mlmax.local.s3.uploads import Uploads

__all__ = ["ObjectInfo", "ObjectStore"]

_BUCKET = re.compile(
    r"(?!xn--|sthree-|amzn-s3-demo-)[a-z0-9](?:[a-z0-9.-]{1,61})[a-z0-9](?<!-s3alias)(?<!--ol-s3)"
)
_ADDRESS = re.compile(r"\d+\.\d+\.\d+\.\d+")
_LONGEST_KEY = 1024
_PAGE = 1000


class ObjectStore:
    """Buckets and objects below one folder. Thread-safe; whoever reads sees a whole object, the old or the new.

    An object's bytes are written to a file of their own first, and one index row then names it. A process that is
    killed in between leaves a file that nobody names, which the next start sweeps away.
    """

    def __init__(self, folder: Path) -> None:
        self.index = Index(folder / "index.db")
        self.blobs = Blobs(folder / "blobs")
        self.uploads = Uploads(self.index, self.blobs)
        self.blobs.sweep(self.index.blobs() | self.uploads.names())

    def create_bucket(self, bucket: str, region: str = "us-east-1") -> bool:
        """Make a bucket; False if it was there. Raises InvalidBucketName by S3's rules for names."""
        if not _BUCKET.fullmatch(bucket) or ".." in bucket or _ADDRESS.fullmatch(bucket):
            raise ServiceError("InvalidBucketName", f"The specified bucket is not valid: {bucket}", 400)
        return self.index.add_bucket(bucket, region)

    def bucket_exists(self, bucket: str) -> bool:
        return self.index.bucket(bucket) is not None

    def delete_bucket(self, bucket: str) -> None:
        """Raises NoSuchBucket, and BucketNotEmpty while objects are in it; unfinished uploads go with it."""
        with self.index.database.transaction():
            self.index.require_bucket(bucket)
            if self.index.page(bucket, "", "", 1):
                raise ServiceError(
                    "BucketNotEmpty", f"The bucket {bucket} is not empty: delete its objects first", 409
                )
            self.index.remove_bucket(bucket)
        self.uploads.forget_bucket(bucket)

    def list(self, bucket: str, prefix: str = "") -> Iterator[ObjectInfo]:
        """All objects whose keys begin with the prefix, in the order of their keys. Raises NoSuchBucket at once."""
        self.index.require_bucket(bucket)
        return self._pages(bucket, prefix)

    def _pages(self, bucket: str, prefix: str) -> Iterator[ObjectInfo]:
        start = prefix
        while found := self.index.page(bucket, prefix, start, _PAGE):
            yield from found
            start = found[-1].key + "\0"

    def head(self, bucket: str, key: str) -> ObjectInfo | None:
        """Raises NoSuchBucket."""
        self.index.require_bucket(bucket)
        return self.index.get(bucket, key)

    def require(self, bucket: str, key: str) -> ObjectInfo:
        """Raises NoSuchBucket and NoSuchKey."""
        found = self.head(bucket, key)
        if found is None:
            raise NoSuchKey(bucket, key)
        return found

    def open(self, bucket: str, key: str) -> BinaryIO:
        """The object's bytes; they stay the same even if it is replaced. Raises NoSuchBucket and NoSuchKey."""
        return self.read(bucket, key)[1]

    def read(self, bucket: str, key: str) -> tuple[ObjectInfo, BinaryIO]:
        """What is known of the object, and its bytes. Raises NoSuchBucket and NoSuchKey."""
        with self.index.database.transaction():  # no writer replaces the object between the two lines
            info = self.require(bucket, key)
            return info, self.blobs.path(info.blob).open("rb")

    def duplicate(self, bucket: str, key: str) -> tuple[ObjectInfo, Blob]:
        """An object and a new blob with its bytes, to be published elsewhere. Raises NoSuchBucket and NoSuchKey."""
        with self.index.database.transaction():
            info = self.require(bucket, key)
            return info, Blob(self.blobs.link(info.blob), info.size, info.etag, info.about.checksums)

    def download(self, bucket: str, key: str, path: Path) -> None:
        """Copy an object to a file. Never a hard link: a job may write into its input."""
        with self.open(bucket, key) as source, path.open("wb", buffering=0) as target:
            append(source, target)

    def put_file(self, bucket: str, key: str, path: Path) -> ObjectInfo:
        """Store a copy of a file. Raises NoSuchBucket."""
        with path.open("rb") as file:
            return self.put(bucket, key, pieces_of(file))

    def put_bytes(self, bucket: str, key: str, data: bytes) -> ObjectInfo:
        """Store bytes. Raises NoSuchBucket."""
        return self.put(bucket, key, [data])

    def put(self, bucket: str, key: str, pieces: Iterable[bytes], about: About | None = None) -> ObjectInfo:
        """Store what comes in pieces. Raises NoSuchBucket and KeyTooLongError before the first piece is read."""
        self.check_target(bucket, key)
        return self.publish(bucket, key, self.blobs.write(pieces), about or About())

    def publish(
        self, bucket: str, key: str, blob: Blob, about: About, *, condition: Condition | None = None
    ) -> ObjectInfo:
        """Let a key name a written blob, in one step; if that is refused, the blob is removed."""
        about = replace(about, checksums={**about.checksums, **blob.checksums})
        info = ObjectInfo(key, blob.size, blob.etag, time.time(), blob.name, about)
        try:
            old = self.index.swap(bucket, info, condition)
        except BaseException:
            self.blobs.discard(blob.name)
            raise
        if old:
            self.blobs.discard(old.blob)
        return info

    def delete(self, bucket: str, key: str, condition: Condition | None = None) -> None:
        """Remove an object; one that is not there is no error. Raises NoSuchBucket."""
        old = self.index.remove(bucket, key, condition)
        if old:
            self.blobs.discard(old.blob)

    def set_tags(self, bucket: str, key: str, tags: dict[str, str]) -> None:
        """Replace an object's tags. Raises NoSuchBucket and NoSuchKey."""
        with self.index.database.transaction():
            info = self.require(bucket, key)
            self.index.swap(bucket, replace(info, about=replace(info.about, tags=tags)))

    def check_target(self, bucket: str, key: str) -> None:
        """Raises NoSuchBucket, and KeyTooLongError beyond 1024 bytes."""
        self.index.require_bucket(bucket)
        if len(key.encode()) > _LONGEST_KEY:
            raise ServiceError("KeyTooLongError", f"Your key is longer than {_LONGEST_KEY} bytes: {key}", 400)

    def clear(self) -> None:
        """Forget every bucket and object."""
        self.index.clear()
        self.blobs.sweep(set())

    def close(self) -> None:
        self.index.database.close()
