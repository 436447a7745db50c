"""The retraining DAG on events of drift and data, for a model with a version and a thin slice of real labels."""

import json
from dataclasses import dataclass
from typing import Any

import pytest
from kept_runs import waiting_record

from airflow_mlmax.pipelines.drift import drift_of

BUCKET, PREFIX = "mlmax-local", "soon/retraining/decisions/"
DRIFT, DATA = "x-mlmax://soon/drift", "x-mlmax://soon/labelled"
UNTIL = "2013-06-28"


def drift(day: str, run_id: str = "scheduled__2013") -> dict[str, Any]:
    """An event as the monitoring DAG sends it."""
    reason = {
        "feature": "carrier",
        "check": "categorical_values_check",
        "observed": "Z9",
        "threshold": "known",
    }
    report = {"violation_count": 1, "reasons": [reason], "report_uri": "s3://b/report/"}
    return {
        "uri": DRIFT,
        "extra": drift_of({"model": "soon", "day": day}, {"bias": report}),
        "run_id": run_id,
    }


def data(day: str) -> dict[str, Any]:
    return {"uri": DATA, "extra": {"model": "soon", "day": day, "rows": 110}, "run_id": "scheduled__2013"}


def asked(*told: dict[str, Any], **conf: str) -> dict[str, Any]:
    return {"file": "others_retraining.py", "conf": conf, "logical_date": None, "told": list(told)}


@dataclass(frozen=True)
class Told:
    """What each run decided, in order, and how it ended."""

    runs: dict[str, Any]
    decisions: dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def told(run_dags: Any, landing: str, endpoint: Any) -> Told:
    sagemaker = endpoint.client("sagemaker")
    sagemaker.create_model_package_group(ModelPackageGroupName="soon")
    sagemaker.create_model_package(
        ModelPackageGroupName="soon",
        ModelApprovalStatus="PendingManualApproval",
        CustomerMetadataProperties={"until": UNTIL},
        InferenceSpecification={
            "Containers": [{"Image": "123.dkr.ecr.us-east-1.amazonaws.com/i:1", "ModelDataUrl": "s3://b/m"}],
            "SupportedContentTypes": ["text/csv"],
            "SupportedResponseMIMETypes": ["text/csv"],
        },
    )
    asks = {
        "data": asked(data("2013-06-30")),
        "backfilled": asked(drift("2013-06-29", "backfill__2013")),
        "first": asked(drift("2013-06-29")),
        "second": asked(drift("2013-06-30")),
        "third": asked(drift("2013-07-01")),
    }
    runs = dict(zip(asks, run_dags(*asks.values()), strict=True))
    s3 = endpoint.client("s3")
    listed = s3.list_objects_v2(Bucket=BUCKET, Prefix=PREFIX)["Contents"]
    written = [json.loads(s3.get_object(Bucket=BUCKET, Key=item["Key"])["Body"].read()) for item in listed]
    assert [each["run_id"] for each in written] == [run.run_id for run in runs.values()], landing
    return Told(runs, dict(zip(asks, written, strict=True)))


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("data", "new rows: about 3"),
        ("backfilled", "no event that counts"),
        ("first", "breaches in a row: 1 (2013-06-29); 2 are needed"),
        ("third", "1 run of soon_training is on its way"),
    ],
)
def test_a_held_decision_says_why(told: Told, name: str, reason: str) -> None:
    """In the log of its task and in S3; the run is green, and triggers nothing."""
    run = told.runs[name]
    assert run.state == "success", run.log[-5000:]
    assert run.tasks == {"decide": "success", "wanted": "success", "train": "skipped", "record": "success"}
    assert told.decisions[name]["retrain"] is False
    assert reason in told.decisions[name]["reason"]
    assert f"no training: {told.decisions[name]['reason']}" in run.log
    assert "local soon: soon_training is started" not in run.log


def test_decisions_are_recorded(told: Told, endpoint: Any) -> None:
    """Whether a training came of it or not, with the reason, and each cause with what held it back."""
    for name, outcome in (("first", "Hold"), ("second", "Retrain")):
        record = waiting_record(endpoint, BUCKET, told.runs[name].run_id)
        decision = told.decisions[name]
        assert (record.state, record.decision, record.why) == ("success", outcome, decision["reason"])
        (verdict,) = record.verdicts
        assert (verdict.kind, verdict.figures["causes"]) == ("retraining", decision["causes"])


def test_lasting_drift_trains(told: Told) -> None:
    """Two days in a row: a training up to the day that the newest event is about, under a run id that is the decision's."""
    run, decision = told.runs["second"], told.decisions["second"]
    assert set(run.tasks.values()) == {"success"}, run.log[-5000:]
    assert (decision["retrain"], decision["until"], decision["as_of"]) == (True, "2013-07-01", "2013-06-30")
    assert decision["reason"] == "drift on 2013-06-29, 2013-06-30"
    assert decision["conf"] == {"until": "2013-07-01", "reason": decision["reason"], "warm_start": None}
    assert decision["training_run_id"] == f"retraining__{run.run_id}"
    assert "training: drift on 2013-06-29, 2013-06-30" in run.log
    assert "local soon: soon_training is started" in run.log
    assert "conf of the training = {'until': '2013-07-01', " in run.log
