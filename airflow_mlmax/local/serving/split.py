"""Input objects cut into the bodies of requests: whole, line by line, or as many lines as the payload holds."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

MEGABYTE = 2**20


class TooLargeError(Exception):
    """A record, or an object that is not split, exceeds MaxPayloadInMB."""


@dataclass(frozen=True)
class Splitting:
    """How objects become requests: SplitType, BatchStrategy and MaxPayloadInMB of a transform job."""

    is_by_line: bool = False
    is_single_record: bool = False
    payload_mb: int = 6
    """Largest body in MB; 0 sets no bound, and bodies are sent in chunks."""

    @property
    def limit(self) -> int | None:
        """Largest body in bytes; None for no bound."""
        return self.payload_mb * MEGABYTE or None

    def batches(self, file: BinaryIO) -> Iterator[list[bytes]]:
        """The records of each request. Lines keep their newline; an object that is not split is one record.

        Raises TooLargeError at the record that no request can hold.
        """
        if not self.is_by_line:
            yield [_whole(file, self.limit)]
            return
        records = _lines(file, self.limit)
        yield from ([record] for record in records) if self.is_single_record else self.packed(records)

    def packed(self, records: Iterable[bytes]) -> Iterator[list[bytes]]:
        """As many records in each batch as the limit allows, in order."""
        batch: list[bytes] = []
        size = 0
        for record in records:
            if batch and self.limit and size + len(record) > self.limit:
                yield batch
                batch, size = [], 0
            batch.append(record)
            size += len(record)
        if batch:
            yield batch


def _whole(file: BinaryIO, limit: int | None) -> bytes:
    body = file.read() if limit is None else file.read(limit + 1)
    if limit is not None and len(body) > limit:
        raise TooLargeError(
            f"the object is larger than MaxPayloadInMB ({limit // MEGABYTE}); split it by Line or raise the limit"
        )
    return body


def _lines(file: BinaryIO, limit: int | None) -> Iterator[bytes]:
    """Lines of a file, of which never more than one is in memory. A last line without a newline counts."""
    number = 0
    while line := file.readline() if limit is None else file.readline(limit + 1):
        number += 1
        if limit is not None and len(line) > limit:
            raise TooLargeError(
                f"line {number} is larger than MaxPayloadInMB ({limit // MEGABYTE}); raise the limit"
            )
        yield line
