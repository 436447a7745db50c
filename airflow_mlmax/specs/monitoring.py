"""What the four monitors of a model look at and when they are red."""

from typing import Annotated, Any, Literal

from pydantic import Field, NonNegativeFloat, PositiveInt

from airflow_mlmax.specs.data import Data
from airflow_mlmax.specs.schedule import Schedule
from airflow_mlmax.specs.surroundings import AnyColumn, LandedColumn
from airflow_mlmax.strict import Strict

Kind = Literal["data_quality", "model_quality", "bias", "feature_attribution"]
Share = Annotated[float, Field(ge=0, le=1)]


class Facet(Strict):
    """A group of rows that bias metrics compare with the rest."""

    name_or_index: AnyColumn
    value_or_threshold: list[Any]


class Limit(Strict):
    """What one feature may do before it violates its baseline, where the suggestion does not fit."""

    completeness: Share | None = None
    """Share of values that must be there."""

    drift: Share | None = None
    """Largest distance from the baseline's distribution."""


class Monitoring(Strict):
    """What a model's monitors look at and when they are red: training makes their baselines, monitoring compares with them."""

    schedule: Schedule
    problem_type: Literal["Regression", "BinaryClassification", "MulticlassClassification"]
    slack: NonNegativeFloat = 0
    """Share by which a metric may be worse than the baseline's."""

    facets: list[Facet]
    bias_confidence: Share | None = None
    """Of the interval that must lie beyond the baseline for a bias metric to be worse."""

    attribution: dict[str, Any] = {}
    """How carefully predictions are explained, see `airflow_mlmax.sagemaker.requests.monitor.Attribution`."""

    monitoring_config: dict[str, Any] = {}
    """Thresholds of data quality in AWS's words, over the default."""

    limits: dict[LandedColumn, Limit] = {}
    """By feature, laid over the constraints of data quality that the baseline suggests."""

    window_days: PositiveInt = 1
    """Days up to the monitored one that are looked at together, as far as the same version scored them."""

    min_rows: PositiveInt = 1
    """Fewer rows are a violation."""

    on_violations: dict[Kind, Literal["fail", "warn"]] = {}
    """`warn` keeps the monitor of this kind green; `fail` where nothing is said."""

    def arguments(self, kind: str, data: Data, model_data: Any) -> dict[str, Any]:
        """What the operators of this kind are told beside data and baseline.

        :param model_data: S3 URI of the model's archive
        """
        columns = {"label": data.label, "probability": data.score}
        of_kind: dict[str, dict[str, Any]] = {
            "data_quality": {"monitoring_config": self.monitoring_config or None},
            "model_quality": {
                "model_quality": {**columns, "problem_type": self.problem_type, "slack": self.slack}
            },
            "bias": {
                "bias": {
                    **columns,
                    "label_values_or_threshold": [1],
                    "facets": [facet.model_dump() for facet in self.facets],
                    "confidence": self.bias_confidence,
                }
            },
            "feature_attribution": {"attribution": {**self.attribution, "model_uri": model_data}},
        }
        return {"kind": kind, "min_rows": self.min_rows, **of_kind[kind]}
