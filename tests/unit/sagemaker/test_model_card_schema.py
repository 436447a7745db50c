"""AWS's schema of a model card: what is taken, and where a card breaks it."""

import json
from typing import Any

import pytest

from airflow_mlmax.sagemaker.model_card_schema import content_faults


def metrics(*metric: dict[str, Any]) -> dict[str, Any]:
    return {"evaluation_details": [{"name": "e", "metric_groups": [{"name": "g", "metric_data": [*metric]}]}]}


def test_every_kind_of_metric_is_taken() -> None:
    """Numbers, texts, yes and no, curves, bars and matrices, with their axes."""
    card = metrics(
        {"name": "rows", "type": "number", "value": 3},
        {"name": "first", "type": "string", "value": "2013-01-01"},
        {"name": "judged", "type": "boolean", "value": True, "notes": "by the gate"},
        {"name": "roc", "type": "linear_graph", "value": [[0, 0], [1, 1.0]], "x_axis_name": "fpr"},
        {"name": "hours", "type": "bar_chart", "value": [1, 2], "x_axis_name": ["6", "7"]},
        {"name": "confusion", "type": "matrix", "value": [[3, 1], [0, 2]], "y_axis_name": ["no", "yes"]},
    )
    assert list(content_faults(json.dumps(card))) == []


@pytest.mark.parametrize(
    ("card", "place"),
    [
        ([], ""),
        ({"owner": "x"}, ".owner"),
        ({"model_overview": {"model_creator": None}}, ".model_overview.model_creator"),
        ({"model_overview": {"model_creator": "x" * 1025}}, ".model_overview.model_creator"),
        ({"intended_uses": {"risk_rating": "low"}}, ".intended_uses.risk_rating"),
        ({"business_details": {"line_of_business": "x" * 2049}}, ".business_details.line_of_business"),
        (
            {"training_details": {"training_job_details": {"hyper_parameters": [{"name": "a", "value": 1}]}}},
            ".training_details.training_job_details.hyper_parameters.0.value",
        ),
        ({"evaluation_details": [{}]}, ".evaluation_details.0.name"),
        (
            metrics({"name": "a", "type": "curve", "value": 1}),
            ".evaluation_details.0.metric_groups.0.metric_data.0",
        ),
        (
            {"additional_information": {"custom_details": {"a": 1}}},
            ".additional_information.custom_details.a",
        ),
    ],
    ids=["list", "key", "null", "long line", "rating", "long text", "number", "nameless", "metric", "detail"],
)
def test_a_fault_names_its_place(card: Any, place: str) -> None:
    """One sentence, whose beginning leads to the value."""
    [fault] = content_faults(json.dumps(card))
    assert fault.startswith(f"ModelCard.ModelCardContent{place}: ")
