"""What windows say together: means and spreads of those that were measured, and which side was ahead."""

import json
import math
from typing import Any

import pytest

from airflow_mlmax.backtesting.results import Better, Part, results

METRICS: dict[str, Better] = {"roc_auc": "higher", "log_loss": "lower"}


def part(name: str, model: dict[str, Any], baseline: dict[str, Any], rows: int = 100) -> Part:
    return Part(name, {"model": model, "baseline": baseline, "rows": rows})


@pytest.fixture
def document() -> dict[str, Any]:
    return results(
        "Back-test",
        "flights",
        METRICS,
        [
            part("a", {"roc_auc": 0.75, "log_loss": 0.5}, {"roc_auc": 0.7, "log_loss": 0.4}),
            part("b", {"roc_auc": 0.65, "log_loss": 0.3}, {"roc_auc": 0.7, "log_loss": 0.4}),
            part("c", {"roc_auc": None, "log_loss": math.nan}, {"roc_auc": 0.7}),
            Part("d", None, "evaluate failed"),
        ],
    )


def test_every_part_is_there_in_its_order(document: dict[str, Any]) -> None:
    """The one that failed too, with its reason; nothing but JSON."""
    assert [(each["name"], each["state"]) for each in document["parts"]] == [
        ("a", "measured"),
        ("b", "measured"),
        ("c", "measured"),
        ("d", "failed"),
    ]
    assert document["parts"][3]["reason"] == "evaluate failed"
    assert (document["measured"], document["failed"]) == (3, 1)
    assert json.loads(json.dumps(document, allow_nan=False)) == document


def test_the_summary_is_of_what_was_measured(document: dict[str, Any]) -> None:
    """By hand: the sample deviation of 0.75 and 0.65 is 0.0707."""
    found = document["summary"]["roc_auc"]
    assert found["model"] == {
        "mean": pytest.approx(0.7),
        "sd": pytest.approx(0.0707107, abs=1e-6),
        "min": 0.65,
        "max": 0.75,
        "parts": 2,
    }
    assert (found["baseline"]["mean"], found["baseline"]["parts"]) == (pytest.approx(0.7), 3)
    assert found["difference"]["min"] == pytest.approx(-0.05)


def test_ahead_means_better_not_larger(document: dict[str, Any]) -> None:
    """A lower log loss is ahead; a part without a figure is not compared."""
    counts = {name: (each["better"], each["compared"]) for name, each in document["summary"].items()}
    assert counts == {"roc_auc": (1, 2), "log_loss": (1, 2)}
    assert document["parts"][2]["model"] == {"roc_auc": None, "log_loss": None}


def test_nothing_measured_is_no_error() -> None:
    """A report of failures only has no figures."""
    found = results("Back-test", "m", METRICS, [Part("a", None, "x")])["summary"]["roc_auc"]
    assert found["model"] == {"mean": None, "sd": None, "min": None, "max": None, "parts": 0}
    assert (found["better"], found["compared"]) == (0, 0)


@pytest.mark.parametrize("evaluation", [{}, {"model": None}, {"model": {"roc_auc": True}}], ids=str)
def test_an_evaluation_without_figures_counts_for_nothing(evaluation: dict[str, Any]) -> None:
    """What is no number is not taken for one."""
    found = results("Back-test", "m", METRICS, [Part("a", evaluation)])
    assert found["parts"][0]["model"]["roc_auc"] is None
