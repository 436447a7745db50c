from datetime import UTC, date, datetime
from typing import Any

import pytest

from airflow_mlmax.pipelines.decision import Evidence, Training, decide, told
from airflow_mlmax.specs.retraining import Brakes, Causes, DriftBrakes

BRAKES = {"cool_down_days": 7, "cool_down_hours": 12, "min_new_rows": 1000}
POLICY = Causes(schedule=Brakes(**BRAKES), new_data=Brakes(**BRAKES), drift=DriftBrakes(**BRAKES, in_a_row=3))
LAST = Training(date(2013, 7, 1), datetime(2013, 7, 1, 6, tzinfo=UTC), "version 4")
OPEN: dict[str, Any] = {
    "at": datetime(2013, 7, 9, 6, tzinfo=UTC),
    "causes": ["schedule"],
    "until": date(2013, 7, 9),
    "last": LAST,
    "seen_until": LAST.until,
    "new_rows": 1000,
}


def decided(policy: Causes = POLICY, **changed: Any) -> dict[str, Any]:
    return decide(policy, Evidence(**{**OPEN, **changed}))


def july(*days: int) -> list[date]:
    return [date(2013, 7, day) for day in days]


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({}, "the schedule asks for it"),
        ({"causes": ["new_data"]}, "new labelled data"),
        ({"causes": ["request"], "new_rows": 0, "until": date(2013, 7, 2)}, "a person asks for it"),
        (
            {"causes": ["drift"], "drift_days": july(8, 7, 6)},
            "drift on 2013-07-06, 2013-07-07, 2013-07-08",
        ),
        ({"causes": ["drift", "new_data"], "drift_days": july(8)}, "new labelled data"),
    ],
    ids=["schedule", "new data", "person", "drift", "one of two causes"],
)
def test_nothing_holds(changed: dict[str, Any], reason: str) -> None:
    """One cause that its brakes let go is enough, and is the reason."""
    decision = decided(**changed)
    assert (decision["retrain"], decision["reason"]) == (True, reason)


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"causes": []}, "no event that counts"),
        ({"new_rows": 999}, "new rows: about 999 since 2013-07-01; 1000 are needed"),
        (
            {"until": date(2013, 7, 7)},
            "cool-down: 6 days of data after version 4, until 2013-07-01; 7 are needed",
        ),
        (
            {"at": datetime(2013, 7, 1, 17, 30, tzinfo=UTC)},
            "cool-down: 11.5 hours after version 4; 12.0 are needed",
        ),
        ({"causes": ["drift"], "drift_days": []}, "breaches in a row: 0; 3 are needed"),
        (
            {"causes": ["drift"], "drift_days": july(3, 4, 5, 7, 8)},
            "breaches in a row: 2 (2013-07-07, 2013-07-08); 3 are needed",
        ),
        (
            {"causes": ["drift"], "drift_days": [date(2013, 6, 29), date(2013, 6, 30), *july(1)]},
            "breaches in a row: 1 (2013-07-01); 3 are needed",
        ),
        (
            {"causes": ["drift"], "drift_days": july(8, 8, 8)},
            "breaches in a row: 1 (2013-07-08); 3 are needed",
        ),
        ({"on_the_way": ["1 run of training is on its way"]}, "1 run of training is on its way"),
        ({"backfill": True}, "a backfill never trains"),
        (
            {"last": None, "seen_until": None},
            "no version is registered that says until when it was trained; run the training DAG once",
        ),
        ({"until": date(2013, 7, 1)}, "there are no labels after those of version 4, until 2013-07-01"),
        ({"until": None}, "there are no labels after those of version 4, until 2013-07-01"),
        (
            {"policy": Causes()},
            "the model's settings give it no brakes, so it causes nothing",
        ),
    ],
    ids=[
        *(
            "no cause",
            "new rows",
            "days",
            "hours",
            "no drift",
            "a day without drift",
            "drift before training",
        ),
        *("one day told often", "two at once", "backfill", "no version", "no new label", "no label"),
        "cause without brakes",
    ],
)
def test_a_brake_holds(changed: dict[str, Any], reason: str) -> None:
    """Each brake by itself, with its figure and what is needed."""
    decision = decided(**changed)
    assert (decision["retrain"], decision["reason"]) == (False, reason)


def test_every_brake_is_named() -> None:
    """What holds a cause is complete, and its log has every figure."""
    decision = decided(
        causes=["drift", "schedule"],
        drift_days=july(2),
        new_rows=10,
        until=date(2013, 7, 3),
        at=datetime(2013, 7, 1, 7, tzinfo=UTC),
    )
    assert {each["cause"]: len(each["held"]) for each in decision["causes"]} == {"drift": 4, "schedule": 3}
    text = told(decision)
    assert text.startswith("no training: breaches in a row: 1 (2013-07-02); 3 are needed; new rows: about 10")
    assert "\n  - held: cool-down: 2 days" in text
    assert "\nlast_until = 2013-07-01\n" in text


def test_days_that_are_looked_at_seldom_follow_each_other() -> None:
    """Where a model is monitored once a week, two breaches in a row are a week apart."""
    policy = Causes(drift=DriftBrakes(in_a_row=2, days_apart=7))
    weekly = {"causes": ["drift"], "drift_days": july(1, 8)}
    assert decided(policy, **weekly)["retrain"] is True
    assert decided(POLICY, **weekly)["retrain"] is False


def test_a_training_that_gave_no_version_cools_down_too() -> None:
    """New rows are those that no version has seen; days count from the training that was begun."""
    begun = Training(date(2013, 7, 6), datetime(2013, 7, 6, tzinfo=UTC), "the training retraining__x")
    reason = decided(last=begun, new_rows=5000)["reason"]
    assert (
        reason == "cool-down: 3 days of data after the training retraining__x, until 2013-07-06; 7 are needed"
    )
