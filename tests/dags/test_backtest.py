"""Back-test and cross-validation from end to end on the runtime: real jobs on a thin slice of the real flights."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from kept_runs import waiting_record

BUCKET = "mlmax-local"
SMALL = {"max-iter": 5, "max-leaf-nodes": 7}
DAMAGED = "landing/flights/date=2013-06-12/flights.csv"
RunDags = Callable[..., Any]


def text(endpoint: Any, key: str) -> str:
    return str(endpoint.client("s3").get_object(Bucket=BUCKET, Key=key)["Body"].read().decode())


def place(dag_id: str, run: Any) -> str:
    return f"flights/{dag_id}/{run.run_id.replace(':', '').replace('+', '')}"


def report(endpoint: Any, dag_id: str, run: Any) -> tuple[dict[str, Any], str]:
    """Results and page."""
    folder = f"{place(dag_id, run)}/report"
    return json.loads(text(endpoint, f"{folder}/results.json")), text(endpoint, f"{folder}/report.html")


@contextmanager
def damaged(endpoint: Any, key: str) -> Iterator[None]:
    """A file that no job can read, mended afterwards."""
    s3, before = endpoint.client("s3"), text(endpoint, key)
    s3.put_object(Bucket=BUCKET, Key=key, Body=b"flight_key\nnothing\n")
    try:
        yield
    finally:
        s3.put_object(Bucket=BUCKET, Key=key, Body=before.encode())


def test_a_window_that_fails_does_not_take_the_report_along(
    run_dags: RunDags, landing: str, endpoint: Any
) -> None:
    """One window is measured, on its own days; the other is shown as failed, and the run is red."""
    lengths = {"step": 6, "train": 7, "validation": 1, "test": 2}
    conf = {"first": "2013-06-05", "last": "2013-06-11", **lengths, "hyperparameters": SMALL}
    with damaged(endpoint, DAMAGED):
        (run,) = run_dags({"file": "backtest.py", "conf": conf, "logical_date": None})
    assert run.tasks["report"] == "success", (landing, run.log[-5000:])
    assert (run.state, run.tasks["verdict"]) == ("failed", "upstream_failed")
    document, page = report(endpoint, "flights_backtest", run)
    names = ["2013-06-05 to 2013-06-06", "2013-06-11 to 2013-06-12"]
    assert [(part["name"], part["state"]) for part in document["parts"]] == [
        (names[0], "measured"),
        (names[1], "failed"),
    ]
    assert all(name in page for name in names)
    record = waiting_record(endpoint, BUCKET, run.run_id)
    assert (record.state, record.model) == ("failed", "flights")
    figures = {each.name: each.value for each in record.metrics if each.task_id == "report"}
    assert figures["roc_auc.model.mean"] == document["summary"]["roc_auc"]["model"]["mean"]
    assert {f"{name}[{window}]" for name in ("flights", "labels") for window in (0, 1)} <= {
        each.name for each in record.inputs if each.sha256
    }
    statuses = {(job.task_id, job.map_index): job.status for job in record.jobs}
    assert (statuses["window.train", 0], statuses["window.preprocess", 1]) == ("Completed", "Failed")
    assert record.cost_usd
    windows = document["parts"][0]["windows"]
    assert windows["train"]["first"][:10] == "2013-05-28"
    assert windows["validation"]["last"] < windows["test"]["first"]
    assert (windows["test"]["first"][:10], windows["test"]["last"][:10]) == ("2013-06-05", "2013-06-06")


def test_every_flight_is_tested_in_one_fold(run_dags: RunDags, landing: str, endpoint: Any) -> None:
    """Both folds are measured by jobs of their own, and together they hold every flight that arrived."""
    days = {"first": "2013-06-03", "until": "2013-06-07"}
    conf = {**days, "folds": 2, "method": "grouped", "group": "carrier", "hyperparameters": SMALL}
    (run,) = run_dags({"file": "cross_validation.py", "conf": conf, "logical_date": None})
    assert run.state == "success", (landing, run.log[-5000:])
    document, page = report(endpoint, "flights_cross_validation", run)
    assert (document["measured"], document["failed"]) == (2, 0)
    record = waiting_record(endpoint, BUCKET, run.run_id)
    assert {(job.task_id, job.map_index) for job in record.jobs} == {
        ("split", -1),
        *((f"fold.{task}", fold) for task in ("train", "evaluate") for fold in (0, 1)),
    }
    assert {each.name for each in record.inputs} == {"flights", "labels"}
    arrived = sum(
        line.split(",")[1] == "arrived"
        for day in range(3, 7)
        for line in text(endpoint, f"landing/labels/date=2013-06-{day:02}/labels.csv").splitlines()
    )
    assert 0 < sum(part["rows"] for part in document["parts"]) <= arrived
    held_out = [set(part["windows"]["held_out"]["first"]) for part in document["parts"]]
    assert held_out[0].isdisjoint(held_out[1])
    assert "fold 1 of 2" in page
