"""Bias metrics against AWS's sample and against arithmetic by hand, and when one counts as worse than before."""

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from analyzer import GOLDEN, Analyze, Report, table

from airflow_mlmax.scripts.monitor import bias_metrics, bias_report
from airflow_mlmax.scripts.monitor.bias_metrics import UndefinedError
from airflow_mlmax.scripts.monitor.fliptest import flips
from airflow_mlmax.scripts.monitor.groups import key

SAMPLE = {
    "headers": ["Label", "F1", "F2", "F3", "F4"],
    "label": "Label",
    "label_values_or_threshold": [1],
    "facet": [{"name_or_index": "F1", "value_or_threshold": [0.5]}],
    "group_variable": "F2",
}
CONFIG = {
    "label": "y",
    "label_values_or_threshold": [1],
    "facet": [{"name_or_index": "f", "value_or_threshold": [1]}],
}
A = {(0, 0): 30, (0, 1): 6, (1, 0): 8, (1, 1): 56}
D = {(0, 0): 23, (0, 1): 2, (1, 0): 5, (1, 1): 20}
"""Rows of the rest and of the facet by observed and predicted outcome."""


def rows(*facets: dict[tuple[int, int], int], **more: list[Any]) -> str:
    """A table with so many rows of each kind; `f` is 0 for the first dict, 1 for the second."""
    cells = [
        (facet, observed, predicted)
        for facet, counts in enumerate(facets)
        for (observed, predicted), count in counts.items()
        for _ in range(count)
    ]
    f, y, guess = map(list, zip(*cells, strict=True))
    return table(f=f, y=y, guess=guess, **more)


def sized(a: tuple[int, int], d: tuple[int, int]) -> str:
    """So many negative and positive labels in the rest and in the facet."""
    return rows(*({(0, 0): negative, (1, 1): positive} for negative, positive in (a, d)))


def run(analyze: Analyze, data: str, baseline: Report | None = None, **more: Any) -> Report:
    config = {**CONFIG, **more.pop("config", {})}
    report = analyze(data, baseline, **{"analysis_type": "BIAS", "bias_config": config, **more})
    assert report.code == 0, report.message
    return report


def sample(analyze: Analyze, **more: Any) -> Report:
    data = (GOLDEN / "bias" / "dataset.csv").read_text()
    return run(analyze, data, dataset_format={"csv": {"header": False}}, config=SAMPLE, **more)


def values(report: Report, stage: str = "post_training", facet: str = "f") -> dict[str, Any]:
    [entry] = report.file("analysis")[f"{stage}_bias_metrics"]["facets"][facet]
    return {each["name"]: each["value"] for each in entry["metrics"]}


def drift(report: Report, metric: str) -> dict[str, Any]:
    [found] = [each for each in report.file("verdict")["drift"] if each["metric"] == metric]
    return dict(found)


def test_the_sample_is_equal(analyze: Analyze) -> None:
    """All eight values, and the rest of the file to the letter: names, descriptions, interval, order."""
    ours = sample(analyze).file("analysis")
    theirs = json.loads((GOLDEN / "bias" / "analysis_good.json").read_text())
    both = [side["pre_training_bias_metrics"]["facets"]["F1"][0]["metrics"] for side in (ours, theirs)]
    for mine, other in zip(*both, strict=True):
        assert mine.pop("value") == pytest.approx(other.pop("value"), rel=1e-13)
    assert len(both[0]) == 8
    assert json.dumps(ours) == json.dumps(theirs)


@pytest.mark.parametrize(("case", "violated"), [("good", set()), ("bad", {("KS", "bias_drift_check")})])
def test_the_sample_as_baseline(analyze: Analyze, case: str, violated: set[tuple[str, str]]) -> None:
    """Its own values hold; one that was lowered is violated, alone, in AWS's words."""
    report = sample(analyze, baseline_constraints=str(GOLDEN / "bias" / f"analysis_{case}.json"))
    assert report.checks == violated
    assert report.file("constraint_violations")["version"] == "1.0"
    for violation in report.violations:
        assert list(violation) == [
            *("facet", "facet_value", "metric_name", "constraint_check_type", "description", "details"),
        ]
        assert (violation["facet"], violation["facet_value"]) == ("F1", "(0.5, 0.9936148802477393]")
        assert (
            violation["description"] == "Value 0.015297906602254496 does not meet the constraint requirement"
        )


def test_metrics_of_a_model_by_hand(analyze: Analyze) -> None:
    """Each from its definition, of 100 rows in the rest and 50 in the facet."""
    mean = (150 - 13 + 8) / 150
    expected = {
        "AD": 86 / 100 - 43 / 50,
        "DAR": 56 / 62 - 20 / 22,
        "DCAcc": 64 / 62 - 25 / 22,
        "DCR": 25 / 28 - 36 / 38,
        "DI": (22 / 50) / (62 / 100),
        "DPPL": 62 / 100 - 22 / 50,
        "DRR": 23 / 28 - 30 / 38,
        "GE": ((8 * 4 + 129) / 150 / mean**2 - 1) / 2,
        "RD": 56 / 64 - 20 / 25,
        "SD": 23 / 25 - 30 / 36,
        "TE": 5 / 2 - 8 / 6,
    }
    found = values(run(analyze, rows(A, D), inference_attribute="guess"))
    assert found.pop("FT") is None  # no feature is left
    assert found == pytest.approx(expected)


def test_conditional_disparity_by_hand(analyze: Analyze) -> None:
    """The mean over the groups, by size; a group in which nobody is accepted counts as none of the facet's."""
    data = table(f=[1, 0, 1, 0, 1, 0], y=[0, 1, 1, 0, 0, 0], g=["a", "a", "a", "a", "b", "b"])
    found = values(run(analyze, data, config={"group_variable": "g"}), "pre_training")
    assert found["CDDL"] == pytest.approx((4 * (1 / 2 - 1 / 2) + 2 * (1 / 2 - 0)) / 6)


def test_a_score_predicts_from_its_threshold_on(analyze: Analyze) -> None:
    """At the threshold it is positive."""
    data = table(f=[0, 0, 1, 1], y=[1, 0, 1, 0], score=[0.7, 0.1, 0.69, 0.1])
    found = run(analyze, data, probability_attribute="score", probability_threshold_attribute="0.7")
    assert values(found)["DPPL"] == pytest.approx(1 / 2)


def test_fliptest_by_hand() -> None:
    """Of three members one would have been accepted, none rejected, one stays as it is."""
    features = np.array([[0.0], [10.0], [20.0], [1.0], [11.0], [21.0]])
    facet = np.array([True] * 3 + [False] * 3)
    predicted = np.array([False, True, False, True, True, False])
    assert flips(features, facet, predicted).tolist() == [1, 0, 0]
    features[2, 0] = math.nan  # then it is as far from all as their mean: nearest to 11
    assert flips(features, facet, predicted).tolist() == [1, 0, 1]


def test_fliptest_asks_the_majority_of_five() -> None:
    """Where the rest has ten rows or more."""
    features = np.array([[0.0], *([float(i)] for i in range(1, 11))])
    facet = np.arange(11) == 0
    predicted = np.array([False, True, False, True, False, True, *([False] * 5)])
    assert flips(features, facet, predicted).tolist() == [1]


@pytest.mark.parametrize(
    ("name", "a", "d", "value"),
    [
        ("KL", (5, 5), (10, 0), math.inf),
        ("DI", (10, 0), (5, 5), math.inf),
        ("DI", (5, 5), (10, 0), 0.0),
        ("DI", (10, 0), (10, 0), None),
        ("TE", (5, 5), (5, 5), None),
        ("RD", (10, 0), (5, 5), None),
    ],
    ids=["kl-infinite", "di-infinite", "di-zero", "di-none", "no-error", "no-positive"],
)
def test_values_that_are_none(name: str, a: tuple[int, int], d: tuple[int, int], value: float | None) -> None:
    """Infinite where something is divided by nothing, undefined where nothing is."""
    counts = np.zeros((1, 2, 2, 2))
    for facet, (negative, positive) in enumerate((a, d)):
        counts[0, facet, 0, 0], counts[0, facet, 1, 1] = negative, positive
    [metric] = [
        each for each in (*bias_metrics.PRE_TRAINING, *bias_metrics.POST_TRAINING) if each.name == name
    ]
    if value is None:
        with pytest.raises(UndefinedError):
            metric.value(counts)
    else:
        assert metric.value(counts) == value


def test_no_value_is_no_pass(analyze: Analyze) -> None:
    """Infinity is a text in the file, an undefined value has its error, and both say in the verdict why."""
    baseline = run(analyze, rows(A, D), inference_attribute="guess")
    none = {(0, 0): 50, (1, 0): 50}
    found = run(analyze, rows(none, D), baseline, inference_attribute="guess")
    assert values(found)["DI"] == "Infinity"
    assert drift(found, "DI")["state"] == "not_evaluated"
    assert drift(found, "DI")["reason"] == "its value is infinite"
    assert values(found)["DAR"] is None
    assert drift(found, "DAR")["reason"] == "there are no positive predictions to divide by"
    assert "NaN" not in (found.folder / "verdict.json").read_text()


@pytest.mark.parametrize(
    ("before", "now", "state"),
    [
        (((60, 40), (50, 50)), ((60, 40), (50, 50)), "ok"),
        (((60, 40), (50, 50)), ((60, 40), (55, 45)), "ok"),
        (((60, 40), (50, 50)), ((50, 50), (59, 41)), "ok"),
        (((60, 40), (50, 50)), ((50, 50), (61, 39)), "drift"),
        (((60, 40), (50, 50)), ((60, 40), (49, 51)), "drift"),
    ],
    ids=["equal", "nearer", "nearer-beyond-0", "farther-beyond-0", "farther"],
)
def test_farther_from_0_is_worse(analyze: Analyze, before: Any, now: Any, state: str) -> None:
    """Whatever the sign."""
    report = run(analyze, sized(*now), run(analyze, sized(*before)))
    assert drift(report, "DPL")["state"] == state
    assert (("DPL", "bias_drift_check") in report.checks) == (state == "drift")


@pytest.mark.parametrize(
    ("accepted", "state"), [(36, "ok"), (70, "ok"), (72, "drift"), (34, "drift")], ids=str
)
def test_a_ratio_is_compared_with_1(analyze: Analyze, accepted: int, state: str) -> None:
    """Of DI half is as far as twice: the baseline's 0.7 allows up to 1 / 0.7."""
    baseline = run(analyze, sized((50, 50), (65, 35)), inference_attribute="guess")
    now = run(analyze, sized((50, 50), (100 - accepted, accepted)), baseline, inference_attribute="guess")
    assert drift(now, "DI")["observed"] == pytest.approx(accepted / 50)
    assert drift(now, "DI")["state"] == state


def test_noise_is_no_drift(analyze: Analyze) -> None:
    """With a confidence a difference that chance explains passes, one that it does not is drift."""
    baseline = run(analyze, sized((60, 40), (50, 50)))
    sure = {"confidence": 0.95}
    near = sized((65, 35), (50, 50))
    assert drift(run(analyze, near, baseline), "DPL")["state"] == "drift"
    passed = drift(run(analyze, near, baseline, config=sure), "DPL")
    assert passed["state"] == "ok"
    assert passed["interval"][0] < -0.1 < passed["interval"][1]
    assert drift(run(analyze, sized((90, 10), (50, 50)), baseline, config=sure), "DPL")["state"] == "drift"
    many = sized((6500, 3500), (5000, 5000))
    assert drift(run(analyze, many, baseline, config=sure), "DPL")["state"] == "drift"


def test_the_bootstrap_knows_the_noise_of_a_difference() -> None:
    """The standard error of two shares' difference is that of the textbook."""
    counts = np.array([[[[60.0, 0.0], [0.0, 40.0]], [[50.0, 0.0], [0.0, 150.0]]]])
    [found] = bias_report.measured([each for each in bias_metrics.PRE_TRAINING if each.name == "DPL"], counts)
    assert found.deviation == pytest.approx(math.sqrt(0.6 * 0.4 / 100 + 0.25 * 0.75 / 200), rel=0.1)


def test_few_rows_of_a_facet_are_not_evaluated(analyze: Analyze) -> None:
    """The verdict says how many there are; the floor is a setting."""
    baseline = run(analyze, sized((60, 40), (50, 50)))
    few = sized((60, 40), (1, 9))
    found = drift(run(analyze, few, baseline), "DPL")
    assert (found["state"], found["facet_rows"], found["rest_rows"]) == ("not_evaluated", 10, 100)
    assert found["reason"] == "10 rows are in the facet or in the rest, 30 are needed"
    assert drift(run(analyze, few, baseline, config={"min_facet_rows": 10}), "DPL")["state"] == "drift"


def test_few_rows_are_a_violation(analyze: Analyze) -> None:
    """And no baseline."""
    baseline = run(analyze, sized((60, 40), (50, 50)))
    found = run(analyze, sized((6, 4), (5, 5)), baseline, min_rows="50")
    assert found.checks == {("item_count", "row_count_check")}
    refused = analyze(sized((6, 4), (5, 5)), analysis_type="BIAS", bias_config=CONFIG, min_rows="50")
    assert refused.code == 1
    assert "at least 50 labelled rows" in refused.message


def facet(name: str | int, *wanted: Any) -> dict[str, Any]:
    return {"facet": [{"name_or_index": name, "value_or_threshold": list(wanted)}]}


AGES = table(
    age=list(range(20, 60)),
    kind=["a", "b", "c", "c"] * 10,
    flag=[1, 0] * 20,
    share=[0.5, 1.0] * 20,
    y=[0, 1] * 20,
)


@pytest.mark.parametrize(
    ("config", "name", "n"),
    [
        (facet("age", 40), "(40, 59]", 19),
        (facet("age", "[40, 50)"), "[40, 50)", 10),
        (facet("age", "(40,]", "[20, 21]"), "(40, 59],[20, 21]", 21),
        (facet("age", 40, 41), "40,41", 2),
        (facet("flag", 1), "1", 20),
        (facet("flag", True), "True", 20),
        (facet("share", 0.5), "(0.5, 1.0]", 20),
        (facet("kind", "a", "b"), "a,b", 20),
        (facet(1, "c"), "c", 20),
    ],
    ids=["threshold", "interval", "intervals", "numbers", "flag", "boolean", "decimals", "texts", "index"],
)
def test_which_rows_are_the_facet(analyze: Analyze, config: dict[str, Any], name: str, n: int) -> None:
    """One number in a column of many, or of decimals, is a threshold; all else are values, or intervals."""
    report = run(analyze, AGES, config=config)
    [size] = report.file("verdict")["facets"]
    assert (size["facet_value"], size["facet_rows"], size["rest_rows"]) == (name, n, 40 - n)


def test_without_values_each_is_compared_with_the_rest(analyze: Analyze) -> None:
    """One entry for each value."""
    report = run(analyze, AGES, config=facet("kind"))
    assert [size["facet_value"] for size in report.file("verdict")["facets"]] == ["a", "b", "c"]


def test_an_interval_is_the_same_on_another_day(analyze: Analyze) -> None:
    """Its upper bound is the day's largest value; and a number is what it was for the baseline."""
    baseline = run(analyze, AGES, config=facet("age", 40))
    today = table(age=[39, 40, 41, 45] * 20, y=[0, 1, 1, 1] * 20)
    found = drift(run(analyze, today, baseline, config=facet("age", 40)), "DPL")
    assert (found["facet_value"], found["facet_rows"], found["threshold"]) == (
        "(40, 45]",
        40,
        pytest.approx(10 / 21 - 10 / 19),
    )
    assert key("(0.5, 0.99]") == key("(0.5, 7]") != key("[0.5, 7]")


def test_labels_that_come_later(analyze: Analyze, tmp_path: Path) -> None:
    """Joined by key; rows without a label are left out and counted."""
    (tmp_path / "labels").mkdir()
    (tmp_path / "labels" / "labels.csv").write_text(table(id=[1, 2, 3, 9], y=[1, 0, 1, 0]))
    late = {"ground_truth_source": str(tmp_path / "labels"), "join_attribute": "id"}
    data = table(id=[1, 2, 3, 4], f=[0, 0, 1, 1], guess=[1, 1, 1, 0])
    report = run(analyze, data, inference_attribute="guess", **late)
    verdict = report.file("verdict")
    assert (verdict["rows"], verdict["unlabelled"], verdict["orphaned"]) == (3, 1, 1)
    assert values(report)["AD"] == 1 / 2 - 1
    twice = analyze(table(id=[1, 1], f=[0, 1]), analysis_type="BIAS", bias_config=CONFIG, **late)
    assert twice.message == "DataError: the predictions have the id '1' more than once; each must occur once."


def test_rows_without_facet_or_prediction_are_left_out(analyze: Analyze) -> None:
    """Without a prediction a row still tells of the labels."""
    data = table(f=[0, 0, 1, 1, None], y=[1, 0, 1, 0, 1], guess=[1, 0, 1, None, 1])
    sizes = run(analyze, data, inference_attribute="guess").file("verdict")["facets"]
    assert [(each["stage"], each["facet_rows"], each["rest_rows"]) for each in sizes] == [
        ("pre_training", 2, 2),
        ("post_training", 1, 2),
    ]


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"label_values_or_threshold": []}, "no label_values_or_threshold"),
        ({"label": "z"}, "there is no column 'z'"),
        ({"facet": []}, "no facet"),
        (facet("z", 1), "there is no column 'z'"),
        (facet("age"), "40 different values"),
        (facet("kind", "(1, 2]"), "facet 'kind' is a column of texts"),
        ({"headers": ["a"]}, "headers names 1 columns, the data have 5"),
    ],
    ids=["no-label", "label", "no-facet", "facet", "too-many", "interval-of-texts", "headers"],
)
def test_a_wrong_question_is_refused(analyze: Analyze, config: dict[str, Any], message: str) -> None:
    """In one sentence."""
    own = {**CONFIG, **facet("age", 40), **config}
    report = analyze(AGES, analysis_type="BIAS", bias_config=own)
    assert report.code == 1
    assert message in report.message


def test_a_baseline_of_another_question_is_refused(analyze: Analyze) -> None:
    """Another label, or another monitor."""
    baseline = run(analyze, AGES, config=facet("age", 40))
    other = analyze(
        AGES, baseline, analysis_type="BIAS", bias_config={**CONFIG, **facet("age", 40), "label": "flag"}
    )
    assert "the baseline is of the label 'y', not of 'flag'" in other.message


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"confidence": "0,95"}, "confidence '0,95' is no number"),
        ({"confidence": 95}, "confidence 95.0 is none"),
    ],
    ids=["text", "percent"],
)
def test_a_wrong_confidence_is_refused(analyze: Analyze, config: dict[str, Any], message: str) -> None:
    """It is a number between 0 and 1, written as one or as a text."""
    baseline = run(analyze, AGES, config=facet("age", 40))
    own = {**CONFIG, **facet("age", 40)}
    assert message in analyze(AGES, baseline, analysis_type="BIAS", bias_config={**own, **config}).message
    assert run(analyze, AGES, baseline, config={**own, "confidence": "0.95"}).code == 0


def test_what_only_the_baseline_has_is_told(analyze: Analyze) -> None:
    """It is not evaluated, and named."""
    baseline = run(analyze, rows(A, D), inference_attribute="guess")
    found = drift(run(analyze, rows(A, D), baseline), "DPPL")
    assert found["state"] == "not_evaluated"
    assert found["reason"] == "the baseline has this metric, the current data have not"
