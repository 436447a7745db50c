from pathlib import Path

import pytest

from airflow_mlmax.pipelines.brakes import Retraining
from airflow_mlmax.pipelines.model_file import read_model_file

FLIGHTS = Path(__file__).parents[3] / "dags/models/flights/retraining.yaml"


def test_all_mistakes_are_named_at_once(tmp_path: Path) -> None:
    """The file, every key that is wrong, and what is allowed."""
    path = tmp_path / "retraining.yaml"
    path.write_text(
        "drift: {in_a_row: 0, min_rows: 5}\nwarm_start: Always\nnew_data: {cool_down_days: soon}\n"
    )
    with pytest.raises(ValueError, match="does not describe retraining") as found:
        read_model_file(path, Retraining)
    text = str(found.value)
    assert str(path) in text
    assert all(
        each in text
        for each in ("drift.in_a_row", "drift.min_rows", "TransferLearning", "new_data.cool_down_days")
    )


def test_drift_is_braked_least() -> None:
    """The flights wait longer for new data than for drift, and never take new days for the same data."""
    policy = read_model_file(FLIGHTS, Retraining)
    assert policy.drift is not None
    assert policy.new_data is not None
    assert policy.drift.cool_down_days < policy.new_data.cool_down_days
    assert policy.drift.min_new_rows < policy.new_data.min_new_rows
    assert policy.warm_start == "TransferLearning"
