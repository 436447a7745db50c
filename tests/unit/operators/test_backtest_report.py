"""The report of mapped parts: what each part's task has left in S3, and what it says of parts that left nothing."""

import json
from dataclasses import dataclass, field
from typing import Any

import pytest

from airflow_mlmax.links import ReportLink
from airflow_mlmax.operators.backtest_report import BacktestReportOperator

BUCKET = "report-tests"
GOOD = json.dumps({"model": {"auc": 0.75}, "baseline": {"auc": 0.7}, "rows": 10})


@dataclass
class Instances:
    """The report's own task instance, which sees the XComs of mapped ones by their index."""

    evaluations: dict[int, str]
    pushed: dict[str, Any] = field(default_factory=dict)
    dag_id, run_id, task_id, map_index = "tests", "run", "report", -1

    def xcom_pull(self, task_ids: str, key: str, map_indexes: list[int]) -> list[str | None]:
        assert (task_ids, key) == ("window.evaluate", "evaluation")
        return [self.evaluations.get(index) for index in map_indexes]

    def xcom_push(self, key: str, value: Any) -> None:
        self.pushed[key] = value


def report(runtime: Any, bodies: list[str | None], name: str, unfinished: int = 0) -> tuple[Any, Instances]:
    """XCom of a report on parts whose `evaluation.json` has these texts, and `unfinished` more without XCom."""
    s3 = runtime.client("s3")
    s3.create_bucket(Bucket=BUCKET)
    for number, body in enumerate(bodies):
        if body is not None:
            key = f"{name}/evaluate/{number}/evaluation.json"
            s3.put_object(Bucket=BUCKET, Key=key, Body=body.encode())
    operator = BacktestReportOperator(
        task_id="report",
        kind="Back-test",
        model="flights",
        part="window",
        parts=[{"name": f"part {number}"} for number in range(len(bodies) + unfinished)],
        measured_by="window.evaluate",
        metrics={"auc": "higher"},
        facts={},
        output_uri=f"s3://{BUCKET}/{name}/report",
        in_time=True,
    )
    places = {number: f"s3://{BUCKET}/{name}/evaluate/{number}" for number in range(len(bodies))}
    ti = Instances(places)
    context: Any = {"ti": ti}
    return operator.execute(context), ti


def written(runtime: Any, uri: str) -> str:
    key = uri.removeprefix(f"s3://{BUCKET}/")
    return str(runtime.client("s3").get_object(Bucket=BUCKET, Key=key)["Body"].read().decode())


def test_all_parts_are_gathered(runtime: Any) -> None:
    """XCom has the summary; results and page lie in S3, and the page is announced to Airflow's UI."""
    xcom, ti = report(runtime, [GOOD, GOOD], "whole")
    assert (xcom["measured"], xcom["failed"]) == (2, 0)
    assert xcom["summary"]["auc"]["model"]["mean"] == 0.75
    assert json.loads(written(runtime, xcom["results_uri"]))["measured"] == 2
    assert written(runtime, xcom["report_uri"]).startswith("<!doctype html>")
    assert ti.pushed["mlmax_report"]["files"] == {"page": xcom["report_uri"], "results": xcom["results_uri"]}
    assert ReportLink().xcom_key in ti.pushed


@pytest.mark.parametrize(
    ("body", "reason"),
    [(None, "is missing"), ("{", "is not JSON"), ("[1]", "holds list, not an object")],
    ids=["missing", "syntax", "list"],
)
def test_what_cannot_be_read_is_a_failed_part(runtime: Any, body: str | None, reason: str) -> None:
    """The others are reported all the same."""
    xcom, _ = report(runtime, [GOOD, body], f"unreadable-{reason[:4]}")
    (failed,) = (
        part
        for part in json.loads(written(runtime, xcom["results_uri"]))["parts"]
        if part["state"] == "failed"
    )
    assert failed["name"] == "part 1"
    assert reason in failed["reason"]


def test_a_file_of_an_earlier_try_is_not_taken_for_a_result(runtime: Any) -> None:
    """A task that did not succeed has no XCom, whatever lies in its place."""
    report(runtime, [GOOD, GOOD], "again")
    xcom, _ = report(runtime, [GOOD], "again", unfinished=1)
    assert (xcom["measured"], xcom["failed"]) == (1, 1)
    assert "did not succeed" in written(runtime, xcom["report_uri"])
