"""The model card that a registration writes, and its page."""

import json
import math
from typing import Any

import pytest

from airflow_mlmax.sagemaker.model_card_page import page
from airflow_mlmax.sagemaker.model_card_schema import content_faults
from airflow_mlmax.sagemaker.requests.model_card import Card, Version, model_card

CARD = Card(
    model_creator="ml-flights",
    purpose_of_model="Late by <15> minutes?",
    risk_rating="Low",
    caveats_and_recommendations="Not for winter.",
    training_datasets=["s3://b/pins/flights.json"],
    hyper_parameters={"learning-rate": "0.1"},
    user_provided_hyper_parameters={"max-iter": 100},
    objective={"metric": "auc", "type": "Maximize", "value": 0.7},
    gate_rules=["model.roc_auc: at least 0.65"],
)
REPORT = {
    "model": {"roc_auc": 0.7, "pr_auc": None, "log_loss": math.nan},
    "baseline": {"roc_auc": 0.6},
    "knows": ["hour"],
    "slices": {"origin=EWR": {"roc_auc": 0.71, "rows": 300}},
    "windows": {"test": {"first": "2013-06-17", "arrived": 9000}},
    "rows": 9000,
}
VERSION = Version(
    image_uri="123.dkr.ecr.eu-west-1.amazonaws.com/sklearn:1",
    model_data="s3://b/model.tar.gz",
    metadata={"mlmax:code-sha256": "c" * 64, "until": None},
    evaluation=REPORT,
    evaluation_uri="s3://b/evaluation.json",
)


def content(card: Card, version: Version) -> str:
    text: str = model_card(card, version)["ModelCardContent"]
    assert list(content_faults(text)) == []
    return text


def test_the_figures_of_a_report_are_groups_of_metrics() -> None:
    """By their path in the report, as the rules of a gate name them; what is no figure stays away."""
    [evaluation] = json.loads(content(CARD, VERSION))["evaluation_details"]
    found = {
        group["name"]: {metric["name"]: metric["value"] for metric in group["metric_data"]}
        for group in evaluation["metric_groups"]
    }
    assert found == {
        "all": {"rows": 9000},
        "model": {"roc_auc": 0.7},
        "baseline": {"roc_auc": 0.6},
        "slices.origin=EWR": {"roc_auc": 0.71, "rows": 300},
        "windows.test": {"first": "2013-06-17", "arrived": 9000},
    }
    assert evaluation["metadata"] == {
        "report": "s3://b/evaluation.json",
        "rule 01": "model.roc_auc: at least 0.65",
    }


def test_words_and_facts_stand_in_the_sections_of_aws() -> None:
    """What people said, how the training went, what the version was made from."""
    document = json.loads(content(CARD, VERSION))
    job = document["training_details"]["training_job_details"]
    assert document["intended_uses"] == {"purpose_of_model": "Late by <15> minutes?", "risk_rating": "Low"}
    assert document["model_overview"]["model_artifact"] == ["s3://b/model.tar.gz"]
    assert job["hyper_parameters"] == [{"name": "learning-rate", "value": "0.1"}]
    assert job["user_provided_hyper_parameters"] == [{"name": "max-iter", "value": "100"}]
    assert job["training_metrics"] == [{"name": "auc", "value": 0.7}]
    assert document["additional_information"]["custom_details"] == {"mlmax:code-sha256": "c" * 64}


def test_the_same_arguments_give_the_same_bytes() -> None:
    """Whatever the order of the keys: a retry registers the same card."""
    turned = Version(**{**vars(VERSION), "metadata": dict(reversed(list((VERSION.metadata or {}).items())))})
    assert content(CARD, turned) == content(CARD, VERSION)


def test_nothing_said_is_an_empty_card() -> None:
    """A draft that people may fill in."""
    assert model_card(Card(), Version()) == {"ModelCardContent": "{}", "ModelCardStatus": "Draft"}


@pytest.mark.parametrize(
    "report",
    [
        {"slices": {f"tail={number}": {"roc_auc": 0.5, "rows": number} for number in range(3000)}},
        {"x" * 300: {"y" * 300: "z" * 3000}},
    ],
    ids=["many", "long"],
)
def test_a_card_has_room_for_any_report(report: dict[str, Any]) -> None:
    """At most 100,000 characters; where groups are left out, the card says how many."""
    text = content(
        CARD, Version(evaluation=report, metadata={str(number): "m" * 2000 for number in range(40)})
    )
    assert len(text) <= 100_000
    [evaluation] = json.loads(text)["evaluation_details"]
    left_out = 3000 - len(evaluation["metric_groups"]) if "slices" in report else 0
    told = f"{left_out} more groups of metrics stand in the report." if left_out else None
    assert evaluation.get("evaluation_observation") == told


def test_the_page_shows_all_that_the_card_says() -> None:
    """Escaped, without script; slices with the same metrics share a table."""
    html = page("flights", content(CARD, VERSION))
    assert "<h1>Model card of flights</h1>" in html
    assert "Late by &lt;15&gt; minutes?" in html
    for told in (
        "0.71",
        "9,000",
        "learning-rate = 0.1",
        "c" * 64,
        "at least 0.65",
        "Not for winter.",
        "ml-flights",
    ):
        assert told in html
    assert "<script" not in html
    assert html.count("<table>") == 4
