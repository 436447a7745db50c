import math
import re
from typing import Any

import pytest

from airflow_mlmax.sagemaker.gates import Rule, Verdict, judge

REPORT = {
    "model": {"auc": 0.75, "loss": 0.5, "nan": math.nan, "text": "0.9", "flag": True, "endless": math.inf},
    "baseline": {"auc": 0.5, "loss": 0.75},
    "slices": {
        "origin=EWR": {"auc": 0.75, "rows": 500},
        "origin=LGA": {"auc": 0.625, "rows": 300},
        "origin=T.F": {"auc": 0.25, "rows": 3},
        "carrier=AA": {"auc": 0.5, "rows": 100},
    },
}
CHAMPION = {
    "model": {"auc": 0.8, "loss": 0.5},
    "slices": {"origin=EWR": {"auc": 0.7, "rows": 500}, "origin=LGA": {"auc": 0.7, "rows": 400}},
}


def only(rule: Rule) -> Verdict:
    """The one verdict of a rule on the report."""
    [verdict] = rule.verdicts(REPORT, CHAMPION)
    return verdict


def states(rule: Rule) -> dict[str, str]:
    return {verdict.metric: verdict.state for verdict in rule.verdicts(REPORT, CHAMPION)}


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (Rule("model.roc_auc", minimum=0.65), "model.roc_auc: at least 0.65"),
        (
            Rule("model.roc_auc", above="baseline.roc_auc", by=0.01),
            "model.roc_auc: at least baseline.roc_auc + 0.01",
        ),
        (Rule("a.loss", below="champion.a.loss", within=0.05), "a.loss: at most champion.a.loss + 0.05"),
        (
            Rule("slices.origin=*.auc", minimum=0.6, min_rows=200),
            "slices.origin=*.auc: at least 0.6, judged where there are 200 rows",
        ),
    ],
    ids=["fixed", "above", "below", "slices"],
)
def test_a_rule_is_told_in_words(rule: Rule, words: str) -> None:
    """For a reader who has no report before him, as on a model card."""
    assert str(rule) == words


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
        (Rule("model.auc", above="champion.model.auc"), False),
        (Rule("model.auc", above="champion.model.auc", within=0.0625), True),
        (Rule("model.auc", above="champion.model.auc", within=0.04), False),
        (Rule("model.loss", below="champion.model.loss"), True),
        (Rule("model.loss", below="champion.model.loss", by=0.01), False),
        (Rule("slices.origin=LGA.auc", minimum=0.625), True),
        (Rule("slices.origin=T.F.auc", minimum=0.3), False),
        (Rule("slices.origin=JFK.auc", minimum=0.0), False),
    ],
    ids=str,
)
def test_reaching_a_bound_is_enough(rule: Rule, passed: bool) -> None:
    """A rule holds on its bound and fails just beyond it."""
    assert only(rule).passed is passed


@pytest.mark.parametrize("name", ["nan", "text", "flag", "endless", "gone"])
@pytest.mark.parametrize("bound", [{"minimum": -1.0}, {"maximum": 1.0}, {"above": "baseline.auc"}], ids=str)
def test_what_cannot_be_compared_never_passes(name: str, bound: dict[str, Any]) -> None:
    """NaN, infinity, text, booleans and missing metrics close the gate in both directions."""
    verdict = only(Rule(f"model.{name}", **bound))
    assert not verdict.passed
    assert verdict.value is None


def test_a_missing_reference_never_passes() -> None:
    """A baseline that is gone is not a baseline of zero."""
    verdict = only(Rule("model.auc", above="baseline.nothing"))
    assert not verdict.passed
    assert "baseline.nothing is not in the report" in verdict.text


def test_a_misspelled_metric_is_guessed() -> None:
    """The text names the metric that was probably meant."""
    assert "did you mean 'model.auc'?" in only(Rule("model.acu", minimum=0)).text


def test_the_text_has_the_numbers() -> None:
    """One line with value, bound and where the bound comes from."""
    text = only(Rule("model.auc", above="baseline.auc", by=0.3)).text
    assert text == "model.auc is 0.75, wanted at least baseline.auc 0.5 + 0.3"


@pytest.mark.parametrize(
    "bounds",
    [
        {},
        {"minimum": 1.0, "maximum": 2.0},
        {"minimum": math.nan},
        {"minimum": 1.0, "by": 0.1},
        {"above": "a", "by": -0.1},
        {"above": "a", "within": math.inf},
        {"minimum": 1.0, "within": 0.1},
        {"minimum": 1.0, "min_rows": 5},
        {"above": "champion.slices.a=*.m"},
    ],
    ids=str,
)
def test_a_rule_that_means_nothing_is_refused(bounds: dict[str, Any]) -> None:
    """Exactly one bound, finite, and a shift only beside another metric."""
    with pytest.raises(ValueError, match="rule for 'm'"):
        Rule("m", **bounds)


@pytest.mark.parametrize("path", ["slices.*", "*.*.auc", "slices.a=*"], ids=str)
def test_a_wildcard_stands_in_the_name_of_a_slice(path: str) -> None:
    """Anything else would match nothing, or more than was meant."""
    with pytest.raises(ValueError, match="one \\* in the name of a slice and a metric after it"):
        Rule(path, minimum=0.5)


def test_every_slice_with_enough_rows_is_judged() -> None:
    """Small slices are listed with their row count and decide nothing."""
    rule = Rule("slices.origin=*.auc", minimum=0.7, min_rows=100)
    assert states(rule) == {
        "slices.origin=EWR.auc": "pass",
        "slices.origin=LGA.auc": "fail",
        "slices.origin=T.F.auc": "skip",
    }
    assert "3 rows, fewer than 100: not judged" in rule.verdicts(REPORT)[-1].text


def test_a_slice_is_compared_with_the_same_slice_of_the_champion() -> None:
    """Each with its own bound."""
    rule = Rule("slices.origin=*.auc", above="champion.slices.origin=*.auc", within=0.05, min_rows=100)
    assert states(rule) == {
        "slices.origin=EWR.auc": "pass",
        "slices.origin=LGA.auc": "fail",
        "slices.origin=T.F.auc": "skip",
    }
    assert (
        "wanted at least champion.slices.origin=LGA.auc 0.7 - 0.05" in rule.verdicts(REPORT, CHAMPION)[1].text
    )


def test_a_slice_that_only_the_champion_has_is_missing() -> None:
    """Flights of an airport that are gone from the evaluation are no reason to pass."""
    rule = Rule("slices.origin=*.auc", above="champion.slices.origin=*.auc", within=1, min_rows=100)
    report = {"slices": {"origin=EWR": {"auc": 0.9, "rows": 500}}}
    assert [verdict.state for verdict in rule.verdicts(report, CHAMPION)] == ["pass", "fail"]


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        (Rule("slices.dest=*.auc", minimum=0.1), "the report has no slice slices.dest="),
        (Rule("slices.origin=*.auc", minimum=0.1, min_rows=501), "no slice of .* has 501 rows"),
        (Rule("slices.origin=*.pr", minimum=0.1), "slices.origin=EWR.pr is not in the report"),
    ],
    ids=["no such slice", "all too small", "no such metric"],
)
def test_slices_that_nobody_can_judge_never_pass(rule: Rule, text: str) -> None:
    """A wildcard that finds nothing is closed, not open."""
    failed = [verdict.text for verdict in rule.verdicts(REPORT) if not verdict.passed]
    assert re.search(text, "\n".join(failed))


def test_a_slice_without_a_row_count_never_passes() -> None:
    """Nobody can tell whether it is large enough."""
    [verdict, _] = Rule("slices.origin=*.auc", minimum=0.1, min_rows=1).verdicts(
        {"slices": {"origin=EWR": {"auc": 0.9}, "origin=LGA": {"auc": 0.9, "rows": 5}}}
    )
    assert (verdict.state, "origin=EWR.rows is not in the report" in verdict.text) == ("fail", True)


@pytest.mark.parametrize(("without_champion", "state"), [("pass", "skip"), ("fail", "fail")])
def test_no_champion_yet_is_a_case_of_its_own(without_champion: Any, state: str) -> None:
    """What a rule on the champion says then is stated; other rules are judged as ever."""
    rules = [Rule("model.auc", above="champion.model.auc"), Rule("model.auc", minimum=0.7)]
    first, second = judge(rules, REPORT, None, without_champion=without_champion)
    assert (first.state, second.state) == (state, "pass")
    assert f"there is no champion yet to compare with (without_champion: {without_champion})" in first.text
