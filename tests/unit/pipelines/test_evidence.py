from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.sdk import Asset

from airflow_mlmax.hooks.s3 import S3Objects
from airflow_mlmax.pipelines.decision import Training
from airflow_mlmax.pipelines.evidence import (
    Events,
    Version,
    causes_of,
    last_day,
    last_training,
    new_labels,
    on_the_way,
    parent_search,
)
from airflow_mlmax.specs.retraining import Retraining

DRIFT, DATA = Asset("x-mlmax://m/drift"), Asset("x-mlmax://m/labelled")
MONDAY = datetime(2013, 7, 8, 6, tzinfo=UTC)
WARM = Retraining(schedule="@weekly", warm_start="TransferLearning")


def told(day: str | None, run_id: str = "scheduled__x") -> SimpleNamespace:
    return SimpleNamespace(extra={"day": day} if day else {}, source_run_id=run_id)


def context(run_type: str, until: str | None = None, **events: list[Any]) -> dict[str, Any]:
    run = SimpleNamespace(run_type=run_type, run_id="r", run_after=MONDAY, data_interval_end=MONDAY)
    by_name = {"drift": DRIFT, "data": DATA}
    return {
        "dag_run": run,
        "params": {"until": until},
        "triggering_asset_events": {by_name[name]: those for name, those in events.items()},
    }


def events(policy: Retraining | None = None) -> Events:
    return Events({DRIFT: "drift", DATA: "new_data"}, policy or Retraining(schedule="@weekly"))


@pytest.mark.parametrize(
    ("given", "causes", "day"),
    [
        (context("scheduled"), ["schedule"], "2013-07-07"),
        (context("backfill"), ["schedule"], "2013-07-07"),
        (context("manual"), ["request"], "2013-07-07"),
        (context("manual", until="2013-06-01"), ["request"], "2013-05-31"),
        (context("operator_triggered"), ["request"], "2013-07-07"),
        (
            context("asset_triggered", drift=[told("2013-07-02"), told("2013-07-01")]),
            ["drift"],
            "2013-07-02",
        ),
        (
            context("asset_triggered", drift=[told("2013-07-01")], data=[told("2013-07-02")]),
            ["drift", "new_data"],
            "2013-07-02",
        ),
        (context("asset_triggered", drift=[told(None)]), ["drift"], "2013-07-07"),
        (context("asset_triggered", drift=[told("2013-07-02", "backfill__x")]), [], "2013-07-07"),
    ],
    ids=["cron", "backfill", "person", "param", "dag", "drift", "both", "no day", "backfilled"],
)
def test_why_a_run_was_started_and_what_it_may_know(
    given: dict[str, Any], causes: list[str], day: str
) -> None:
    """By who started it; no day after that of its events, its interval, or its param."""
    triggering = events().triggering(given)
    assert causes_of(given, triggering) == causes
    assert last_day(given, triggering) == date.fromisoformat(day)


def test_backfilled_events_count_where_the_settings_say_so() -> None:
    """A replay of the past may be meant."""
    given = context("asset_triggered", drift=[told("2013-07-02", "backfill__x")])
    counting = events(Retraining(schedule="@weekly", backfilled_events="count"))
    assert causes_of(given, counting.triggering(given)) == ["drift"]


def register(runtime: Any, group: str, **metadata: str) -> None:
    runtime.client("sagemaker").create_model_package(
        ModelPackageGroupName=group,
        ModelApprovalStatus="PendingManualApproval",
        CustomerMetadataProperties=metadata,
        InferenceSpecification={
            "Containers": [{"Image": "123.dkr.ecr.us-east-1.amazonaws.com/i:1", "ModelDataUrl": "s3://b/m"}],
            "SupportedContentTypes": ["text/csv"],
            "SupportedResponseMIMETypes": ["text/csv"],
        },
    )


def test_the_newest_version_counts_approved_or_not(runtime: Any, s3: S3Objects) -> None:
    """It says until when it was trained and where its search is; one that does not say is none."""
    assert Version.newest(s3.hook, "nowhere") is None
    runtime.client("sagemaker").create_model_package_group(ModelPackageGroupName="versions")
    register(runtime, "versions", owner="somebody")
    assert Version.newest(s3.hook, "versions") is None
    register(runtime, "versions", **{"until": "2013-07-01", "mlmax:tuning-job": "search-1"})
    found = Version.newest(s3.hook, "versions")
    assert found is not None
    assert (found.training.until, found.training.who, found.tuning_job) == (
        date(2013, 7, 1),
        "version 2",
        "search-1",
    )


@pytest.mark.parametrize(("until", "who"), [("2013-07-04", "retraining"), ("2013-06-04", "version")])
def test_the_later_training_counts(until: str, who: str) -> None:
    """A decision from which no version has come is a training too."""
    version = Version(Training(date(2013, 7, 1), MONDAY, "version 1"), None)
    decision = {"until": until, "at": MONDAY.isoformat(), "training_run_id": "retraining__x"}
    found = last_training(version, decision)
    assert found is not None
    assert who in found.who
    assert last_training(None, decision) is None


def test_new_labels_are_counted_by_size(put: Any, s3: S3Objects, place: str) -> None:
    """From the first unseen day on, gaps allowed, with one read of at most 64 kB."""
    folder = place.split("/", 3)[3]
    rows = {"2013-07-01": 50, "2013-07-02": 12_000, "2013-07-04": 300, "2013-07-05": 7}
    for day, count in rows.items():
        lines = "".join(f"{day}-{number:05},arrived,-3.0\n" for number in range(count))
        put(f"{folder}/date={day}/labels.csv", f"flight_key,outcome,arrival_delay\n{lines}")
    assert new_labels(s3, place, date(2013, 7, 2), date(2013, 7, 4)) == (date(2013, 7, 5), 12_300)
    assert new_labels(s3, place, None, date(2013, 7, 1)) == (date(2013, 7, 2), 50)
    assert new_labels(s3, place, date(2013, 8, 1), date(2013, 8, 4)) == (None, 0)


@pytest.mark.parametrize("text", ["", "key,outcome\n"], ids=["empty", "header"])
def test_files_without_rows_have_none(put: Any, s3: S3Objects, place: str, text: str) -> None:
    """A day on which nothing flew is no division by zero."""
    put(f"{place.split('/', 3)[3]}/date=2013-07-01/labels.csv", text)
    assert new_labels(s3, place, None, date(2013, 7, 1)) == (date(2013, 7, 2), 0)


def test_another_run_that_has_just_decided_is_waited_for() -> None:
    """Its training may not be there yet; a run that is over has triggered it, or never will."""
    live = {"own": ["a"], "training": []}

    def count(dag_id: str, states: list[str], run_ids: list[str] | None = None) -> int:
        assert states == ["queued", "running"]
        return len([run for run in live[dag_id] if run_ids is None or run in run_ids])

    ti = SimpleNamespace(get_dr_count=count)
    assert [*on_the_way(ti, "training", "own", None)] == []
    assert [*on_the_way(ti, "training", "own", {"run_id": "a"})] == ["a has decided to train and is about to"]
    assert [*on_the_way(ti, "training", "own", {"run_id": "b"})] == []
    live["training"] = ["x", "y"]
    assert [*on_the_way(ti, "training", "own", None)] == ["2 runs of training are on their way"]


@pytest.mark.parametrize(
    ("status", "policy", "found"),
    [
        ("Completed", WARM, True),
        ("Failed", WARM, False),
        (None, WARM, False),
        ("Completed", Retraining(schedule="@weekly"), False),
    ],
    ids=["completed", "failed", "gone", "not wanted"],
)
def test_only_a_completed_search_is_learnt_from(
    runtime: Any, s3: S3Objects, status: str | None, policy: Retraining, found: bool
) -> None:
    """Where the settings want it; a search that is gone is no reason not to train."""
    name = f"search-{status}-{found}".lower()
    if status:
        runtime.server.store.insert(
            "us-east-1",
            "HyperParameterTuningJob",
            name,
            {"HyperParameterTuningJobName": name},
            {"HyperParameterTuningJobStatus": status},
        )
    version = Version(Training(date(2013, 7, 1), MONDAY - timedelta(days=1), "version 1"), name)
    assert parent_search(s3.hook, policy, version) == (name if found else None)
