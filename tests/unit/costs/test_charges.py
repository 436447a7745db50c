"""What a job costs, and what nobody can say."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from airflow_mlmax.costs.charges import charge, search_charge
from airflow_mlmax.costs.prices import prices_of
from airflow_mlmax.sagemaker.jobs import PROCESSING, TRAINING, TRANSFORM, JobType

START = datetime(2026, 1, 1, tzinfo=UTC)
OWN = {"ml.big.large": {"Training": 3.6, "Processing": 7.2}}
PRICES = prices_of("us-east-1", OWN)


def training(seconds: int, **changes: Any) -> dict[str, Any]:
    """The description of a training job that was billed so many seconds."""
    resources = {"InstanceType": "ml.big.large", "InstanceCount": 2}
    return {"BillableTimeInSeconds": seconds, "ResourceConfig": resources, **changes}


def test_training_costs_its_billed_seconds_on_every_instance() -> None:
    """Two instances for 500 s at 0.001 USD a second."""
    assert charge(TRAINING, training(500), PRICES).usd == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("job_type", "description", "usd"),
    [
        (
            PROCESSING,
            {
                "ProcessingStartTime": START,
                "ProcessingEndTime": START + timedelta(hours=1),
                "ProcessingResources": {
                    "ClusterConfig": {"InstanceType": "ml.m5.xlarge", "InstanceCount": 3}
                },
            },
            0.69,
        ),
        (
            TRANSFORM,
            {
                "TransformStartTime": START,
                "TransformEndTime": START + timedelta(minutes=30),
                "TransformResources": {"InstanceType": "ml.m5.large", "InstanceCount": 1},
            },
            0.0575,
        ),
    ],
    ids=["processing", "transform"],
)
def test_other_jobs_cost_from_start_to_end(
    job_type: JobType, description: dict[str, Any], usd: float
) -> None:
    """They report no billed time; list prices of the component count."""
    assert charge(job_type, description, PRICES).usd == pytest.approx(usd)


def test_spot_says_what_it_saved() -> None:
    """Of 1000 s of training 300 were billed: 700 on two instances are saved."""
    spot = training(300, TrainingTimeInSeconds=1000, EnableManagedSpotTraining=True)
    found = charge(TRAINING, spot, PRICES)
    assert (found.usd, found.spot_saving_usd) == pytest.approx((0.6, 1.4))
    assert "1.4000 USD saved by spot" in str(found)


def test_each_group_of_a_cluster_has_its_own_price() -> None:
    """What AWS selected counts before what was asked for; one unknown type makes the sum unknown."""
    groups = [
        {"InstanceType": "ml.big.large", "InstanceCount": 1},
        {"InstanceType": "ml.new.large", "InstanceCount": 1},
    ]
    found = charge(TRAINING, training(3600, ResourceConfig={"InstanceGroups": groups}), PRICES)
    assert found.document() == {
        "usd": None,
        "spot_saving_usd": 0.0,
        "prices_as_of": PRICES.as_of,
        "unknown_prices": ["ml.new.large"],
    }
    assert str(found).startswith("price unknown for ml.new.large")


def test_a_component_never_borrows_the_price_of_another() -> None:
    """The instance has a price for training and for processing, none for batch transform."""
    times = {"TransformStartTime": START, "TransformEndTime": START + timedelta(hours=1)}
    resources = {"TransformResources": {"InstanceType": "ml.big.large", "InstanceCount": 1}}
    assert charge(TRANSFORM, {**times, **resources}, PRICES).unknown == {"ml.big.large"}


def test_a_region_without_a_list_is_unknown_but_for_own_prices() -> None:
    """No price of another region is taken."""
    elsewhere = prices_of("eu-west-3", OWN)
    assert elsewhere.hourly(TRAINING, "ml.m5.large") is None
    assert elsewhere.hourly(TRAINING, "ml.big.large") == 3.6


def test_a_job_that_never_ran_costs_nothing_at_any_price() -> None:
    """There is nothing unknown about zero seconds."""
    never = {"ResourceConfig": {"InstanceType": "ml.new.large", "InstanceCount": 1}}
    assert charge(TRAINING, never, PRICES).document()["usd"] == 0


def test_a_search_costs_what_its_children_cost() -> None:
    """Its own run time is a wall clock."""
    assert search_charge([training(100), training(400)], PRICES).usd == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("own", "told"),
    [
        ({"ml.m5.large": {"Hosting": 1.0}}, "'Hosting'; known are Batch Transform, Processing, Training"),
        ({"ml.m5.large": {"Training": -1}}, "ml.m5.large Training is -1"),
        ({"ml.m5.large": {"Training": "cheap"}}, "is 'cheap'; give USD per instance hour"),
    ],
    ids=["component", "negative", "text"],
)
def test_a_wrong_own_price_is_named(own: dict[str, Any], told: str) -> None:
    """A price is USD per instance hour of a component."""
    with pytest.raises(ValueError, match="prices") as raised:
        prices_of("us-east-1", own)
    assert told in str(raised.value)
