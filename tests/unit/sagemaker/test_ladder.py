"""What is asked for next when there is no capacity."""

from typing import Any

import pytest

from airflow_mlmax.sagemaker.jobs import PROCESSING, TRAINING, TUNING
from airflow_mlmax.sagemaker.ladder import climb, rung

LADDER: list[dict[str, Any]] = [
    {"instance_type": "ml.m5.4xlarge"},
    {"instance_type": "ml.m5.2xlarge", "spot": False},
]


def spot_request() -> dict[str, Any]:
    return {
        "ResourceConfig": {"InstanceType": "ml.m5.2xlarge", "InstanceCount": 1, "VolumeSizeInGB": 30},
        "EnableManagedSpotTraining": True,
        "CheckpointConfig": {"S3Uri": "s3://b/checkpoints"},
        "StoppingCondition": {"MaxRuntimeInSeconds": 600, "MaxWaitTimeInSeconds": 900},
    }


def test_the_ladder_is_climbed_error_by_error_and_starts_over() -> None:
    """The rung follows from the count of errors alone, so every process stands on the same one."""
    assert [rung(LADDER, errors) for errors in range(5)] == [0, 1, 2, 0, 1]
    assert rung([], 7) == 0


def test_rung_zero_is_the_request_itself() -> None:
    """Without a capacity error the ladder changes nothing."""
    assert climb(TRAINING, spot_request(), LADDER, 0) == spot_request()


def test_the_last_rung_goes_on_demand_and_keeps_the_checkpoints() -> None:
    """An on-demand job goes on where the spot job was interrupted."""
    request = climb(TRAINING, spot_request(), LADDER, 2)
    assert "EnableManagedSpotTraining" not in request
    assert request["StoppingCondition"] == {"MaxRuntimeInSeconds": 600}
    assert request["CheckpointConfig"] == {"S3Uri": "s3://b/checkpoints"}


def test_the_original_request_stays_as_it_was() -> None:
    """The fingerprint is taken from the request of rung zero, so a rung must not write into it."""
    request = spot_request()
    climb(TRAINING, request, LADDER, 2)
    assert request == spot_request()


def test_all_settings_of_a_rung_reach_the_request() -> None:
    """A rung speaks the words of `compute`."""
    request = {"ProcessingResources": {"ClusterConfig": {"InstanceType": "ml.t3.medium"}}}
    step = {"instance_type": "ml.m5.large", "instance_count": 2, "volume_size_gb": 50}
    changed = climb(PROCESSING, request, [step], 1)["ProcessingResources"]["ClusterConfig"]
    assert changed == {"InstanceType": "ml.m5.large", "InstanceCount": 2, "VolumeSizeInGB": 50}


def test_an_unknown_key_names_the_rung_and_the_known_ones() -> None:
    """A typing error in the ladder is found when the rung is reached, with the place."""
    with pytest.raises(ValueError, match=r"instance_ladder\[0\]: unknown \['instance'\]; known are"):
        climb(TRAINING, spot_request(), [{"instance": "ml.m5.large"}], 1)


def test_many_definitions_have_no_one_place_to_change() -> None:
    """A tuning job over several algorithms cannot climb, and says so."""
    with pytest.raises(ValueError, match="HyperParameterTuningJob without one place"):
        climb(TUNING, {"TrainingJobDefinitions": [{}, {}]}, LADDER, 1)
