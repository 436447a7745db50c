"""Daily files in S3, pinned: a run names exactly the objects it uses, with their ETags."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from itertools import groupby
from typing import Any

from airflow.providers.common.compat.sdk import AirflowFailException

from airflow_mlmax.hooks.s3 import S3Objects
from airflow_mlmax.pipelines.lateness import Lateness

_MANY = 5
_SAMPLE = 65_536
"""Bytes."""


@dataclass(frozen=True)
class Pinned:
    """One object as it was when the run looked."""

    uri: str
    etag: str
    size: int


def pin_days(
    s3: S3Objects, source: str, wanted: Sequence[date], lateness: Lateness | None = None
) -> list[Pinned]:
    """The objects below `source/date=YYYY-MM-DD/` of the wanted days, in order of days.

    :param source: S3 URI of a folder with one `date=` partition a day
    :param wanted: days in order, without gaps
    :param lateness: what to do about objects that came too late for a run about these days; nothing if not given
    :raises AirflowFailException: a day has no object, or objects are late; names them
    """
    by_day = _landed(s3, source, wanted[0], wanted[-1])
    if missing := [day for day in map(str, wanted) if day not in by_day]:
        raise AirflowFailException(_what_is_missing(source, missing, sorted(by_day)))
    objects = [each for day in wanted for each in by_day[str(day)]]
    if lateness:
        lateness.look(s3, objects, wanted[-1])
    return [_pinned(each) for each in objects]


def landed_days(s3: S3Objects, source: str, first: date, last: date) -> dict[str, list[Pinned]]:
    """The objects below `source/date=YYYY-MM-DD/` by day, for the days from first to last that have any."""
    return {day: [*map(_pinned, objects)] for day, objects in _landed(s3, source, first, last).items()}


def rows_about(s3: S3Objects, pins: Sequence[Pinned]) -> int:
    """Rows of CSV objects with a header, from their sizes and the mean line at the beginning of the largest; no more is read."""
    if not pins:
        return 0
    largest = max(pins, key=lambda pinned: pinned.size)
    body = s3.open(largest.uri, etag=largest.etag)["Body"]
    header, *lines = body.read(_SAMPLE).splitlines(keepends=True) or [b""]
    body.close()
    if len(lines) > 1 and largest.size > _SAMPLE:
        del lines[-1]  # cut off
    mean = sum(map(len, lines)) / len(lines) if lines else float("inf")
    return sum(round(max(0, pinned.size - len(header)) / mean) for pinned in pins)


def write_pins(s3: S3Objects, uri: str, pins: Sequence[Pinned]) -> str:
    """Keeps pins as JSON beside the results of the run; gives the SHA-256 of that file."""
    return s3.write_json(uri, [asdict(pinned) for pinned in pins])


def read_pins(s3: S3Objects, uri: str) -> list[Pinned]:
    """Pins that `write_pins` has kept."""
    return [Pinned(**item) for item in s3.read_json(uri)]


def write_manifest(s3: S3Objects, uri: str, source: str, pins: Sequence[Pinned]) -> str:
    """The pinned objects as SageMaker's manifest: the common prefix, then the keys below it; gives the URI."""
    prefix = f"{source}/"
    s3.write_json(uri, [{"prefix": prefix}, *(pinned.uri.removeprefix(prefix) for pinned in pins)])
    return uri


def _landed(s3: S3Objects, source: str, first: date, last: date) -> dict[str, list[Mapping[str, Any]]]:
    prefix = f"{source}/date="
    found = _between(s3, prefix, str(first), str(last))
    days = groupby(found, key=lambda each: each["uri"].removeprefix(prefix).partition("/")[0])
    return {day: list(objects) for day, objects in days}


def _between(s3: S3Objects, prefix: str, first: str, last: str) -> Iterator[Mapping[str, Any]]:
    """Objects of the partitions from first to last: S3 lists keys in order, and so do the days sort."""
    for item in s3.list(prefix, after=f"{prefix}{first}"):
        if item["uri"][len(prefix) :][: len(last)] > last:
            return
        if not item["uri"].endswith("/"):
            yield item


def _pinned(item: Mapping[str, Any]) -> Pinned:
    return Pinned(item["uri"], item["ETag"].strip('"'), item["Size"])


def _what_is_missing(source: str, missing: Sequence[str], there: Sequence[str]) -> str:
    more = f" and {len(missing) - _MANY} more" if len(missing) > _MANY else ""
    found = (
        f"of the wanted days, {there[0]} to {there[-1]} are there"
        if there
        else "none of the wanted days is there"
    )
    return (
        f"no files below {source}/ for {', '.join(missing[:_MANY])}{more}; {found}. "
        "Wait for the files, or run for other days"
    )
