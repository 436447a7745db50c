"""The data that an execution looks at: what transform jobs captured within a window of time."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from airflow_mlmax.local.container.transfer import Location
from airflow_mlmax.local.errors import ServiceError

if TYPE_CHECKING:
    from airflow_mlmax.local.s3.objects import ObjectStore

_SIDES = ("input", "output")
_NEEDS_PREDICTIONS = frozenset({"ModelQuality", "ModelBias"})


@dataclass(frozen=True)
class Window:
    """From `start` on, up to but not including `end`."""

    start: datetime
    end: datetime

    def hours(self) -> list[str]:
        """The folders of capture, `yyyy/mm/dd/hh`, that the window touches."""
        hour = self.start.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
        found = []
        while hour < self.end:
            found.append(hour.strftime("%Y/%m/%d/%H"))
            hour += timedelta(hours=1)
        return found


def inputs(
    objects: "ObjectStore", area: str, given: Mapping[str, Any], window: Window
) -> list[dict[str, Any]]:
    """`ProcessingInputs` of the captured data; none if the window holds none.

    Below the destination lie manifests, in `input/yyyy/mm/dd/hh/` of what went into transform jobs and in `output/...`
    of what came out: monitors that need predictions look at the second, the others at the first. A prefix without
    these folders is taken for the data themselves.
    """
    root, folder = Location.parse(given["DataCapturedDestinationS3Uri"]), PurePosixPath(given["LocalPath"])
    if not any(_keys(objects, root.below(side, "")) for side in _SIDES):
        return [_input("captured", root, folder, given, "S3Prefix")] if _keys(objects, root) else []
    side = "output" if area in _NEEDS_PREDICTIONS else "input"
    manifests = [
        (Location(root.bucket, key), folder / hour / PurePosixPath(key).stem)
        for hour in window.hours()
        for key in _keys(objects, root.below(side, hour, ""))
    ]
    return [
        _input(f"captured-{number}", manifest, place, given, "ManifestFile")
        for number, (manifest, place) in enumerate(manifests, 1)
    ]


def _keys(objects: "ObjectStore", prefix: Location) -> list[str]:
    try:
        return [found.key for found in objects.list(prefix.bucket, prefix.key)]
    except ServiceError:  # no such bucket
        return []


def _input(
    name: str, source: Location, folder: PurePosixPath, given: Mapping[str, Any], kind: str
) -> dict[str, Any]:
    distribution = given.get("S3DataDistributionType", "FullyReplicated")
    return s3_input(name, source.uri, str(folder), S3DataType=kind, S3DataDistributionType=distribution)


def s3_input(name: str, uri: str, local_path: str, **members: str) -> dict[str, Any]:
    """One of `ProcessingInputs`."""
    source = {
        "S3Uri": uri,
        "LocalPath": local_path,
        "S3DataType": "S3Prefix",
        "S3InputMode": "File",
        **members,
    }
    return {"InputName": name, "S3Input": source}
