"""The story of the demo: a champion, a challenger refused, bad files stopped, drift, a new champion, a week scored again."""

from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

from airflow_mlmax.stack.chapters.backtest import Backtest, backtest
from airflow_mlmax.stack.chapters.bad_file import Closed, score_bad_file
from airflow_mlmax.stack.chapters.landing import fill
from airflow_mlmax.stack.chapters.monitoring import Monitored
from airflow_mlmax.stack.chapters.retraining import decisions, retrain_on_drift, retrain_on_request
from airflow_mlmax.stack.chapters.scene import Scene, Span
from airflow_mlmax.stack.chapters.scoring import ScoredDay, SecondPass, published, score, score_again
from airflow_mlmax.stack.chapters.training import Version, train
from airflow_mlmax.stack.errors import StackError
from airflow_mlmax.stack.flights import BACKTEST, INFERENCE, MONITORING, RETRAINING, TRAINING
from airflow_mlmax.stack.processes import wait_until

# Every Monday is the first of a week and the end of a training's window.
FIRST_WEEK = Span(date(2013, 7, 1), date(2013, 7, 7))
SECOND_WEEK = Span(date(2013, 7, 8), date(2013, 7, 14))
NEXT_DAY = date(2013, 7, 15)
LANDED = Span(date(2013, 4, 29), NEXT_DAY)
_DAGS_TIMEOUT = 90.0


@dataclass(frozen=True)
class Made:
    """What the demo made, for the closing tables."""

    versions: list[Version]
    days: list[ScoredDay]
    second_pass: SecondPass
    closed: list[Closed]
    monitors: list[Monitored]
    decisions: list[dict[str, Any]]
    backtest: Backtest | None
    created: int
    """SageMaker jobs, models and packages made since the stack was started."""


def tell(scene: Scene, backtest_step: int | None = None) -> Made:
    """Goes through all chapters.

    backtest_step: days from one origin of the back-test to the next; no back-test where it is None.
    """
    fill(scene, LANDED)
    _load_dags(scene)
    first = train(scene, "demo", {"until": str(FIRST_WEEK.first)})
    score(scene, FIRST_WEEK)
    refused = retrain_on_request(scene, SECOND_WEEK.first)
    broken = score_bad_file(scene, SECOND_WEEK, SECOND_WEEK.first, "negative-distance")
    promoted, monitors = retrain_on_drift(scene, [*SECOND_WEEK][-2:])
    again = score_again(scene, FIRST_WEEK)
    planted = score_bad_file(scene, Span(NEXT_DAY, NEXT_DAY), NEXT_DAY, "future")
    return Made(
        versions=[first, refused, promoted],
        days=[*published(scene, Span(FIRST_WEEK.first, NEXT_DAY))],
        second_pass=again,
        closed=[broken, planted],
        monitors=monitors,
        decisions=decisions(scene),
        backtest=backtest(scene, backtest_step) if backtest_step else None,
        created=scene.created(),
    )


def _load_dags(scene: Scene) -> None:
    """Waits until Airflow has read the DAGs and lets their runs start."""

    def read(dag_id: str) -> bool:
        scene.stack.check()
        errors = scene.client.import_errors()
        if errors:
            raise StackError(f"{errors[0]['filename']} does not import:\n{errors[0]['stack_trace'][-2000:]}")
        return scene.client.has_dag(dag_id)

    for dag_id in (TRAINING, INFERENCE, MONITORING, RETRAINING, BACKTEST):
        wait_until(partial(read, dag_id), f"Airflow reading the DAG {dag_id}", _DAGS_TIMEOUT)
        scene.client.unpause(dag_id)
