"""The most that a job can cost: limit times machines times price, by family."""

from typing import Any

import pytest

from airflow_mlmax.costs.maximum import maximum
from airflow_mlmax.costs.prices import prices_of
from airflow_mlmax.sagemaker.jobs import PROCESSING, TRAINING, TRANSFORM, TUNING, JobType

PRICES = prices_of("us-east-1")
LARGE, XLARGE = 0.115, 0.23
MACHINE = {"InstanceType": "ml.m5.large", "InstanceCount": 2}
TRAIN = {"ResourceConfig": MACHINE, "StoppingCondition": {"MaxRuntimeInSeconds": 1800}}
LIMITS = {"MaxNumberOfTrainingJobs": 4, "MaxParallelTrainingJobs": 2}


def search(limits: dict[str, int], **members: Any) -> dict[str, Any]:
    return {
        "HyperParameterTuningJobConfig": {"ResourceLimits": limits},
        "TrainingJobDefinition": TRAIN,
        **members,
    }


CASES: dict[str, tuple[JobType, dict[str, Any], float]] = {
    "processing": (
        PROCESSING,
        {
            "ProcessingResources": {"ClusterConfig": MACHINE},
            "StoppingCondition": {"MaxRuntimeInSeconds": 3600},
        },
        2 * LARGE,
    ),
    "processing without a limit takes a day": (
        PROCESSING,
        {"ProcessingResources": {"ClusterConfig": MACHINE}},
        24 * 2 * LARGE,
    ),
    "training": (TRAINING, TRAIN, 0.5 * 2 * LARGE),
    "a warm pool stays": (
        TRAINING,
        {**TRAIN, "ResourceConfig": {**MACHINE, "KeepAlivePeriodInSeconds": 1800}},
        2 * LARGE,
    ),
    "several groups": (
        TRAINING,
        {
            **TRAIN,
            "ResourceConfig": {"InstanceGroups": [MACHINE, {**MACHINE, "InstanceType": "ml.m5.xlarge"}]},
        },
        0.5 * 2 * (LARGE + XLARGE),
    ),
    "the dearest of several types": (
        TRAINING,
        {
            **TRAIN,
            "ResourceConfig": {
                "InstanceCount": 2,
                "InstancePreferences": [{"InstanceType": "ml.m5.large"}, {"InstanceType": "ml.m5.xlarge"}],
            },
        },
        0.5 * 2 * XLARGE,
    ),
    "transform": (TRANSFORM, {"TransformResources": MACHINE}, 2 * LARGE),
    "children at their own limits": (TUNING, search(LIMITS), 4 * 0.5 * 2 * LARGE),
    "or children at a time at the search's": (
        TUNING,
        search({**LIMITS, "MaxRuntimeInSeconds": 900}),
        2 * 0.25 * 2 * LARGE,
    ),
    "a grid has as many children as time allows": (
        TUNING,
        search({"MaxParallelTrainingJobs": 2, "MaxRuntimeInSeconds": 3600}),
        2 * 2 * LARGE,
    ),
    "the dearest definition": (
        TUNING,
        {
            **search(LIMITS),
            "TrainingJobDefinition": None,
            "TrainingJobDefinitions": [
                TRAIN,
                {**TRAIN, "HyperParameterTuningResourceConfig": {**MACHINE, "InstanceType": "ml.m5.xlarge"}},
            ],
        },
        4 * 0.5 * 2 * XLARGE,
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_the_most_is_computed_by_hand(name: str) -> None:
    """Of a transform job the task's own limit counts: SageMaker sets none."""
    job_type, request, usd = CASES[name]
    assert maximum(job_type, request, PRICES, own_limit=3600).usd == pytest.approx(usd)


def test_an_unlisted_type_makes_it_unknown() -> None:
    """And is named; it is never taken for free."""
    charge = maximum(TRANSFORM, {"TransformResources": {"InstanceType": "ml.x9.huge"}}, PRICES, own_limit=60)
    assert charge.unknown == {"ml.x9.huge"}
    assert charge.document()["usd"] is None
