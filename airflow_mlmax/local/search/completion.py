"""Criteria that complete a tuning job before its limits do."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from airflow_mlmax.local.search.trials import Objective

_IMPROVEMENT = 0.01
"""Share of the best value by which a new one must be better to count as an improvement."""


@dataclass
class Completion:
    """`TuningJobCompletionCriteria`, fed with the objective of each training job that ends."""

    objective: Objective
    target: float | None = None
    most_not_improving: int | None = None
    best: float | None = None
    not_improving: int = 0

    @classmethod
    def of(cls, config: Mapping[str, Any], objective: Objective) -> "Completion":
        """As `HyperParameterTuningJobConfig` describes them."""
        criteria = config.get("TuningJobCompletionCriteria", {})
        return cls(
            objective,
            criteria.get("TargetObjectiveMetricValue"),
            criteria.get("BestObjectiveNotImproving", {}).get("MaxNumberOfTrainingJobsNotImproving"),
        )

    def seen(self, value: float | None) -> None:
        """Take the objective of a job, None if it has none."""
        if value is None:
            self.not_improving += 1
            return
        if self.best is None or self._gain(value, self.best) >= _IMPROVEMENT * abs(self.best):
            self.not_improving = 0
        else:
            self.not_improving += 1
        if self.best is None or self._gain(value, self.best) > 0:
            self.best = value

    def _gain(self, value: float, best: float) -> float:
        return value - best if self.objective.is_maximized else best - value

    @property
    def is_reached(self) -> bool:
        """Whether the tuning job is complete."""
        is_good = (
            self.target is not None and self.best is not None and self._gain(self.best, self.target) >= 0
        )
        is_stuck = self.most_not_improving is not None and self.not_improving >= self.most_not_improving
        return is_good or is_stuck

    def details(self) -> dict[str, Any]:
        """The member `TuningJobCompletionDetails`, if somebody counts."""
        if self.most_not_improving is None:
            return {}
        return {
            "TuningJobCompletionDetails": {"NumberOfTrainingJobsObjectiveNotImproving": self.not_improving}
        }
