"""Champion and challenger as tasks: a comparison as a real job, promotion, roll-back."""

import json
from typing import Any
from uuid import uuid4

import pytest
from attempts import Attempt, TaskInstance
from registering import make_group, status

from airflow_mlmax.exceptions import BadRequestError, ConflictError
from airflow_mlmax.operators.promotion import (
    CompareModelsOperator,
    PromoteModelOperator,
    RollBackModelOperator,
)

IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.4-2-cpu-py3"
ROLE = "arn:aws:iam::123456789012:role/mlmax-local"
POLICY = {
    "key": "key",
    "label": "late",
    "score": "probability",
    "margins": {"roc_auc": 0.01},
    "floors": {"roc_auc": 0.05},
    "slices": ["origin"],
    "slice_min_rows": 10,
    "resamples": 200,
    "cluster": None,
}


@pytest.fixture
def group(runtime: Any) -> str:
    """The name of a model package group of the test's own, and of a bucket."""
    name = f"promotion-{uuid4().hex[:10]}"
    runtime.client("s3").create_bucket(Bucket=name)
    return name


def compare(group: str, champion: str | None) -> Attempt:
    arguments = {
        "champion_version": champion and 1,
        "champion_uri": f"s3://{group}/champion/",
        "challenger_uri": f"s3://{group}/challenger/",
        "output_uri": f"s3://{group}/comparison/",
        "policy": POLICY,
        "image_uri": IMAGE,
        "role_arn": ROLE,
        "code_uri": f"s3://{group}/code",
        "compute": {"instance_type": "ml.m5.large"},
        "poll_interval": 0.1,
    }
    return TaskInstance(lambda: CompareModelsOperator(task_id="compare", **arguments)).run()


def predictions(runtime: Any, group: str, folder: str, *, skill: float) -> None:
    """Eighty rows whose probability leans to the truth in some of them."""
    rows = [
        f"k{at},{at % 2},{(0.9 if at % 2 else 0.1) if (at * 7 % 80) / 80 < skill else 0.5},{'EJ'[at % 3 == 0]}"
        for at in range(80)
    ]
    body = "\n".join(["key,late,probability,origin", *rows]).encode()
    runtime.client("s3").put_object(Bucket=group, Key=f"{folder}/predictions.csv", Body=body)


@pytest.mark.parametrize(
    ("skill", "decision"), [(0.9, "non_inferior"), (0.2, "inferior")], ids=["better", "worse"]
)
def test_a_comparison_is_a_job_with_a_decision(runtime: Any, group: str, skill: float, decision: str) -> None:
    """XCom holds the decision, up to three reasons and where the whole report lies; inferior is an answer, no failure."""
    predictions(runtime, group, "champion", skill=0.6)
    predictions(runtime, group, "challenger", skill=skill)
    attempt = compare(group, "champion")
    assert attempt.state == "success", attempt.error
    result = attempt.xcoms["return_value"]
    assert result["decision"] == decision
    assert bool(result["reasons"]) == (decision == "inferior")
    assert result["comparison_uri"] == f"s3://{group}/comparison/comparison.json"
    runtime.client("s3").head_object(Bucket=group, Key="comparison/comparison.json")


def test_a_champion_of_other_features_is_an_answer(runtime: Any, group: str) -> None:
    """The evaluation's sentence is the reason; the job succeeds, so the run goes on to ask a person."""
    reason = "the champion cannot score the rows of this version: they have no gust"
    body = json.dumps({"reason": reason}).encode()
    runtime.client("s3").put_object(Bucket=group, Key="champion/incomparable.json", Body=body)
    predictions(runtime, group, "challenger", skill=0.9)
    result = compare(group, "champion").xcoms["return_value"]
    assert (result["decision"], result["reasons"]) == ("incomparable", [reason])


def test_without_a_champion_there_is_nothing_to_compare(runtime: Any, group: str) -> None:
    """No job is started."""
    runtime.server.calls.clear()
    result = compare(group, None).xcoms["return_value"]
    assert result == {"decision": "no_champion", "reasons": [], "comparison_uri": None}
    assert runtime.server.calls.count("CreateProcessingJob") == 0


def promotion(group: str, arn: str, **arguments: Any) -> PromoteModelOperator:
    common = {"group": group, "champions_uri": f"s3://{group}/champions", "why": "better", "by": "ann"}
    return PromoteModelOperator(task_id="promote", model_package_arn=arn, **{**common, **arguments})


def test_a_promotion_and_its_roll_back(runtime: Any, group: str) -> None:
    """A retry of either changes nothing more."""
    first, second = make_group(runtime, group, 2)
    TaskInstance(lambda: promotion(group, first, effective="2013-03-01")).run()
    task = TaskInstance(lambda: promotion(group, second, effective="2013-07-01"))
    xcoms = task.run().xcoms
    result = xcoms["return_value"]
    assert (result["version"], result["replaces"], result["change"]) == (2, first, 2)
    assert xcoms["decision_told"] == {
        "what": f"version 2 of {group} is the champion",
        "why": "promotion by ann: better",
    }
    assert result["effective"] == "2013-07-01T00:00:00+00:00"
    assert (result["kind"], result["by"], result["why"]) == ("promotion", "ann", "better")
    assert task.run().xcoms["return_value"] == result
    rollback = {"group": group, "champions_uri": f"s3://{group}/champions", "why": "worse in July"}
    back = TaskInstance(lambda: RollBackModelOperator(task_id="roll_back", **rollback))
    assert back.run().xcoms["return_value"]["version"] == 1
    assert back.run().xcoms["return_value"]["change"] == 3
    assert back.run().xcoms["return_value"]["kind"] == "roll_back"
    assert status(runtime, second) == ("Rejected", "rolled back by the schedule of shop: worse in July")


def test_a_backfill_never_promotes(runtime: Any, group: str) -> None:
    """The task is skipped, and the registry stays as it was."""
    [arn] = make_group(runtime, group, 1)
    attempt = TaskInstance(lambda: promotion(group, arn), run_type="backfill").run()
    assert attempt.state == "skipped"
    assert status(runtime, arn)[0] == "PendingManualApproval"


def test_what_makes_no_sense_fails_at_once(runtime: Any, group: str) -> None:
    """A date that is none, and a roll-back without a champion."""
    [arn] = make_group(runtime, group, 1)
    attempt = TaskInstance(lambda: promotion(group, arn, effective="July")).run()
    assert isinstance(attempt.error, BadRequestError)
    assert "effective is 'July'; give an ISO date" in str(attempt.error)
    rollback = {"group": group, "champions_uri": f"s3://{group}/champions", "why": "?"}
    nowhere = TaskInstance(lambda: RollBackModelOperator(task_id="roll_back", **rollback)).run()
    assert isinstance(nowhere.error, BadRequestError)


def test_a_lost_race_is_a_conflict(runtime: Any, group: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The task fails with who was first; trying again by itself would overrule a person."""
    first, second = make_group(runtime, group, 2)
    TaskInstance(lambda: promotion(group, first)).run()
    monkeypatch.setattr("airflow_mlmax.registry.log.ChampionLog.history", lambda _log: [])
    attempt = TaskInstance(lambda: promotion(group, second)).run()
    assert attempt.state == "failed"
    assert isinstance(attempt.error, ConflictError)
    assert "version 1 was made champion" in str(attempt.error)
