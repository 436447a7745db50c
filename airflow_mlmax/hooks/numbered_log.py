"""An append-only log in S3: one JSON object for each entry, written once and never changed.

An object's name is its number, and S3 writes it only if there is none of that name (`If-None-Match: *`). So of two writers at the
same time one is written, and the other learns of it.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from airflow_mlmax.hooks.s3 import S3Objects

_DIGITS = 6


@dataclass(frozen=True)
class NumberedLog:
    """The entries of one log, numbered from 1.

    :param uri: S3 prefix of the log
    """

    s3: S3Objects
    uri: str

    def listed(self) -> list[str]:
        """URIs of all entries, the oldest first."""
        return [item["uri"] for item in self.s3.list(f"{self._home}/") if item["uri"].endswith(".json")]

    def read(self, uri: str) -> dict[str, Any]:
        """An entry that is there."""
        entry: dict[str, Any] = self.s3.read_json(uri)
        return entry

    def address(self, number: int) -> str:
        """URI of the entry of a number."""
        return f"{self._home}/{number:0{_DIGITS}}.json"

    def write(self, number: int, entry: Mapping[str, Any]) -> bool:
        """Writes an entry; False if the number is taken, and then nothing is written."""
        return self.s3.put_if_absent(
            self.address(number), json.dumps(entry, sort_keys=True, allow_nan=False).encode()
        )

    @property
    def _home(self) -> str:
        return self.uri.rstrip("/")
