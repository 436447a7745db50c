"""What was predicted on the days up to one day, by the version that scored that day, and what can be known of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from airflow.providers.common.compat.sdk import AirflowFailException

from airflow_mlmax.exceptions import ApiError
from airflow_mlmax.hooks.s3 import S3Objects
from airflow_mlmax.pipelines.landing import Pinned, landed_days, pin_days, write_manifest
from airflow_mlmax.pipelines.publishing import MANIFEST
from airflow_mlmax.pipelines.runs import days

_NOT_THERE = frozenset({"NoSuchKey", "NoSuchBucket"})


@dataclass(frozen=True)
class Sources:
    """S3 URIs of folders: rows and labels in `date=` partitions, predictions in `interval=` partitions."""

    rows: str
    labels: str
    predictions: str


@dataclass(frozen=True)
class Observation:
    """Published days, one after the other, that one version scored."""

    model_package_arn: str
    published: Mapping[str, Mapping[str, Any]]
    """Manifest of the predictions by day."""

    def write(self, s3: S3Objects, sources: Sources, place: str) -> dict[str, str]:
        """Pins everything; gives the URI of a SageMaker manifest for `rows`, `labels` and `predictions`.

        Labels of an earlier day that have not come make its rows unlabelled, which the monitors count.
        """
        wanted = [date.fromisoformat(day) for day in self.published]
        labels = landed_days(s3, sources.labels, wanted[0], wanted[-1])
        pins = {
            "rows": pin_days(s3, sources.rows, wanted),
            "labels": [pinned for day in self.published for pinned in labels.get(day, ())],
            "predictions": [
                Pinned(file["uri"], file["etag"], file["size"])
                for manifest in self.published.values()
                for file in manifest["files"]
            ],
        }
        return {
            name: write_manifest(s3, f"{place}/{name}.manifest", getattr(sources, name), found)
            for name, found in pins.items()
        }


def observe(s3: S3Objects, predictions: str, day: date, window_days: int) -> Observation:
    """The days up to `day`, at most `window_days`, that the version which scored `day` has scored.

    :param predictions: S3 URI of the folder with `interval=` partitions
    :raises AirflowFailException: nothing is published for `day`
    """
    window = days(day - timedelta(days=window_days - 1), day + timedelta(days=1))
    found = {str(each): _manifest(s3, predictions, each) for each in window}
    last = found[str(day)]
    if last is None:
        raise AirflowFailException(
            f"no predictions are published for {day} below {predictions}/; score that day first"
        )
    arn = last["model_package_arn"]
    same = {
        each: manifest
        for each, manifest in found.items()
        if manifest and manifest["model_package_arn"] == arn
    }
    return Observation(arn, same)


def _manifest(s3: S3Objects, predictions: str, day: date) -> dict[str, Any] | None:
    try:
        manifest: dict[str, Any] = s3.read_json(f"{predictions}/interval={day}/{MANIFEST}")
    except ApiError as error:
        if error.code not in _NOT_THERE:
            raise
        return None
    return manifest
