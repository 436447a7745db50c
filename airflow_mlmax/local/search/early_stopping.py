"""The median rule, by which `TrainingJobEarlyStoppingType` Auto stops training jobs that promise nothing."""

from collections.abc import Sequence
from statistics import fmean, median
from typing import TYPE_CHECKING

from airflow_mlmax.local.search.trials import Objective
from airflow_mlmax.local.services.metrics import Metric
from airflow_mlmax.local.store import Record
from airflow_mlmax.sagemaker.jobs import TRAINING

if TYPE_CHECKING:
    from airflow_mlmax.local.services.metrics import MetricStore


def is_worse(values: Sequence[float], finished: Sequence[Sequence[float]], objective: Objective) -> bool:
    """Whether a job should be stopped: its last value is worse than the median, over the finished jobs, of the mean
    of their values up to the same epoch. An epoch is one value of the objective metric in the log.
    """
    epoch = len(values)
    means = [fmean(run[:epoch]) for run in finished if len(run) >= epoch]
    return bool(values and means) and objective.is_better(median(means), values[-1])


class EarlyStopping:
    """Applies the rule to the training jobs of a tuning job."""

    def __init__(self, metrics: "MetricStore", objective: Objective) -> None:
        self._metrics = metrics
        self._objective = objective

    def hopeless(self, children: Sequence[Record]) -> list[Record]:
        """The running jobs that should be stopped."""
        finished = [
            self._values(child) for child in children if str(TRAINING.status(child.answer)) == "Completed"
        ]
        running = [
            child for child in children if finished and str(TRAINING.status(child.answer)) == "InProgress"
        ]
        return [child for child in running if is_worse(self._values(child), finished, self._objective)]

    def _values(self, child: Record) -> list[float]:
        metric = Metric(
            "/aws/sagemaker/TrainingJobs", self._objective.metric, {"TrainingJobName": child.name}
        )
        return self._metrics.values(child.region, metric)
