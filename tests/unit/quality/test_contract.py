"""The contract of a model, and what it says of later data that are not what the model was trained on."""

import json
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from airflow_mlmax.quality.contract import MOST_CATEGORIES, categories, contract
from airflow_mlmax.quality.data import Data, open_data
from airflow_mlmax.quality.gate import Finding, judge
from airflow_mlmax.quality.policy import Policy
from airflow_mlmax.quality.suites import load_suite
from airflow_mlmax.quality.wording import line

LANDING: dict[str, Any] = {
    "name": "flights",
    "meta": {"version": "1", "columns": {"distance": "number"}},
    "expectations": [
        {"type": "expect_table_columns_to_match_ordered_list", "kwargs": {"column_list": ["older"]}},
        {"type": "expect_column_values_to_not_be_null", "kwargs": {"column": "key"}},
    ],
}
TRAINED = "key,carrier,origin,distance\n1,AA,LGA,100\n2,UA,JFK,200.5\n3,AA,LGA,\n"
SEVERITIES = {"carrier": "warning", "origin": "critical"}


def opened(folder: Path, text: str, columns: dict[str, str]) -> Data:
    for old in folder.glob("data.duckdb*"):
        old.unlink()
    path = folder / "rows.csv"
    path.write_text(text)
    return open_data([path], folder, "csv", columns)


@pytest.fixture
def agreed(tmp_path: Path) -> dict[str, Any]:
    """The contract of a model that was trained on three flights."""
    with closing(opened(tmp_path, TRAINED, LANDING["meta"]["columns"])) as data:
        return contract(LANDING, data.columns, categories(data, list(SEVERITIES)), SEVERITIES, "2013-07-01")


def judged(folder: Path, agreed: dict[str, Any], text: str) -> tuple[Finding, str]:
    """What the contract says of later data, and its failed checks in words."""
    suite = load_suite(json.dumps(agreed))
    with closing(opened(folder, text, dict(suite.columns or {}))) as data:
        finding = judge(data, suite.checks, Policy())
    return finding, "\n".join(line(each) for each in finding.results if not each.success)


def test_the_training_data_hold_their_contract(tmp_path: Path, agreed: dict[str, Any]) -> None:
    """It narrows the landing suite: its checks, but the order of the columns that were there, and their types."""
    finding, _ = judged(tmp_path, agreed, TRAINED)
    assert finding.status == "pass"
    assert (agreed["name"], agreed["meta"]["version"]) == ("flights-contract", "2013-07-01")
    typed = {check["kwargs"]["column"]: check["kwargs"]["type_"] for check in agreed["expectations"][1:5]}
    assert typed == {"key": "string", "carrier": "string", "origin": "string", "distance": "number"}
    assert LANDING["expectations"][1] in agreed["expectations"]
    assert LANDING["expectations"][0] not in agreed["expectations"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("key,carrier,origin\n1,AA,LGA\n", "columns, in order   gone: distance"),
        (
            "key,carrier,origin,dist\n1,AA,LGA,3\n",
            "columns, in order   column distance is gone, dist is new: renamed?",
        ),
        ("carrier,key,origin,distance\nAA,1,LGA,3\n", "columns, in order   moved: "),
        ("key,carrier,origin,distance,gate\n1,AA,LGA,3,B\n", "columns, in order   new: gate"),
        ("key,carrier,origin,distance\n1,AA,LGA,far\n", "distance: values are readable   1 of 1 rows"),
        ("key,carrier,origin,distance\n1,AA,EWR,3\n", "1 of 1 rows, unknown: EWR"),
        ("key,carrier,origin,distance\n,AA,LGA,3\n", "key: values to not be null"),
    ],
    ids=["dropped", "renamed", "reordered", "added", "type", "critical category", "landing check"],
)
def test_other_data_are_refused_in_clear_words(
    tmp_path: Path, agreed: dict[str, Any], text: str, words: str
) -> None:
    """What the model was not trained on does not reach it."""
    finding, said = judged(tmp_path, agreed, text)
    assert finding.decision == "stop"
    assert words in said


def test_a_new_category_warns_where_the_model_says_so(tmp_path: Path, agreed: dict[str, Any]) -> None:
    """A carrier that begins to fly is scored as unknown, and named."""
    finding, said = judged(tmp_path, agreed, "key,carrier,origin,distance\n1,ZZ,LGA,3\n")
    assert (finding.status, finding.decision) == ("warn", "continue")
    assert "carrier: values to be in set AA, UA   1 of 1 rows, unknown: ZZ" in said


def test_a_changed_type_of_parquet_is_refused(tmp_path: Path, agreed: dict[str, Any]) -> None:
    """Formats with types of their own are held to those of the training data."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pa.table({"key": ["1"], "carrier": ["AA"], "origin": ["LGA"], "distance": [True]})
    pq.write_table(table, tmp_path / "rows.parquet")
    suite = load_suite(json.dumps({**agreed, "meta": {}}))
    (tmp_path / "database").mkdir()
    with closing(open_data([tmp_path / "rows.parquet"], tmp_path / "database")) as data:
        finding = judge(data, suite.checks, Policy())
    assert any("distance" in reason and "type" in reason for reason in finding.reasons)


@pytest.mark.parametrize(
    ("severities", "message"),
    [
        ({"gate": "warning"}, "categories names gate, but the columns are key, carrier"),
        ({"carrier": "loud"}, "severity 'loud' of carrier is none of info, warning, critical"),
    ],
    ids=["column", "severity"],
)
def test_a_contract_about_nothing_is_refused(severities: dict[str, str], message: str) -> None:
    """A misspelt name is told in the training run, not on the first night of scoring."""
    columns = {"key": "string", "carrier": "string"}
    with pytest.raises(ValueError, match=message):
        contract(LANDING, columns, {"carrier": []}, severities, "1")


def test_a_column_of_keys_has_no_categories(tmp_path: Path) -> None:
    """Different values without end are no list that a later value could be missing from."""
    text = "key\n" + "".join(f"{number}\n" for number in range(MOST_CATEGORIES + 1))
    with closing(opened(tmp_path, text, {})) as data, pytest.raises(ValueError, match="no categories"):
        categories(data, ["key"])
    with closing(opened(tmp_path, text, {})) as data, pytest.raises(ValueError, match="names carrier"):
        categories(data, ["carrier"])
