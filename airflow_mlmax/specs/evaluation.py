"""How good a model would have been: what back-test and cross-validation measure, and what their params are by default."""

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import Field, PositiveInt, ValidationInfo, field_validator

from airflow_mlmax.backtesting.results import Better
from airflow_mlmax.strict import Strict


class Backtest(Strict):
    """Where the windows of a back-test lie; they are as long as those of the training."""

    first: date
    """First origin: the day after the last one that a training may see."""

    last: date
    """No origin is later."""

    step: PositiveInt = 7
    """Days from origin to origin."""

    window: Literal["sliding", "expanding"] = "sliding"

    @field_validator("last")
    @classmethod
    def _is_not_before_the_first(cls, last: date, info: ValidationInfo) -> date:
        if "first" in info.data and last < info.data["first"]:
            raise ValueError(f"before the first, {info.data['first']}")
        return last


class CrossValidation(Strict):
    """Which days are folded, and how."""

    first: date
    until: date
    """The day after the last one to use."""

    folds: Annotated[int, Field(ge=2, le=50)] = 5
    method: Literal["blocked", "grouped", "shuffled"] = "blocked"
    groups: list[str] = Field(min_length=1)
    """What may be held out as a whole, as `folds.py` knows it; the first by default."""

    @field_validator("until")
    @classmethod
    def _is_after_the_first(cls, until: date, info: ValidationInfo) -> date:
        if "first" in info.data and until <= info.data["first"]:
            raise ValueError(f"not after the first, {info.data['first']}")
        return until


class Evaluation(Strict):
    """What back-test and cross-validation measure."""

    metrics: dict[str, Better] = Field(min_length=1)
    """Those of `evaluation.json` that are reported, and whether `higher` or `lower` is better."""

    hyperparameters: dict[str, Any]
    """Of `train.py`, the same in every window and fold."""

    max_parallel: PositiveInt = 2
    """Windows or folds whose task of one kind runs at the same time."""

    backtest: Backtest
    cross_validation: CrossValidation
