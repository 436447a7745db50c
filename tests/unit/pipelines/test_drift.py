from typing import Any

from airflow_mlmax.pipelines.drift import drift_of, told

ABOUT = {"model": "flights", "model_version": 3, "day": "2013-07-05"}
REASON = {"feature": "visib", "check": "baseline_drift_check", "observed": 0.4, "threshold": 0.1}
QUIET = {"violation_count": 0, "reasons": [], "report_uri": "s3://b/quiet/"}
LOUD = {"violation_count": 7, "reasons": [REASON], "report_uri": "s3://b/loud/"}
BROKEN: dict[str, Any] = {"violation_count": None, "reasons": None, "report_uri": None}


def test_no_violation_is_no_event() -> None:
    """A monitor that could not run has found nothing either; it is red by itself."""
    assert drift_of(ABOUT, {"bias": QUIET, "data_quality": BROKEN}) is None


def test_an_event_has_the_reasons_of_all_monitors() -> None:
    """What drifted, how far, and where the report lies, for the kinds that have violations."""
    drift = drift_of(ABOUT, {"data_quality": LOUD, "bias": QUIET, "model_quality": BROKEN})
    assert drift == {
        **ABOUT,
        "violations": {"data_quality": 7},
        "reasons": {"data_quality": [REASON]},
        "reports": {"data_quality": "s3://b/loud/"},
    }
    assert told(drift).splitlines() == [
        "drift of version 3 on 2013-07-05:",
        "data_quality: 7 violations, s3://b/loud/",
        "  - visib baseline_drift_check: observed 0.4 against 0.1",
    ]
