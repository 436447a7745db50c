"""Predictions become visible as a whole: data objects first, `manifest.json` last; readers begin with the manifest.

A data object's name holds its ETag and no object is ever replaced by other content, so a reader with the old manifest
still finds the old set while the new one appears, and publishing the same result again changes nothing.
"""

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import zip_longest
from pathlib import PurePosixPath
from typing import Any

from airflow.providers.common.compat.sdk import AirflowFailException

from airflow_mlmax.exceptions import ApiError
from airflow_mlmax.hooks.s3 import S3Objects
from airflow_mlmax.pipelines.landing import Pinned

MANIFEST = "manifest.json"


@dataclass(frozen=True)
class Published:
    """One data object of a published set."""

    uri: str
    etag: str
    size: int
    rows: int


class UnscoredRowError(AirflowFailException):
    """Rows that went in and rows that came out are not the same rows. Nothing was published."""


@dataclass(frozen=True)
class Publication:
    """One set of predictions on its way to its readers.

    :param source: S3 URI of the folder that was scored
    :param scored: S3 URI of the folder with `<path below source>.out` for each input: the same keys in the same
        order, first column key, last column prediction
    :param target: S3 URI of the folder that readers read
    """

    s3: S3Objects
    source: str
    scored: str
    target: str

    def publish(self, inputs: Sequence[Pinned], about: Mapping[str, Any]) -> dict[str, Any]:
        """Checks every scored row against its input row, then publishes. Gives `manifest_uri` and `rows`.

        :param inputs: CSV objects with a header whose first column is the row key
        :param about: what else the manifest says
        :raises UnscoredRowError: names the first row that does not fit
        """
        files = [self._publish_file(pinned) for pinned in inputs]
        rows = sum(file.rows for file in files)
        uri = f"{self.target}/{MANIFEST}"
        listed = {"files": [*map(asdict, files)], "inputs": [*map(asdict, inputs)]}
        self.s3.write_json(uri, {**about, "rows": rows, **listed})
        return {"manifest_uri": uri, "rows": rows}

    def _publish_file(self, pinned: Pinned) -> Published:
        name = pinned.uri.removeprefix(f"{self.source}/")
        scored_uri = f"{self.scored}/{name}.out"
        before = self._open(pinned.uri, etag=pinned.etag)
        after = self._open(scored_uri)
        rows = _matching_rows(before["Body"], after["Body"], pinned.uri)
        etag = after["ETag"].strip('"')
        uri = f"{self.target}/data/{PurePosixPath(name).with_suffix('')}-{etag}.csv"
        self.s3.copy(scored_uri, uri, etag=etag)
        return Published(uri, etag, after["ContentLength"], rows)

    def _open(self, uri: str, etag: str | None = None) -> dict[str, Any]:
        try:
            return self.s3.open(uri, etag=etag)
        except ApiError as error:
            if error.code in {"PreconditionFailed", "412"}:
                raise UnscoredRowError(
                    f"{uri} has changed since this run read it; clear the whole run"
                ) from None
            if error.code in {"NoSuchKey", "404"}:
                raise UnscoredRowError(f"{uri} is missing; clear the whole run to score it again") from None
            raise


def _matching_rows(before: Any, after: Any, uri: str) -> int:
    """Number of rows below the header, if each has its prediction."""
    number = 0
    for number, (row, scored) in enumerate(zip_longest(_rows(before), _rows(after)), start=1):
        if row is None or scored is None:
            longer = "more" if row is None else "fewer"
            raise UnscoredRowError(f"{uri}: {longer} rows came out than went in, from line {number}")
        key, *_, prediction = [*scored, ""] if len(scored) < 2 else scored  # noqa: PLR2004 - key and prediction
        if key != row[0] or not prediction:
            raise UnscoredRowError(f"{uri}: line {number} has the key {row[0]!r}, but scored is {scored}")
    return max(number - 1, 0)


def _rows(body: Any) -> Iterator[list[str]]:
    """Rows of a CSV object; a batch transform may put an empty line after each of its batches."""
    return (row for row in csv.reader(line.decode() for line in body.iter_lines()) if row)
