"""The back-test over twelve months: what the model would have been worth, trained on many days of 2013."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from airflow_mlmax.stack.chapters.landing import fill
from airflow_mlmax.stack.chapters.scene import Scene, Span
from airflow_mlmax.stack.flights import BACKTEST

YEAR = Span(date(2013, 1, 1), date(2013, 12, 31))
ORIGINS = Span(date(2013, 2, 19), date(2013, 12, 17))
"""The first has seven weeks of training and validation before it, the last two weeks of test after it."""


@dataclass(frozen=True)
class Backtest:
    """What came of all windows."""

    parts: list[dict[str, Any]]
    """By window: `name`, `model`, `baseline`, as the report has them."""

    summary: dict[str, Any]
    """By metric."""

    results_uri: str
    page: str
    """Address of the report in Airflow's UI."""


def backtest(scene: Scene, step: int) -> Backtest:
    """Trains and tests with an origin every `step` days."""
    fill(scene, YEAR)
    run_id = f"demo-{step}"
    conf = {"first": str(ORIGINS.first), "last": str(ORIGINS.last), "step": step}
    scene.run(BACKTEST, run_id, conf)
    results_uri = scene.client.xcom(BACKTEST, run_id, "report", "results_uri")
    results = scene.read_json(results_uri)
    page = scene.client.links(BACKTEST, run_id, "report").get("Report") or ""
    return Backtest(results["parts"], results["summary"], results_uri, page)
