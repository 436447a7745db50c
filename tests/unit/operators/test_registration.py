"""A version as a task registers it: with its model card, once, however often it is tried."""

import json
from typing import Any
from uuid import uuid4

import pytest
from attempts import Attempt, TaskInstance

from airflow_mlmax.exceptions import BadRequestError
from airflow_mlmax.operators.registration import RegisterModelOperator


@pytest.fixture
def place(runtime: Any) -> str:
    """The name of a bucket and model package group of the test's own, with an evaluation."""
    name = f"registered-{uuid4().hex[:10]}"
    s3 = runtime.client("s3")
    s3.create_bucket(Bucket=name)
    s3.put_object(Bucket=name, Key="evaluation.json", Body=json.dumps({"model": {"roc_auc": 0.7}}).encode())
    return name


def registration(place: str, *, run_type: str = "manual", **arguments: Any) -> TaskInstance:
    given = {
        "group": place,
        "image_uri": "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.4-2-cpu-py3",
        "model_data": f"s3://{place}/model.tar.gz",
        "content_types": ["text/csv"],
        "response_types": ["text/csv"],
        "metrics": {"model_quality": f"s3://{place}/evaluation.json"},
        "metadata": {"mlmax:code-sha256": "c" * 64},
        "card": {"risk_rating": "Low"},
        "card_uri": f"s3://{place}/card/model-card.html",
        **arguments,
    }

    def made() -> RegisterModelOperator:
        now = {name: value() if callable(value) else value for name, value in given.items()}
        return RegisterModelOperator(task_id="register", **now)

    return TaskInstance(made, run_type=run_type)


def arn_of(attempt: Attempt) -> str:
    assert attempt.state == "success", attempt.error
    arn: str = attempt.xcoms["return_value"]["model_package_arn"]
    return arn


def test_a_version_has_a_card_and_a_page(runtime: Any, place: str) -> None:
    """The registry has the card; the page lies where the metadata says, and the button Report leads to it."""
    attempt = registration(place).run()
    package = runtime.client("sagemaker").describe_model_package(ModelPackageName=arn_of(attempt))
    uri = f"s3://{place}/card/model-card.html"
    assert package["CustomerMetadataProperties"] == {
        "mlmax:code-sha256": "c" * 64,
        "mlmax:model-card": uri,
    }
    assert package["ModelCard"]["ModelCardStatus"] == "Draft"
    card = json.loads(package["ModelCard"]["ModelCardContent"])
    assert card["intended_uses"] == {"risk_rating": "Low"}
    assert card["evaluation_details"][0]["metric_groups"][0]["metric_data"][0]["value"] == 0.7
    page = runtime.client("s3").get_object(Bucket=place, Key="card/model-card.html")["Body"].read().decode()
    assert f"Model card of {place}" in page
    assert attempt.xcoms["mlmax_report"]["files"] == {"page": uri}
    assert attempt.xcoms["return_value"]["model_card_uri"] == uri


def test_a_retry_finds_the_version(runtime: Any, place: str) -> None:
    """The answer of the first try is lost, and still there is one version."""
    fault = runtime.server.faults.add("lose_answer", operation="CreateModelPackage", times=1)
    task = registration(place)
    assert arn_of(task.run()) == arn_of(task.run())
    assert fault.hits == 1
    listed = runtime.client("sagemaker").list_model_packages(ModelPackageGroupName=place)
    assert len(listed["ModelPackageSummaryList"]) == 1


@pytest.mark.parametrize(("run_type", "versions"), [("backfill", 1), ("manual", 2)])
def test_only_a_backfill_finds_the_version_after_a_clear(
    runtime: Any, place: str, run_type: str, versions: int
) -> None:
    """Its second pass registers the same version, not another; a person who clears the task wants a new one."""
    task = registration(place, run_type=run_type)
    arn_of(task.run())
    task.clear()
    arn_of(task.run())
    listed = runtime.client("sagemaker").list_model_packages(ModelPackageGroupName=place)
    assert len(listed["ModelPackageSummaryList"]) == versions


def test_a_backfill_with_other_data_registers_another_version(place: str) -> None:
    """The training that the second pass repeats has made another model."""
    models = iter(["model.tar.gz", "other.tar.gz"])
    task = registration(place, run_type="backfill", model_data=lambda: f"s3://{place}/{next(models)}")
    first = arn_of(task.run())
    task.clear()
    assert arn_of(task.run()) != first


def test_a_retry_sends_the_same_card(runtime: Any, place: str) -> None:
    """To the byte, because the token of both tries is one; the version of the first is deleted to see what the second sends."""
    sagemaker, task, cards = runtime.client("sagemaker"), registration(place), []
    for _ in range(2):
        arn = arn_of(task.run())
        cards.append(sagemaker.describe_model_package(ModelPackageName=arn)["ModelCard"]["ModelCardContent"])
        sagemaker.delete_model_package(ModelPackageName=arn)
    assert cards[0] == cards[1]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (
            {"metrics": {"model_quality": "s3://nowhere-at-all/e.json"}},
            "s3://nowhere-at-all/e.json is missing",
        ),
        (
            {"card": {"risk_rating": "low"}},
            "intended_uses.risk_rating: Input should be 'High', 'Medium', 'Low'",
        ),
        ({"card": {"intended_uses": "x" * 2049}}, "String should have at most 2048 characters"),
    ],
    ids=["no report", "rating", "long"],
)
def test_a_card_that_cannot_be_is_told_in_words(
    runtime: Any, place: str, arguments: dict[str, Any], told: str
) -> None:
    """The task fails for good, and nothing is registered."""
    attempt = registration(place, **arguments).run()
    assert isinstance(attempt.error, BadRequestError)
    assert told in str(attempt.error)
    assert runtime.server.calls.count("CreateModelPackageGroup") == 0


def test_the_log_does_not_show_the_card(place: str, capfd: pytest.CaptureFixture[str]) -> None:
    """AWS holds its content for sensitive, and it is long."""
    registration(place, card={"intended_uses": "only in summer"}).run()
    log = capfd.readouterr().out
    assert "CreateModelPackage request" in log
    assert "only in summer" not in log
