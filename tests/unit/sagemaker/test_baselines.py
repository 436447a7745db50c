import pytest

from airflow_mlmax.sagemaker.baselines import KINDS, drift_check_baselines, limited, reports_of
from airflow_mlmax.sagemaker.requests import ModelPackageRequest

REPORTS = {kind: f"s3://bucket/baselines/{kind}/" for kind in KINDS}


@pytest.mark.parametrize("kinds", [KINDS, KINDS[:1], ()], ids=["all", "one", "none"])
def test_baselines_come_back_as_they_were_registered(kinds: tuple[str, ...]) -> None:
    """What monitors compare with is what training made."""
    reports = {kind: REPORTS[kind] for kind in kinds}
    assert reports_of({"DriftCheckBaselines": drift_check_baselines(reports)}) == reports


def test_every_file_is_named_in_its_place() -> None:
    """Statistics and constraints of data and model, the analysis of bias and attribution, as AWS has them."""
    baselines = drift_check_baselines(REPORTS)
    named = {
        (area, name): each["S3Uri"].rpartition("/")[2]
        for area in baselines
        for name, each in baselines[area].items()
    }
    assert named == {
        ("ModelDataQuality", "Statistics"): "statistics.json",
        ("ModelDataQuality", "Constraints"): "constraints.json",
        ("ModelQuality", "Statistics"): "statistics.json",
        ("ModelQuality", "Constraints"): "constraints.json",
        ("Bias", "PreTrainingConstraints"): "analysis.json",
        ("Bias", "PostTrainingConstraints"): "analysis.json",
        ("Explainability", "Constraints"): "analysis.json",
    }


def test_a_request_with_an_unknown_kind_is_refused() -> None:
    """The fault names the kinds there are."""
    request = ModelPackageRequest(image_uri="i", baselines={"fairness": "s3://b/x/"})
    assert any(
        "baselines has fairness; known kinds are data_quality" in fault for fault in request.argument_faults()
    )


def test_limits_stand_over_suggested_constraints() -> None:
    """Only of the features that are named, in the words that the analyzer reads."""
    suggested = {
        "version": 0.0,
        "features": [{"name": "temp", "completeness": 1.0}, {"name": "gust", "completeness": 0.2}],
    }
    temp, gust = limited(suggested, {"gust": {"completeness": 0, "drift": 0.5}})["features"]
    assert temp == suggested["features"][0]
    assert gust == {
        "name": "gust",
        "completeness": 0,
        "monitoring_config_overrides": {"distribution_constraints": {"comparison_threshold": 0.5}},
    }
    with pytest.raises(ValueError, match="limits name wind, but the features are gust, temp"):
        limited(suggested, {"wind": {"drift": 0.5}})
