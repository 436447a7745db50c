"""How a model is trained: its windows, its search, and what a new version must be."""

import re
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, PositiveInt, ValidationInfo, field_validator, model_validator
from pydantic.dataclasses import dataclass

from airflow_mlmax.sagemaker.gates import Rule
from airflow_mlmax.sagemaker.metric_paths import is_finite
from airflow_mlmax.specs.schedule import Schedule
from airflow_mlmax.strict import STRICT, Strict, close_to


def _expression(text: str) -> str:
    try:
        re.compile(text)
    except re.error as error:
        raise ValueError(f"no regular expression: {error}") from None
    return text


def _number(value: Any) -> Any:
    if not is_finite(value):
        raise ValueError("give a finite number")
    return value


Number = Annotated[Any, AfterValidator(_number)]
"""As it is written: an integer stays one."""

Gate = dataclass(Rule, config=STRICT)
"""A rule with its types checked and unknown keys refused."""


class Windows(Strict):
    """Lengths in days of three windows that follow each other; the last ends where the run's window ends."""

    train: PositiveInt
    validation: PositiveInt
    test: PositiveInt


class Range(Strict):
    """What the search tries for one hyperparameter: numbers from `min` to `max`, or `values`."""

    type: Literal["continuous", "integer", "categorical"]
    min: Number = None
    max: Number = None
    scaling: Literal["Auto", "Linear", "Logarithmic", "ReverseLogarithmic"] | None = None
    values: list[Any] = []

    @model_validator(mode="after")
    def _is_whole(self) -> "Range":
        bounds = [bound for bound in (self.min, self.max) if bound is not None]
        if self.type == "categorical" and (bounds or self.scaling or not self.values):
            raise ValueError("a categorical range has `values` and nothing else")
        if self.type != "categorical" and (self.values or len(bounds) < 2 or self.min >= self.max):  # noqa: PLR2004
            raise ValueError("a range of numbers has `min`, a greater `max`, and no `values`")
        if self.type == "integer" and not all(isinstance(bound, int) for bound in bounds):
            raise ValueError("`min` and `max` of a range of integers are integers")
        return self

    def argument(self) -> Any:
        """As `TuningJobOperator` takes it."""
        return self.values or self.model_dump(exclude={"values"})


class Search(Strict):
    """What the tuning job tries, and how it knows a good one."""

    metrics: dict[str, Annotated[str, AfterValidator(_expression)]]
    """Regular expressions over the log of `train.py` by metric name."""

    objective: str
    """The metric by which the best is chosen."""

    direction: Literal["Maximize", "Minimize"] = "Maximize"
    hyperparameters: dict[str, Any] = {}
    """What is the same in every training."""

    ranges: dict[str, Range] = Field(min_length=1)
    max_jobs: PositiveInt
    max_parallel_jobs: PositiveInt = 2
    strategy: Literal["Bayesian", "Random", "Grid", "Hyperband"] = "Bayesian"
    random_seed: Annotated[int, Field(ge=0)] = 0

    @field_validator("objective")
    @classmethod
    def _is_a_metric(cls, name: str, info: ValidationInfo) -> str:
        metrics = info.data.get("metrics")
        if metrics is not None and name not in metrics:
            raise ValueError(f"no metric of the search; {close_to(name, list(metrics))}")
        return name

    @field_validator("ranges")
    @classmethod
    def _are_not_fixed(cls, ranges: dict[str, Range], info: ValidationInfo) -> dict[str, Range]:
        if both := sorted(ranges.keys() & info.data.get("hyperparameters", {}).keys()):
            raise ValueError(f"{', '.join(both)}: in `hyperparameters` too; keep one")
        return ranges


class Training(Strict):
    """How and when a model is trained, and what a version must be to be registered."""

    schedule: Schedule
    until: date | None = None
    """The day after the last one that a manual run uses if it says nothing; its interval decides where this says nothing either."""

    windows: Windows
    search: Search
    gates: list[Gate] = Field(min_length=1)  # type: ignore[valid-type]  # made by a call, which mypy cannot follow
    """Rules on the `evaluation.json` of `evaluate.py`; those on a champion are skipped while there is none."""

    @property
    def rules(self) -> list[Rule]:
        """The gates."""
        return list(self.gates)
