"""What speaks for and against a training: asset events, the registry, the labels that have landed, other runs."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from airflow.sdk import Asset

from airflow_mlmax.hooks.model_packages import newest
from airflow_mlmax.hooks.s3 import S3Objects
from airflow_mlmax.hooks.sagemaker import SageMakerJobHook
from airflow_mlmax.operators.identity import run_type
from airflow_mlmax.pipelines.decision import Cause, Training
from airflow_mlmax.pipelines.landing import landed_days, rows_about
from airflow_mlmax.pipelines.runs import BACKFILL, SCHEDULED
from airflow_mlmax.sagemaker.baselines import TUNING_JOB
from airflow_mlmax.sagemaker.jobs import TUNING
from airflow_mlmax.specs.retraining import Retraining

_LIVE = ["queued", "running"]
_FIRST_DAY = date(1, 1, 1)
_MOST_EVENTS = 100


@dataclass(frozen=True)
class Events:
    """The asset events that a run is about, without those that do not count.

    :param causes: cause by asset
    """

    causes: Mapping[Asset, Cause]
    policy: Retraining

    def triggering(self, context: Mapping[str, Any]) -> dict[Cause, list[Any]]:
        """Those that started the run, by cause."""
        events = context["triggering_asset_events"]
        found: dict[Cause, list[Any]] = {
            cause: [*self._counted(events.get(asset) or ())] for asset, cause in self.causes.items()
        }
        return {cause: those for cause, those in found.items() if those}

    def drift_days(self, context: Mapping[str, Any]) -> list[date]:
        """Days of the newest drift events, those before this run included: one day has no row."""
        asset = next(asset for asset, cause in self.causes.items() if cause == "drift")
        events = context["inlet_events"][asset].ascending(False).limit(_MOST_EVENTS)
        return [*days_of(self._counted(events))]

    def _counted(self, events: Iterable[Any]) -> Iterator[Any]:
        for event in events:
            backfilled = str(event.source_run_id or "").startswith(f"{BACKFILL}__")
            if not backfilled or self.policy.backfilled_events == "count":
                yield event


def days_of(events: Iterable[Any]) -> Iterator[date]:
    """The days that events name in their `extra`."""
    for event in events:
        if day := (event.extra or {}).get("day"):
            yield date.fromisoformat(day)


def causes_of(context: Mapping[str, Any], triggering: Mapping[Cause, list[Any]]) -> list[Cause]:
    """Why the run was started; none where all its events do not count."""
    if run_type(context) == "asset_triggered":
        return sorted(triggering)
    return ["schedule"] if run_type(context) in {SCHEDULED, BACKFILL} else ["request"]


def last_day(context: Mapping[str, Any], triggering: Mapping[Cause, list[Any]]) -> date:
    """The last day that the run may know of: before the param `until`, of its events, or before its interval's end."""
    run = context["dag_run"]
    if given := context["params"].get("until"):
        return date.fromisoformat(given) - timedelta(days=1)
    if told := [day for events in triggering.values() for day in days_of(events)]:
        return max(told)
    by_interval = run_type(context) in {SCHEDULED, BACKFILL}
    moment: datetime = (run.data_interval_end if by_interval else None) or run.run_after
    return moment.date() - timedelta(days=1)


@dataclass(frozen=True)
class Version:
    """The newest registered version, approved or not."""

    training: Training
    tuning_job: str | None

    @classmethod
    def newest(cls, sagemaker: SageMakerJobHook, group: str) -> "Version | None":
        """None where there is none, or it does not say until when it was trained."""
        package = newest(sagemaker, group)
        metadata = (package or {}).get("CustomerMetadataProperties") or {}
        if package is None or "until" not in metadata:
            return None
        until = date.fromisoformat(metadata["until"])
        who = f"version {package['ModelPackageVersion']}"
        return cls(Training(until, package["CreationTime"], who), metadata.get(TUNING_JOB))


def last_training(version: Version | None, decision: Mapping[str, Any] | None) -> Training | None:
    """The newer of the newest version and the last decision to train, from which no version may have come."""
    if version is None or decision is None:
        return version.training if version else None
    at = datetime.fromisoformat(decision["at"])
    decided = Training(
        date.fromisoformat(decision["until"]), at, f"the training {decision['training_run_id']}"
    )
    return max(version.training, decided, key=lambda each: (each.until, each.at))


def new_labels(s3: S3Objects, labels: str, first: date | None, last: date) -> tuple[date | None, int]:
    """The day after the last one with labels from `first` to `last`, and about how many rows they have.

    :param labels: S3 URI of a folder with one `date=` partition of CSV a day
    """
    found = landed_days(s3, labels, first or _FIRST_DAY, last)
    pins = [pinned for those in found.values() for pinned in those]
    end = date.fromisoformat(max(found)) + timedelta(days=1) if found else None
    return end, rows_about(s3, pins)


def on_the_way(ti: Any, dag_id: str, own: str, decision: Mapping[str, Any] | None) -> Iterator[str]:
    """Trainings that another decision must wait for, the one that was decided on a moment ago included.

    :param own: DAG of the decisions
    """
    if count := ti.get_dr_count(dag_id=dag_id, states=_LIVE):
        yield (
            f"{count} run of {dag_id} is on its way"
            if count == 1
            else f"{count} runs of {dag_id} are on their way"
        )
    if decision and ti.get_dr_count(dag_id=own, run_ids=[decision["run_id"]], states=_LIVE):
        yield f"{decision['run_id']} has decided to train and is about to"


def parent_search(sagemaker: SageMakerJobHook, policy: Retraining, version: Version | None) -> str | None:
    """The search that the next one learns from; None where the settings or the search itself do not allow it."""
    if policy.warm_start is None or version is None or version.tuning_job is None:
        return None
    description = sagemaker.find(TUNING, version.tuning_job)
    completed = description is not None and str(TUNING.status(description)) == "Completed"
    return version.tuning_job if completed else None
