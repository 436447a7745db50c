"""When a version of a model becomes the champion."""

from typing import Annotated, Any, Literal

from pydantic import Field, NonNegativeFloat, PositiveFloat, PositiveInt

from airflow_mlmax.specs.data import Data
from airflow_mlmax.specs.surroundings import AnyColumn
from airflow_mlmax.strict import Strict

Metric = Literal["roc_auc", "pr_auc", "log_loss", "brier"]


class Promotion(Strict):
    """When a version of a model becomes the champion: it and the champion are scored on the same rows."""

    margins: dict[Metric, NonNegativeFloat] = Field(min_length=1)
    """By how much the challenger may be worse, with `confidence`."""

    floors: dict[Metric, NonNegativeFloat] = {}
    """By how much it may fall in any slice."""

    slices: list[AnyColumn] = []
    slice_min_rows: PositiveInt = 200
    cluster: str | None = None
    """Column of rows that share a cause and are drawn together."""

    resamples: PositiveInt = 2000
    confidence: Annotated[float, Field(gt=0, lt=1)] = 0.95
    approval: Literal["person", "automatic"] = "person"
    answer_within_hours: PositiveFloat = 72

    def policy(self, data: Data) -> dict[str, Any]:
        """What the comparison is told."""
        columns = {"key": data.key, "label": data.label, "score": data.score}
        return {**columns, **self.model_dump(exclude={"approval", "answer_within_hours"}, exclude_none=True)}
