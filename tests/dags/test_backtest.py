"""Back-test and cross-validation from end to end on the runtime: real jobs on a thin slice of the real flights."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

pytestmark = pytest.mark.xdist_group("flights")  # shares the landing zone

BUCKET = "mlmax-local"
SMALL = {"max-iter": 5, "max-leaf-nodes": 7}
DAMAGED = "landing/flights/date=2013-06-12/flights.csv"
RunDags = Callable[..., Any]


def text(endpoint: Any, key: str) -> str:
    return str(endpoint.client("s3").get_object(Bucket=BUCKET, Key=key)["Body"].read().decode())


def report(endpoint: Any, dag_id: str, run: Any) -> tuple[dict[str, Any], str]:
    """Results and page."""
    place = f"flights/{dag_id}/{run.run_id.replace(':', '').replace('+', '')}/report"
    return json.loads(text(endpoint, f"{place}/results.json")), text(endpoint, f"{place}/report.html")


@pytest.fixture(scope="module")
def damaged_day(landing: str, endpoint: Any) -> Iterator[str]:
    """A day whose file is none, in the last window only; mended afterwards."""
    s3 = endpoint.client("s3")
    before = text(endpoint, DAMAGED)
    s3.put_object(Bucket=BUCKET, Key=DAMAGED, Body=b"flight_key\nnothing\n")
    yield landing
    s3.put_object(Bucket=BUCKET, Key=DAMAGED, Body=before.encode())


@pytest.fixture(scope="module")
def backtest(run_dags: RunDags, damaged_day: str) -> Any:
    """Three windows of ten days, the last of which cannot be read."""
    lengths = {"step": 3, "train": 7, "validation": 1, "test": 2}
    conf = {"first": "2013-06-05", "last": "2013-06-11", **lengths, "hyperparameters": SMALL}
    (run,) = run_dags({"file": "backtest.py", "conf": conf, "logical_date": None})
    return run


def test_a_window_that_fails_does_not_take_the_report_along(backtest: Any, endpoint: Any) -> None:
    """Two windows are measured, the third is shown as failed, and the run is red."""
    assert backtest.tasks["report"] == "success", backtest.log[-5000:]
    assert (backtest.state, backtest.tasks["verdict"]) == ("failed", "upstream_failed")
    document, page = report(endpoint, "flights_backtest", backtest)
    names = ["2013-06-05 to 2013-06-06", "2013-06-08 to 2013-06-09", "2013-06-11 to 2013-06-12"]
    assert [part["name"] for part in document["parts"]] == names
    assert [part["state"] for part in document["parts"]] == ["measured", "measured", "failed"]
    assert all(name in page for name in names)
