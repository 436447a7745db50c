"""Predictions become visible as a whole: data objects first, `manifest.json` last; readers begin with the manifest.

A data object's name holds its ETag and no object is ever replaced by other content, so a reader with the old manifest
still finds the old set while the new one appears, and publishing the same result again changes nothing.
"""

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import islice
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


@dataclass(frozen=True)
class _Row:
    """A row that landed."""

    place: str
    key: str

    def __str__(self) -> str:
        return f"{self.place} with the key {self.key!r}"


class UnscoredRowError(AirflowFailException):
    """Rows that went in are not those that were scored and quarantined. Nothing was published."""


class _Landed:
    """The rows that landed, gone through once in their order beside those that were scored."""

    def __init__(self, rows: Iterator[_Row], quarantined: int) -> None:
        self._rows = rows
        self._quarantined = quarantined
        self.scored = 0
        self.left_out = 0

    def match(self, scored: Sequence[str]) -> None:
        """Goes on to the row of this prediction."""
        for row in self._rows:
            if row.key == scored[0]:
                if len(scored) < 2 or not scored[-1]:  # noqa: PLR2004 - key and prediction
                    raise UnscoredRowError(f"{row} has no prediction, scored is {scored}")
                self.scored += 1
                return
            self._leave_out(row, f"scored is {scored}")
        raise UnscoredRowError(f"more rows came out than went in, such as {scored}")

    def end(self) -> None:
        """Every row that is left must be a quarantined one, and all of them must have been met."""
        for row in self._rows:
            self._leave_out(row, "nothing more was scored: fewer rows came out than went in")
        if self.left_out < self._quarantined:
            raise UnscoredRowError(
                f"{self._quarantined} rows were quarantined, but only {self.left_out} were left out of the scored ones"
            )

    def _leave_out(self, row: _Row, instead: str) -> None:
        self.left_out += 1
        if self.left_out > self._quarantined:
            why = f" and the gate quarantined only {self._quarantined}" if self._quarantined else ""
            raise UnscoredRowError(f"{row} was not scored{why}; {instead}")


@dataclass(frozen=True)
class Publication:
    """One set of predictions on its way to its readers.

    :param source: S3 URI of what was scored: a folder, or the object with the rows that a gate has left
    :param scored: S3 URI of the folder with `<path below source>.out` for each object: the same keys in the same
        order, first column key, last column prediction
    :param target: S3 URI of the folder that readers read
    """

    s3: S3Objects
    source: str
    scored: str
    target: str

    def publish(
        self, inputs: Sequence[Pinned], about: Mapping[str, Any], *, quarantined: int = 0
    ) -> dict[str, Any]:
        """Checks every row that landed: it was scored or quarantined. Then publishes; gives `manifest_uri`, `rows`, `rows_quarantined`.

        :param inputs: CSV objects with a header whose first column is the row key
        :param about: what else the manifest says
        :param quarantined: rows that a gate has taken out; then the source is the object with the others
        :raises UnscoredRowError: names the first row that does not fit
        """
        landed = _Landed(self._rows(inputs), quarantined)
        names = [PurePosixPath(self.source).name] if quarantined else [*map(self._name, inputs)]
        files = [self._publish_file(name, landed) for name in names]
        landed.end()
        rows = {"rows": landed.scored, "rows_quarantined": landed.left_out}
        listed = {"files": [*map(asdict, files)], "inputs": [*map(asdict, inputs)]}
        uri = f"{self.target}/{MANIFEST}"
        self.s3.write_json(uri, {**about, **rows, "rows_in": sum(rows.values()), **listed})
        return {"manifest_uri": uri, **rows}

    def _name(self, pinned: Pinned) -> str:
        return pinned.uri.removeprefix(f"{self.source.rstrip('/')}/")

    def _rows(self, inputs: Sequence[Pinned]) -> Iterator[_Row]:
        """The rows of all objects, each where it stands and what its key is."""
        for pinned in inputs:
            body = self._open(pinned.uri, etag=pinned.etag)["Body"]
            for number, (key, *_) in _below_header(body):
                yield _Row(f"{pinned.uri}: line {number}", key)

    def _publish_file(self, name: str, landed: _Landed) -> Published:
        scored_uri = f"{self.scored}/{name}.out"
        found, before = self._open(scored_uri), landed.scored
        for _, row in _below_header(found["Body"]):
            landed.match(row)
        etag = found["ETag"].strip('"')
        uri = f"{self.target}/data/{PurePosixPath(name).with_suffix('')}-{etag}.csv"
        self.s3.copy(scored_uri, uri, etag=etag)
        return Published(uri, etag, found["ContentLength"], landed.scored - before)

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


def _below_header(body: Any) -> Iterator[tuple[int, list[str]]]:
    """Rows of a CSV object with their numbers; a batch transform may put an empty line after each of its batches."""
    rows = (row for row in csv.reader(line.decode() for line in body.iter_lines()) if row)
    return islice(enumerate(rows, start=1), 1, None)
