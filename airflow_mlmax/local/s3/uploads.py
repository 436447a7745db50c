"""Objects that arrive in parts."""

import hashlib
import time
import uuid
from dataclasses import dataclass
from typing import Any

from airflow_mlmax.local.errors import ServiceError
from airflow_mlmax.local.s3.blobs import Blob, Blobs
from airflow_mlmax.local.s3.checksums import composite
from airflow_mlmax.local.s3.errors import NoSuchUpload
from airflow_mlmax.local.s3.index import About, Index

SMALLEST_PART = 5 * 2**20
MOST_PARTS = 10_000

_PART = "number, size, etag, modified, blob, algorithm, checksum"


@dataclass(frozen=True)
class Upload:
    """A multipart upload that is neither completed nor aborted."""

    id: str
    bucket: str
    key: str
    started: float
    about: About


@dataclass(frozen=True)
class Part:
    """One part that has arrived."""

    number: int
    size: int
    etag: str
    modified: float
    blob: str
    algorithm: str | None
    checksum: str | None


class Uploads:
    """Multipart uploads in progress. Parts are files like objects are, named by rows of their own."""

    def __init__(self, index: Index, blobs: Blobs) -> None:
        self._database = index.database
        self._blobs = blobs

    def begin(self, bucket: str, key: str, about: About) -> Upload:
        upload = Upload(uuid.uuid4().hex, bucket, key, time.time(), about)
        self._database.rows(
            "INSERT INTO uploads VALUES (?, ?, ?, ?, ?)",
            upload.id,
            bucket,
            key,
            upload.started,
            about.to_json(),
        )
        return upload

    def get(self, upload: str, bucket: str, key: str) -> Upload:
        """Raises NoSuchUpload."""
        row = self._database.row(
            "SELECT * FROM uploads WHERE id = ? AND bucket = ? AND key = ?", upload, bucket, key
        )
        if row is None:
            raise NoSuchUpload(upload)
        return _upload(row)

    def of_bucket(self, bucket: str, prefix: str = "") -> list[Upload]:
        """Unfinished uploads in the order of their keys."""
        rows = self._database.rows("SELECT * FROM uploads WHERE bucket = ? ORDER BY key, id", bucket)
        return [upload for upload in map(_upload, rows) if upload.key.startswith(prefix)]

    def add(self, upload: str, number: int, blob: Blob) -> Part:
        """Keep a part in place of an earlier one of its number. Raises NoSuchUpload and removes the blob then."""
        algorithm, checksum = next(iter(blob.checksums.items()), (None, None))
        part = Part(number, blob.size, blob.etag, time.time(), blob.name, algorithm, checksum)
        try:
            with self._database.transaction():
                self._require(upload)
                old = self._database.row(
                    "SELECT blob FROM parts WHERE upload = ? AND number = ?", upload, number
                )
                self._database.rows(
                    f"INSERT OR REPLACE INTO parts (upload, {_PART}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",  # noqa: S608 - a constant
                    upload, *vars(part).values(),
                )  # fmt: skip
        except BaseException:
            self._blobs.discard(blob.name)
            raise
        if old:
            self._blobs.discard(*old)
        return part

    def _require(self, upload: str) -> None:
        if self._database.row("SELECT 1 FROM uploads WHERE id = ?", upload) is None:
            raise NoSuchUpload(upload)

    def parts(self, upload: str) -> list[Part]:
        """Parts that have arrived, by number."""
        rows = self._database.rows(f"SELECT {_PART} FROM parts WHERE upload = ? ORDER BY number", upload)  # noqa: S608 - a constant
        return [Part(*row) for row in rows]

    def join(self, upload: Upload, wanted: list[tuple[int, str]]) -> Blob:
        """Write the object's file from the wanted parts, each a number and an ETag; the upload itself stays.

        Raises InvalidPart, InvalidPartOrder, EntityTooSmall, and NoSuchUpload if it is aborted meanwhile.
        """
        parts = _chosen(self.parts(upload.id), wanted)
        try:
            name = self._blobs.join([part.blob for part in parts])
        except FileNotFoundError as error:
            raise NoSuchUpload(upload.id) from error
        md5 = b"".join(bytes.fromhex(part.etag.strip('"')) for part in parts)
        etag = f'"{hashlib.md5(md5, usedforsecurity=False).hexdigest()}-{len(parts)}"'
        return Blob(name, sum(part.size for part in parts), etag, _checksums(parts))

    def end(self, upload: str) -> None:
        """Forget an upload with its parts."""
        with self._database.transaction():
            names = [part.blob for part in self.parts(upload)]
            self._database.rows("DELETE FROM parts WHERE upload = ?", upload)
            self._database.rows("DELETE FROM uploads WHERE id = ?", upload)
        self._blobs.discard(*names)

    def forget_bucket(self, bucket: str) -> None:
        """End every upload into a bucket."""
        for upload in self.of_bucket(bucket):
            self.end(upload.id)

    def names(self) -> set[str]:
        return {name for (name,) in self._database.rows("SELECT blob FROM parts")}


def _upload(row: tuple[Any, ...]) -> Upload:
    name, bucket, key, started, about = row
    return Upload(name, bucket, key, started, About.from_json(about))


def _chosen(arrived: list[Part], wanted: list[tuple[int, str]]) -> list[Part]:
    numbers = [number for number, _ in wanted]
    if numbers != sorted(set(numbers)):
        raise ServiceError("InvalidPartOrder", "The list of parts was not in ascending order", 400)
    by_number = {part.number: part for part in arrived}
    parts = [by_number.get(number) for number in numbers]
    for part, (number, etag) in zip(parts, wanted, strict=True):
        if part is None or part.etag.strip('"') != etag.strip('"'):
            raise ServiceError("InvalidPart", f"Part {number} has not arrived with the ETag {etag}", 400)
    chosen = [part for part in parts if part]
    for part in chosen[:-1]:
        if part.size < SMALLEST_PART:
            raise ServiceError(
                "EntityTooSmall",
                f"Part {part.number} has {part.size} bytes; only the last may have less than {SMALLEST_PART}",
                400,
            )
    return chosen


def _checksums(parts: list[Part]) -> dict[str, str]:
    """The checksum of the whole, if all parts came with one of the same algorithm."""
    algorithms = {part.algorithm for part in parts}
    algorithm = algorithms.pop() if len(algorithms) == 1 else None
    whole = composite(algorithm, [part.checksum or "" for part in parts]) if algorithm else None
    return {algorithm: whole} if algorithm and whole else {}
