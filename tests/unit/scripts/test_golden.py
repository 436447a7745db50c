"""What AWS's own analyzers wrote for the same data, and documents of theirs that must be understood."""

import json
from typing import Any

import pytest
from analyzer import GOLDEN, Analyze

from airflow_mlmax.scripts.monitor import baseline, metrics

HEADERLESS = {"csv": {"header": False}}
EXCHANGED = {
    "analysis_type": "MODEL_QUALITY",
    "problem_type": "Regression",
    "inference_attribute": "Label",  # the test that made the sample exchanged the two
    "ground_truth_attribute": "Prediction",
}


def document(name: str) -> Any:
    return json.loads((GOLDEN / name).read_text())


def flat(value: Any, path: str = "") -> dict[str, Any]:
    """Every leaf by its path, so that numbers can be compared with a tolerance and the rest exactly."""
    if isinstance(value, dict):
        return {k: v for key, each in value.items() for k, v in flat(each, f"{path}.{key}").items()}
    if isinstance(value, list):
        return {k: v for i, each in enumerate(value) for k, v in flat(each, f"{path}[{i}]").items()}
    return {path: value}


def same(found: Any, expected: Any) -> bool:
    """Equal keys in equal order, equal texts, numbers equal to the thirteenth digit."""
    ours, theirs = flat(found), flat(expected)
    return list(ours) == list(theirs) and all(
        type(ours[key]) is type(value)
        and ours[key] == (pytest.approx(value, rel=1e-13) if isinstance(value, float) else value)
        for key, value in theirs.items()
    )


def data(kind: str) -> str:
    return (GOLDEN / kind / "baseline_dataset.csv").read_text()


def against(kind: str, case: str) -> dict[str, str]:
    return {
        "baseline_constraints": str(GOLDEN / kind / f"constraints_{case}.json"),
        "baseline_statistics": str(GOLDEN / kind / "statistics.json"),
    }


def test_statistics_of_data_equal_the_sample(analyze: Analyze) -> None:
    """Types, moments, buckets and sketch of all six features."""
    report = analyze(data("data_quality"), dataset_format=HEADERLESS)
    assert same(report.file("statistics"), document("data_quality/statistics.json"))


def test_suggested_constraints_of_data_equal_the_sample(analyze: Analyze) -> None:
    """Feature by feature; the thresholds are the sample's, with the two of categories beside them."""
    ours = analyze(data("data_quality"), dataset_format=HEADERLESS).file("constraints")
    theirs = document("data_quality/constraints_good.json")
    assert ours["features"] == theirs["features"]
    assert flat(theirs["monitoring_config"]).items() <= flat(ours["monitoring_config"]).items()


def test_good_constraints_of_data_hold(analyze: Analyze) -> None:
    """A baseline that AWS wrote, against the data that it was made of."""
    report = analyze(data("data_quality"), dataset_format=HEADERLESS, **against("data_quality", "good"))
    assert report.violations == []
    assert report.message == "Completed: Job completed successfully with no violations."
    assert {each["state"] for each in report.file("verdict")["drift"]} == {"ok"}


def test_bad_constraints_of_data_are_violated(analyze: Analyze) -> None:
    """The column that is declared a String, and no other."""
    report = analyze(data("data_quality"), dataset_format=HEADERLESS, **against("data_quality", "bad"))
    assert report.checks == {("_c5", "data_type_check")}
    assert report.message == "CompletedWithViolations: Job completed successfully with 1 violations."


def test_metrics_of_a_regression_equal_the_sample(analyze: Analyze) -> None:
    """The four metrics; the deviations are the text NaN below 200 rows."""
    report = analyze(data("model_quality"), **EXCHANGED)
    assert same(report.file("statistics"), document("model_quality/statistics.json"))
    assert same(report.file("constraints"), document("model_quality/constraints_good.json"))


@pytest.mark.parametrize(("case", "violated"), [("good", set()), ("bad", {("mse", "GreaterThanThreshold")})])
def test_thresholds_of_a_regression(analyze: Analyze, case: str, violated: set[tuple[str, str]]) -> None:
    """Thresholds equal to the metrics hold; one that was lowered is violated, alone."""
    assert analyze(data("model_quality"), **EXCHANGED, **against("model_quality", case)).checks == violated


def test_metrics_of_a_binary_problem_equal_the_sample() -> None:
    """Computed from the rows that its confusion matrix stands for; the curves of the sample are invented."""
    sample = document("forms/model_monitor_model_quality_binary_classification.json")
    sample = sample["binary_classification_metrics"]
    rows = [
        (actual, guess)
        for actual, row in sample["confusion_matrix"].items()
        for guess, count in row.items()
        for _ in range(count)
    ]
    truth, predicted = (metrics.np.array(side) for side in zip(*rows, strict=True))
    assert metrics.confusion_matrix(truth, predicted) == sample["confusion_matrix"]
    ours = metrics.binary(truth, predicted, None)
    theirs = {key: each["value"] for key, each in sample.items() if "value" in each and key != "auc"}
    assert ours == pytest.approx(theirs)


def test_old_spellings_of_constraints_are_read() -> None:
    """`enable_comparisons`, `min_domain_mass` and overrides inside `string_constraints`."""
    found = baseline.features(document("forms/constraints.json"), document("forms/statistics.json"))
    message = found["message"]
    assert message.domains == {"preproc-not-YET-supported-for-csv-json"}
    assert message.limits == baseline.Limits(domain=1.0, compare=True, numeric=1.0, categorical=1.0)
    assert message.categories == {"preproc-not-YET-supported-for-csv-json": 418.0}
    assert found["second_message"].present == 0


def test_violations_have_the_keys_of_the_sample(analyze: Analyze) -> None:
    """Each row has AWS's three keys, and `details` beside them."""
    report = analyze(data("data_quality"), dataset_format=HEADERLESS, **against("data_quality", "bad"))
    sample = document("forms/constraint_violations.json")
    assert list(report.file("constraint_violations")) == list(sample)
    assert [*sample["violations"][0], "details"] == list(report.violations[0])
