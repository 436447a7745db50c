"""Late inputs: an object that came when the run's interval was long over is none that the run could have known then."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Literal

from airflow.providers.common.compat.sdk import AirflowFailException

from airflow_mlmax.hooks.s3 import S3Objects
from airflow_mlmax.moments import moment_of
from airflow_mlmax.specs.data import Data

AVAILABLE_AT = "available-at"
"""Metadata of an object: since when it has been known, in ISO form, where it was written later than that."""

_MANY = 5

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Lateness:
    """What a model's runs do about late inputs."""

    policy: Literal["refuse", "allow"] = "refuse"
    grace_hours: float = 48
    """How long after the end of its interval a run still takes what comes."""

    def look(self, s3: S3Objects, objects: Sequence[Mapping[str, Any]], last: date) -> None:
        """Refuses, or tells in the log, objects that came too late for a run about days up to `last`.

        :param objects: as `S3Objects.list` gives them
        :raises AirflowFailException: names the late objects, when they came, and what to do
        """
        end = datetime.combine(last + timedelta(days=1), time(), UTC)
        latest = end + timedelta(hours=self.grace_hours)
        written_late = [each["uri"] for each in objects if each["LastModified"] > latest]
        late = {uri: at for uri in written_late if (at := _available_at(s3, uri)) > latest}
        if not late:
            return
        what = f"late: {_listed(late)}; the run's interval ended {_shown(end)}, and {self.grace_hours:g} hours later it takes no more"
        if self.policy == "refuse":
            raise AirflowFailException(
                f"{what}. A run must not use what was not known then. Give objects that were there in time and written again later "
                f"the metadata {AVAILABLE_AT} (ISO time); if late data are right, give the model's spec `data.late_files: allow` or more `data.grace_hours`"
            )
        log.warning("%s; the model's spec allows it", what)


def lateness_of(data: Data) -> Lateness:
    """As the model's spec says."""
    return Lateness(data.late_files, data.grace_hours)


def _available_at(s3: S3Objects, uri: str) -> datetime:
    """Since when an object has been known: what its metadata say, else when it was written."""
    found = s3.find(uri)
    if found is None:
        raise AirflowFailException(f"{uri} was deleted while this run looked at it; clear the task")
    said = found["Metadata"].get(AVAILABLE_AT)
    try:
        return moment_of(said) if said else found["LastModified"]
    except ValueError:
        raise AirflowFailException(
            f"{uri}: metadata {AVAILABLE_AT} is {said!r}; write a date or time in ISO form"
        ) from None


def _listed(late: Mapping[str, datetime]) -> str:
    named = [f"{uri} came {_shown(at)}" for uri, at in list(late.items())[:_MANY]]
    return ", ".join([*named, *([f"and {len(late) - _MANY} more"] if len(late) > _MANY else [])])


def _shown(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"
