"""Metrics of predictions, labels that come later, and thresholds."""

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from analyzer import Analyze, table
from sklearn import metrics as peer

from airflow_mlmax.scripts.monitor import metrics

REGRESSION = {
    "analysis_type": "MODEL_QUALITY",
    "problem_type": "Regression",
    "inference_attribute": "guess",
    "ground_truth_attribute": "truth",
}
BINARY = {
    "analysis_type": "MODEL_QUALITY",
    "problem_type": "BinaryClassification",
    "probability_attribute": "score",
    "ground_truth_attribute": "truth",
}
MULTICLASS = {**REGRESSION, "problem_type": "MulticlassClassification"}
RANDOM = np.random.default_rng(11)
TRUTH = RANDOM.integers(0, 2, 400)
SCORE = np.round(np.clip(TRUTH * 0.3 + RANDOM.random(400) * 0.7, 0, 1), 2)
PREDICTIONS = table(id=range(400), score=SCORE.tolist())
LABELS = table(id=range(400), truth=TRUTH.tolist())


def late(folder: Path, labels: str) -> dict[str, str]:
    """Labels that lie elsewhere, and the variables that lead there."""
    place = folder / "labels"
    place.mkdir()
    (place / "labels.csv").write_text(labels)
    return {"ground_truth_source": str(place), "join_attribute": "id"}


def values(report: Any, problem: str) -> dict[str, Any]:
    found = report.file("statistics")[f"{problem}_metrics"]
    return {name: each["value"] for name, each in found.items() if "value" in each}


def test_a_binary_problem(analyze: Analyze) -> None:
    """Every figure equals scikit-learn's, ties of the score included."""
    report = analyze(table(truth=TRUTH.tolist(), score=SCORE.tolist()), **BINARY)
    ours, guess = values(report, "binary_classification"), SCORE >= 0.5
    assert ours["auc"] == pytest.approx(peer.roc_auc_score(TRUTH, SCORE))
    assert ours["accuracy"] == pytest.approx(peer.accuracy_score(TRUTH, guess))
    for name, beta in {"f0_5": 0.5, "f1": 1, "f2": 2}.items():
        assert ours[name] == pytest.approx(peer.fbeta_score(TRUTH, guess, beta=beta))
    assert ours["true_negative_rate"] == pytest.approx(peer.recall_score(TRUTH, guess, pos_label=0))
    assert ours["recall_best_constant_classifier"] == 1
    found = report.file("statistics")["binary_classification_metrics"]
    matrix = peer.confusion_matrix(TRUTH, guess).tolist()
    assert found["confusion_matrix"] == {str(i): {str(j): matrix[i][j] for j in (0, 1)} for i in (0, 1)}
    curve = found["receiver_operating_characteristic_curve"]
    area = np.trapezoid(curve["true_positive_rates"], curve["false_positive_rates"])
    assert area == pytest.approx(ours["auc"])
    assert found["precision_recall_curve"]["recalls"][-1] == 1


def test_a_multiclass_problem(analyze: Analyze) -> None:
    """Averages are weighted by the classes of the truth, as scikit-learn does it."""
    truth = RANDOM.choice(["a", "b", "c"], 300)
    guess = np.where(RANDOM.random(300) < 0.7, truth, "b")
    report = analyze(table(truth=truth, guess=guess), **MULTICLASS)
    ours = values(report, "multiclass_classification")
    for name, beta in {"f0_5": 0.5, "f1": 1, "f2": 2}.items():
        expected = peer.fbeta_score(truth, guess, beta=beta, average="weighted")
        assert ours[f"weighted_{name}"] == pytest.approx(expected)
    assert ours["weighted_precision"] == pytest.approx(peer.precision_score(truth, guess, average="weighted"))
    assert ours["weighted_recall"] == ours["accuracy"] == pytest.approx((truth == guess).mean())
    assert 0 < ours["accuracy_best_constant_classifier"] < 0.5


def test_deviations_need_200_rows(analyze: Analyze) -> None:
    """Below they are the text NaN; from there on numbers, the same for the same rows."""
    data = table(truth=TRUTH.tolist(), score=SCORE.tolist())
    one, two = (analyze(data, **BINARY).file("statistics") for _ in range(2))
    assert one == two
    assert 0 < one["binary_classification_metrics"]["auc"]["standard_deviation"] < 0.1
    few = analyze(table(truth=[1, 2], guess=[1, 3]), **REGRESSION).file("statistics")
    assert few["regression_metrics"]["mae"]["standard_deviation"] == "NaN"


def test_late_labels_are_joined_and_counted(analyze: Analyze, tmp_path: Path) -> None:
    """In any order; predictions without a label are no errors, labels without a prediction neither."""
    beside = analyze(table(truth=TRUTH[:300].tolist(), score=SCORE[:300].tolist()), **BINARY)
    shuffled = RANDOM.permutation(300).tolist()
    labels = table(truth=[*TRUTH[shuffled].tolist(), 1, ""], id=[*shuffled, 9999, 399])
    report = analyze(PREDICTIONS, **BINARY, **late(tmp_path, labels))
    ours, theirs = values(report, "binary_classification"), values(beside, "binary_classification")
    assert ours == pytest.approx(theirs)
    verdict = report.file("verdict")
    assert (verdict["rows"], verdict["unlabelled"], verdict["orphaned"]) == (300, 100, 1)
    assert report.file("statistics")["dataset"]["item_count"] == 300


def test_no_label_yet_is_no_pass(analyze: Analyze, tmp_path: Path) -> None:
    """Without labels nothing was measured: a violation, as below the number of rows that is asked for."""
    baseline = analyze(table(truth=TRUTH.tolist(), score=SCORE.tolist()), **BINARY)
    report = analyze(PREDICTIONS, baseline, **BINARY, **late(tmp_path, "id,truth\n9999,1\n"))
    assert report.checks == {("item_count", "row_count_check")}
    assert report.file("verdict")["unlabelled"] == 400
    few = analyze(table(truth=[1, 0], score=[1, 0]), baseline, **BINARY, min_rows=3)
    assert few.checks == {("item_count", "row_count_check")}


@pytest.mark.parametrize(
    ("predictions", "labels", "message"),
    [
        (PREDICTIONS, "id,truth\n1,0\n1.0,1\n", "the labels have the id '1' more than once"),
        ("id,score\n1,0.5\n1,0.6\n", LABELS, "the predictions have the id '1' more than once"),
        ("id,score\n,0.5\n", LABELS, "the predictions have a row without 'id'"),
        (PREDICTIONS, "key,truth\n1,0\n", "there is no column 'id'"),
    ],
    ids=["labels", "predictions", "no-key", "no-column"],
)
def test_keys_must_be_unique(
    analyze: Analyze, tmp_path: Path, predictions: str, labels: str, message: str
) -> None:
    """A join that multiplies rows would change every metric."""
    report = analyze(predictions, **BINARY, **late(tmp_path, labels))
    assert (report.code, message in report.message) == (1, True)


def test_thresholds_and_slack(analyze: Analyze) -> None:
    """A worse model violates, the same does not, and slack lets a slightly worse one pass."""
    truth = [float(i) for i in range(100)]
    exact = analyze(table(truth=truth, guess=[x + 1 for x in truth]), **REGRESSION)
    assert analyze(table(truth=truth, guess=[x + 1 for x in truth]), exact, **REGRESSION).violations == []
    worse = table(truth=truth, guess=[x + 1.05 for x in truth])
    assert analyze(worse, exact, **REGRESSION).checks == {
        ("mae", "GreaterThanThreshold"),
        ("mse", "GreaterThanThreshold"),
        ("rmse", "GreaterThanThreshold"),
        ("r2", "LessThanThreshold"),
    }
    loose = analyze(table(truth=truth, guess=[x + 1 for x in truth]), **REGRESSION, slack=0.2)
    assert analyze(worse, loose, **REGRESSION).violations == []


def test_a_metric_that_cannot_be_computed_is_no_pass(analyze: Analyze) -> None:
    """R2 of a constant truth, AUC of one class: a violation that says so."""
    baseline = analyze(table(truth=[1, 2, 3, 4], guess=[1, 2, 3, 9]), **REGRESSION)
    report = analyze(table(truth=[2, 2], guess=[2, 2]), baseline, **REGRESSION)
    assert report.checks == {("r2", "LessThanThreshold")}
    assert report.violations[0]["description"] == "r2 cannot be computed from these rows."
    one_class = analyze(table(truth=[1, 1], score=[0.5, 0.7]), **BINARY)
    assert values(one_class, "binary_classification")["auc"] == "NaN"
    assert "auc" not in one_class.file("constraints")["binary_classification_constraints"]
    assert "precision_recall_curve" not in one_class.file("statistics")["binary_classification_metrics"]


def test_a_threshold_that_aws_could_not_compute_is_left_out(analyze: Analyze) -> None:
    """AWS writes the text NaN for it."""
    baseline = analyze(table(truth=[1, 2, 3], guess=[1, 2, 4]), **REGRESSION)
    path = baseline.folder / "constraints.json"
    document = json.loads(path.read_text())
    document["regression_constraints"] = {
        "r2": {"threshold": "NaN", "comparison_operator": "LessThanThreshold"}
    }
    path.write_text(json.dumps(document))
    assert analyze(table(truth=[1, 2, 3], guess=[9, 9, 9]), baseline, **REGRESSION).violations == []


@pytest.mark.parametrize("spelling", [("1", "0"), ("1.0", "0.0"), ("true", "false"), ("True", "False")])
def test_classes_have_one_name_for_all_spellings(analyze: Analyze, spelling: tuple[str, str]) -> None:
    """A label of another spelling is not another class."""
    yes, no = spelling
    report = analyze(
        table(truth=[1, 0, 1], guess=[yes, no, no]), **{**MULTICLASS, "problem_type": "BinaryClassification"}
    )
    assert report.file("statistics")["binary_classification_metrics"]["confusion_matrix"] == {
        "0": {"0": 1, "1": 0},
        "1": {"0": 1, "1": 1},
    }


def test_exchanged_columns_are_pointed_out(analyze: Analyze, capsys: pytest.CaptureFixture[str]) -> None:
    """Most metrics of a regression are the same both ways round, so only this can tell."""
    analyze(table(guess=[0, 1, 0, 1], truth=[0.1, 0.9, 0.2, 0.8]), **REGRESSION)
    assert "may be exchanged" in capsys.readouterr().out
    analyze(table(truth=[0, 1, 0, 1], guess=[0.1, 0.9, 0.2, 0.8]), **REGRESSION)
    assert "may be exchanged" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("data", "environment", "message"),
    [
        ("truth,guess\n1,x\n", REGRESSION, "the prediction has 'x' where a finite number is needed"),
        ("truth,guess\n1,\n", REGRESSION, "the prediction has None where"),
        ("truth,guess\n,1\n", REGRESSION, "a baseline needs at least 1 labelled rows, there are 0"),
        (
            "truth,guess\n1,1\n",
            {**REGRESSION, "problem_type": "Ranking"},
            "problem_type 'Ranking' is unknown",
        ),
        ("truth,guess\n1,1\n", {**REGRESSION, "problem_type": ""}, "the environment has no problem_type"),
        ("truth,guess\n1,1\n", {**MULTICLASS, "inference_attribute": ""}, "give inference_attribute"),
        ("truth,score\nyes,1\n", BINARY, "a binary problem has the classes 0 and 1, the data have yes"),
    ],
    ids=["text", "missing", "unlabelled", "problem", "no-problem", "no-prediction", "classes"],
)
def test_what_cannot_be_measured(
    analyze: Analyze, data: str, environment: dict[str, str], message: str
) -> None:
    """One clear sentence and exit code 1."""
    report = analyze(data, **environment)
    assert (report.code, message in report.message) == (1, True), report.message


def test_a_baseline_of_another_problem_is_refused(analyze: Analyze) -> None:
    """It has no threshold to compare with, so nothing could fail."""
    baseline = analyze(table(truth=[1, 2], guess=[1, 3]), **REGRESSION)
    report = analyze(table(truth=[1, 0], score=[1, 0]), baseline, **BINARY)
    assert "has no binary_classification_constraints" in report.message


def test_nothing_of_nothing_is_zero() -> None:
    """A precision without a predicted event is 0, as in scikit-learn; an area without both classes is no number."""
    found = metrics.binary(np.array(["1", "0"]), np.array(["0", "0"]), None)
    assert found["precision"] == found["f1"] == 0
    assert math.isnan(metrics.area(np.array([True]), np.array([0.5])))
