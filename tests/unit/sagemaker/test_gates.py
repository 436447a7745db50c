import math
from typing import Any

import pytest

from airflow_mlmax.sagemaker.gates import Rule

REPORT = {
    "model": {"auc": 0.75, "loss": 0.5, "nan": math.nan, "text": "0.9", "flag": True, "endless": math.inf},
    "baseline": {"auc": 0.5, "loss": 0.75},
}


@pytest.mark.parametrize(
    ("rule", "passed"),
    [
        (Rule("model.auc", minimum=0.75), True),
        (Rule("model.auc", minimum=0.7501), False),
        (Rule("model.loss", maximum=0.5), True),
        (Rule("model.loss", maximum=0.4999), False),
        (Rule("model.auc", above="baseline.auc"), True),
        (Rule("model.auc", above="baseline.auc", by=0.25), True),
        (Rule("model.auc", above="baseline.auc", by=0.26), False),
        (Rule("model.loss", below="baseline.loss", by=0.25), True),
        (Rule("model.loss", below="baseline.loss", by=0.26), False),
        (Rule("model.auc", above="model.auc"), True),
    ],
    ids=str,
)
def test_reaching_a_bound_is_enough(rule: Rule, passed: bool) -> None:
    """A rule holds on its bound and fails just beyond it."""
    assert rule.verdict(REPORT).passed is passed


@pytest.mark.parametrize("name", ["nan", "text", "flag", "endless", "gone"])
@pytest.mark.parametrize("bound", [{"minimum": -1.0}, {"maximum": 1.0}, {"above": "baseline.auc"}], ids=str)
def test_what_cannot_be_compared_never_passes(name: str, bound: dict[str, Any]) -> None:
    """NaN, infinity, text, booleans and missing metrics close the gate in both directions."""
    verdict = Rule(f"model.{name}", **bound).verdict(REPORT)
    assert not verdict.passed
    assert verdict.value is None


def test_a_missing_reference_never_passes() -> None:
    """A baseline that is gone is not a baseline of zero."""
    verdict = Rule("model.auc", above="baseline.nothing").verdict(REPORT)
    assert not verdict.passed
    assert "baseline.nothing is not in the report" in verdict.text


def test_a_misspelled_metric_is_guessed() -> None:
    """The text names the metric that was probably meant."""
    assert "did you mean 'model.auc'?" in Rule("model.acu", minimum=0).verdict(REPORT).text


def test_the_text_has_the_numbers() -> None:
    """One line with value, bound and where the bound comes from."""
    text = Rule("model.auc", above="baseline.auc", by=0.3).verdict(REPORT).text
    assert text == "model.auc is 0.75, wanted at least baseline.auc 0.5 + 0.3"


@pytest.mark.parametrize(
    "bounds",
    [
        {},
        {"minimum": 1.0, "maximum": 2.0},
        {"minimum": math.nan},
        {"minimum": 1.0, "by": 0.1},
        {"above": "a", "by": -0.1},
    ],
    ids=str,
)
def test_a_rule_that_means_nothing_is_refused(bounds: dict[str, Any]) -> None:
    """Exactly one bound, finite, and a shift only beside another metric."""
    with pytest.raises(ValueError, match="rule for 'm'"):
        Rule("m", **bounds)
