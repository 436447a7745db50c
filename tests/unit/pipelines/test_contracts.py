from typing import Any

import pytest
from airflow.providers.common.compat.sdk import AirflowFailException

from airflow_mlmax.hooks.s3 import S3Objects
from airflow_mlmax.pipelines.contracts import write_contract
from airflow_mlmax.pipelines.registry import with_contract

LANDING = {
    "name": "landing",
    "expectations": [{"type": "expect_column_values_to_not_be_null", "kwargs": {"column": "key"}}],
}


@pytest.fixture
def model(s3: S3Objects, put: Any, place: str) -> dict[str, Any]:
    """A registered version with the contract that its training wrote."""
    put(f"{place.split('/', 3)[3]}/rows/rows.csv", "key,carrier\n1,AA\n2,UA\n")
    written = write_contract(
        s3,
        f"{place}/rows",
        f"{place}/contract.json",
        landing=LANDING,
        severities={"carrier": "warning"},
        version="2013-07-01",
    )
    return {"model_version": 3, "model_package_arn": "arn:3", **written}


def test_the_contract_is_read_back(s3: S3Objects, model: dict[str, Any]) -> None:
    """A suite in S3 with the categories of the training rows, and its hash."""
    assert with_contract(s3, model) is model
    last = s3.read_json(model["contract_uri"])["expectations"][-1]
    assert last["kwargs"] == {"column": "carrier", "value_set": ["AA", "UA"]}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"contract_uri": None}, r"version 3 \(arn:3\) has no contract"),
        ({"contract_sha256": "0" * 64}, "is not the contract that version 3"),
        ({"contract_uri": "s3://pipeline-tests/nowhere.json"}, "is gone from s3://pipeline-tests/nowhere"),
    ],
    ids=["none", "another", "gone"],
)
def test_a_model_is_used_only_under_its_own_contract(
    s3: S3Objects, model: dict[str, Any], change: dict[str, Any], message: str
) -> None:
    """Refused with the version and what to do."""
    with pytest.raises(AirflowFailException, match=message) as refused:
        with_contract(s3, {**model, **change})
    assert "train, register and approve it again" in str(refused.value)
