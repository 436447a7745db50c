"""The data-quality gate, run as Airflow runs it, on data in the local runtime's S3."""

import json
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from lake import BAD, BETWEEN, GOOD, HEADER, QUARANTINE, Lake, gate

from airflow_mlmax.exceptions import BadRequestError, GateClosedError, GateUndecidedError


@pytest.fixture
def lake(runtime: Any) -> Lake:
    return Lake(runtime)


def test_good_data_pass_with_a_small_result(lake: Lake) -> None:
    """The XCom names what goes on, and the page and the verdict lie in S3."""
    uri = lake.put("in/people.csv", GOOD)
    attempt = gate(lake, data_uri=uri)
    assert attempt.state == "success", attempt.error
    result = attempt.xcoms["return_value"]
    assert (result["status"], result["decision"], result["data_uri"]) == ("pass", "continue", uri)
    assert (result["rows"], result["bad_rows"]) == (4, 0)
    verdict = json.loads(lake.get(result["verdict_uri"]))
    assert verdict["schema"] == "mlmax.dq.verdict/1"
    assert verdict["suite"] == {"name": "people", "version": "7", "sha256": verdict["suite"]["sha256"]}
    assert verdict["run"]["task_id"] == "gate"
    assert "bad_rows" not in verdict["artifacts"]
    assert len(json.loads(lake.get(result["result_uri"]))["results"]) == 3
    assert lake.get(result["report_uri"]).startswith("<!doctype html>")
    assert all(len(json.dumps(value)) < 2000 for value in attempt.xcoms.values())


def test_a_closed_gate_fails_without_a_retry_and_says_why(lake: Lake) -> None:
    """With retries left the task fails at once; the verdict, the link and the bad rows are there all the same."""
    attempt = gate(lake, data_uri=lake.put("in/people.csv", BAD))
    assert attempt.state == "failed"
    assert isinstance(attempt.error, GateClosedError)
    message = str(attempt.error)
    title, closed, worst, details, following = message.splitlines()
    assert title.startswith("DATA QUALITY FAIL  s3://")
    assert closed.startswith("closed    2 of 5 rows are bad; 3 of 4 checks failed; 2 bad rows (40.000 %")
    assert worst == "worst     CRITICAL age: values to be between 0..120   1 of 5 rows, e.g. -1; and 2 more"
    assert "console.aws.amazon.com" in details
    assert following.startswith("next      fix the source")
    verdict = attempt.xcoms["verdict"]
    assert (verdict["status"], verdict["decision"]) == ("fail", "stop")
    assert verdict["rows"] == {"bad": 2, "bad_pct": 40.0, "quarantined": 5, "passed_on": 0}
    assert any("console.aws.amazon.com/s3/object" in str(value) for value in attempt.xcoms.values())
    [bad] = [key for key in lake.names() if "bad_rows" in key]
    assert len(lake.get(lake.uri(bad)).splitlines()) == 3
    assert not [key for key in lake.names() if "clean" in key]


def test_quarantine_splits_the_rows_and_loses_none(lake: Lake) -> None:
    """Bad rows lie aside as they came, with reasons; the others go on; the source is as it was."""
    uri = lake.put("in/people.csv", BAD)
    attempt = gate(lake, data_uri=uri, policy=QUARANTINE)
    assert attempt.state == "success", attempt.error
    result = attempt.xcoms["return_value"]
    assert (result["status"], result["decision"]) == ("warn", "continue_quarantined")
    assert lake.get(result["data_uri"]) == HEADER + "1,20,US\n3,40,<b>\n5,60,US\n"
    header, first, second = lake.get(result["bad_rows_uri"]).splitlines()
    assert header == "id,age,country,__dq_failed,__dq_verdict"
    assert first.startswith("2,-1,GB,expect_column_values_to_be_between(age),sha256:")
    assert second.startswith("4,old,GB,column_values_are_readable(age),sha256:")
    assert lake.get(uri) == BAD
    assert "&lt;b&gt;" in lake.get(result["report_uri"])
    assert "<b>" not in lake.get(result["report_uri"])


@pytest.mark.parametrize("engine", ["duckdb", "great_expectations"])
def test_engines_give_the_same_verdict(lake: Lake, engine: str) -> None:
    """Which engine ran shows in its name only."""
    attempt = gate(lake, data_uri=lake.put("in/people.csv", BAD), engine=engine)
    verdict = json.loads(
        lake.get(lake.uri(next(key for key in lake.names() if key.endswith("verdict.json"))))
    )
    assert verdict["engine"]["name"].startswith(engine)
    counts = {(item["check"], item["column"]): item["bad"] for item in verdict["failed"]}
    assert counts == {
        ("expect_column_values_to_be_between", "age"): 1,
        ("expect_column_values_to_be_in_set", "country"): 1,
        ("column_values_are_readable", "age"): 1,
    }
    assert attempt.state == "failed"


def test_the_objects_of_a_prefix_are_one_table(lake: Lake) -> None:
    """A duplicate across two files is found."""
    lake.put("in/day/a.csv", GOOD)
    lake.put("in/day/b.csv", HEADER + "4,20,US\n")
    lake.put("in/day2/c.csv", "other\n1\n")
    attempt = gate(lake, data_uri=lake.uri("in/day"))
    assert "expect_column_values_to_be_unique(id) failed" in str(attempt.error)


@pytest.mark.parametrize("form", ["pins", "sagemaker"])
def test_a_manifest_names_the_objects(lake: Lake, form: str) -> None:
    """What else lies there is not read."""
    lake.put("in/a.csv", GOOD)
    lake.put("in/b.csv", BAD)
    etag = lake.s3.head_object(Bucket=lake.bucket, Key="in/a.csv")["ETag"].strip('"')
    items = {
        "pins": [{"uri": lake.uri("in/a.csv"), "etag": etag, "size": len(GOOD)}],
        "sagemaker": [{"prefix": lake.uri("in/")}, "a.csv"],
    }
    attempt = gate(lake, manifest_uri=lake.put("in.manifest", json.dumps(items[form])))
    assert attempt.state == "success", attempt.error
    assert attempt.xcoms["return_value"]["data_uri"] == lake.uri("in.manifest")


def test_parquet_stays_parquet(lake: Lake, tmp_path: Path) -> None:
    """Clean rows keep the format and the types of the data."""
    pa = pytest.importorskip("pyarrow")
    table = pa.table({"id": [1, 2, 3], "age": [1.5, -1.0, float("nan")], "country": ["US", "GB", "US"]})
    pq.write_table(table, tmp_path / "people.parquet")
    lake.s3.upload_file(str(tmp_path / "people.parquet"), lake.bucket, "in/people.parquet")
    attempt = gate(lake, data_uri=lake.uri("in/people.parquet"), columns=None, policy=QUARANTINE)
    assert attempt.state == "success", attempt.error
    key = attempt.xcoms["return_value"]["data_uri"].removeprefix(f"s3://{lake.bucket}/")
    lake.s3.download_file(lake.bucket, key, str(tmp_path / "clean.parquet"))
    clean = pq.read_table(tmp_path / "clean.parquet")
    assert clean.schema.types == table.schema.types
    assert clean.column("id").to_pylist() == [1, 3]
    assert str(clean.column("age").to_pylist()[1]) == "nan"


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (HEADER, "0 rows, at least 1 are needed"),
        ("", "is empty: it has no header"),
        (HEADER + "1,2,US\n1,2,US,4\n", "cannot be read"),
        ("id,country\n1,US\n", r"expect_column_values_to_be_between\(age\) failed"),
        ("id,age,id\n1,2,3\n", "more than once"),
    ],
    ids=["no rows", "no header", "ragged", "missing column", "duplicate column"],
)
def test_data_that_are_not_there_do_not_pass(lake: Lake, body: str, message: str) -> None:
    """Emptiness, broken files and missing columns close the gate for good."""
    attempt = gate(lake, data_uri=lake.put("in/people.csv", body))
    assert attempt.state == "failed"
    with pytest.raises(GateClosedError, match=message):
        raise attempt.error


def test_data_that_have_not_arrived_are_waited_for(lake: Lake) -> None:
    """No object is no verdict: the task is tried again."""
    attempt = gate(lake, data_uri=lake.uri("in/people.csv"))
    assert attempt.state == "up_for_retry"
    assert isinstance(attempt.error, GateUndecidedError)


def test_pinned_data_that_were_replaced_are_not_judged(lake: Lake) -> None:
    """An object with another ETag than its pin is another object."""
    pin = {"uri": lake.put("in/a.csv", GOOD), "etag": "0" * 32, "size": len(GOOD)}
    attempt = gate(lake, manifest_uri=lake.put("pins.json", json.dumps([pin])))
    assert attempt.state == "up_for_retry"
    assert "no longer the one that was pinned" in str(attempt.error)


def test_a_check_that_cannot_be_evaluated_is_no_verdict(lake: Lake) -> None:
    """An error inside Great Expectations neither passes nor condemns the data."""
    broken = {"type": "expect_column_values_to_be_between", "kwargs": {"column": "country", "min_value": 1}}
    suite = {"name": "broken", "expectations": [broken]}
    attempt = gate(lake, data_uri=lake.put("in/people.csv", GOOD), suite=suite)
    assert attempt.state == "up_for_retry", attempt.error
    assert "could not be evaluated" in str(attempt.error)
    assert attempt.xcoms["verdict"]["status"] == "error"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"suite": {"name": "none", "expectations": []}}, "no check"),
        ({"suite": "nowhere.json"}, "there is no suite"),
        ({"suite": __file__}, "test_quality.py is not JSON"),
        ({"policy": {"fail_no": "critical"}}, "policy has no fail_no"),
        ({"policy": QUARANTINE, "output_uri": None}, "quarantine needs output_uri"),
        ({"max_bytes": 10, "where": "worker"}, "a worker takes 10"),
        ({"max_bytes": 10}, "needs image_uri, role_arn, code_uri, compute"),
        ({"where": "laptop"}, "where is 'laptop'"),
        ({"engine": "duck"}, "engine is 'duck'"),
        ({"sensitive": "age"}, "list of columns"),
        ({"policy": {"on_fail": "ask"}, "output_uri": None}, "on_fail needs output_uri"),
        ({"policy": {"advisory_before": "soon"}}, "advisory_before is 'soon'"),
        ({"manifest_uri": "s3://b/m"}, "one of them"),
        (
            {
                "engine": "duckdb",
                "suite": {
                    "name": "x",
                    "expectations": [
                        {"type": "expect_column_values_to_be_increasing", "kwargs": {"column": "id"}}
                    ],
                },
            },
            "no exact equal",
        ),
    ],
    ids=[
        "empty suite",
        "no suite",
        "no JSON",
        "policy",
        "quarantine",
        "too large",
        "too large for auto",
        "place",
        "engine",
        "sensitive",
        "ask",
        "advisory",
        "two sources",
        "not compiled",
    ],
)
def test_a_wrong_question_is_not_asked_again(lake: Lake, arguments: dict[str, Any], message: str) -> None:
    """A mistake in the task fails it at once and is named."""
    attempt = gate(lake, data_uri=lake.put("in/people.csv", GOOD), **arguments)
    assert attempt.state == "failed"
    with pytest.raises(BadRequestError, match=message):
        raise attempt.error


def test_a_suite_may_lie_in_s3_or_in_a_file(lake: Lake, tmp_path: Path) -> None:
    """Both give the verdict of the suite itself, with parameters filled in."""
    parameter = {"column": "age", "min_value": {"$PARAMETER": "least"}}
    suite = {"name": "p", "expectations": [{"type": BETWEEN["type"], "kwargs": parameter}]}
    (tmp_path / "suite.json").write_text(json.dumps(suite))
    uri = lake.put("in/people.csv", GOOD)
    for place in (lake.put("suite.json", json.dumps(suite)), str(tmp_path / "suite.json")):
        assert gate(lake, data_uri=uri, suite=place, parameters={"least": 20}).state == "success"
        assert gate(lake, data_uri=uri, suite=place, parameters={"least": 21}).state == "failed"
