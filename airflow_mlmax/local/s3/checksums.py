"""The checksums that S3 clients send with a body."""

import base64
import hashlib
import zlib
from collections.abc import Callable
from typing import Protocol


class Digest(Protocol):
    """What hashlib's objects and `_Crc32` have in common."""

    def update(self, data: bytes, /) -> None: ...

    def digest(self) -> bytes: ...


class _Crc32:
    def __init__(self, data: bytes = b"") -> None:
        self._value = zlib.crc32(data)

    def update(self, data: bytes, /) -> None:
        self._value = zlib.crc32(data, self._value)

    def digest(self) -> bytes:
        return self._value.to_bytes(4, "big")


DIGESTS: dict[str, Callable[[], Digest]] = {
    "crc32": _Crc32,
    "sha1": lambda: hashlib.sha1(usedforsecurity=False),
    "sha256": hashlib.sha256,
    "sha512": hashlib.sha512,
}
"""Algorithms that the standard library computes; others are kept as the client declares them."""

UNCOMPUTED = frozenset({"crc32c", "crc64nvme"})
ALGORITHMS = frozenset(DIGESTS) | UNCOMPUTED


def encoded(digest: Digest) -> str:
    """A checksum as headers carry it."""
    return base64.b64encode(digest.digest()).decode()


def composite(algorithm: str, parts: list[str]) -> str | None:
    """Checksum of a multipart object, made from those of its parts; None for an algorithm that is not computed."""
    if algorithm not in DIGESTS:
        return None
    digest = DIGESTS[algorithm]()
    for part in parts:
        digest.update(base64.b64decode(part))
    return f"{encoded(digest)}-{len(parts)}"
