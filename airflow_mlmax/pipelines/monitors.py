"""The four monitors of a model: their baselines, which training makes, and the comparisons, which monitoring makes."""

from typing import Annotated, Any, Literal

from airflow.sdk import TaskGroup, task
from pydantic import BaseModel, ConfigDict, Field, NonNegativeFloat, PositiveInt

from airflow_mlmax.operators.monitor import MonitorBaselineOperator, MonitorOperator
from airflow_mlmax.pipelines.access import s3_of
from airflow_mlmax.pipelines.runs import run_uri
from airflow_mlmax.sagemaker.baselines import KINDS, limited
from airflow_mlmax.settings import Settings

Kind = Literal["data_quality", "model_quality", "bias", "feature_attribution"]
Share = Annotated[float, Field(ge=0, le=1)]
ON_ROWS = frozenset({"data_quality", "feature_attribution"})
"""Kinds that look at rows as they landed; the others look at outcomes."""


class Facet(BaseModel):
    """A group of rows that bias metrics compare with the rest."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name_or_index: str
    value_or_threshold: list[Any]


class Limit(BaseModel):
    """What one feature may do before it violates its baseline, where the suggestion does not fit."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    completeness: Share | None = None
    """Share of values that must be there."""

    drift: Share | None = None
    """Largest distance from the baseline's distribution."""


class Monitors(BaseModel):
    """What a model's monitors look at and when they are red: the content of a YAML file beside the model."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    problem_type: Literal["Regression", "BinaryClassification", "MulticlassClassification"]
    label: str
    """Column of the truth in the outcomes; empty where there is none yet."""

    probability: str
    """Column of the score of the class 1."""

    slack: NonNegativeFloat = 0
    """Share by which a metric may be worse than the baseline's."""

    facets: list[Facet]
    bias_confidence: Share | None = None
    """Of the interval that must lie beyond the baseline for a bias metric to be worse."""

    attribution: dict[str, Any] = {}
    """How carefully predictions are explained, see `airflow_mlmax.sagemaker.requests.monitor.Attribution`."""

    monitoring_config: dict[str, Any] = {}
    """Thresholds of data quality in AWS's words, over the default."""

    limits: dict[str, Limit] = {}
    """By feature, laid over the constraints of data quality that the baseline suggests."""

    window_days: PositiveInt = 1
    """Days up to the monitored one that are looked at together, as far as the same version scored them."""

    min_rows: Annotated[int, Field(ge=1)] = 1
    """Fewer rows are a violation."""

    on_violations: dict[Kind, Literal["fail", "warn"]] = {}
    """`warn` keeps the monitor of this kind green; `fail` where nothing is said."""

    def arguments(self, kind: str, model_data: Any) -> dict[str, Any]:
        """What the operators of this kind are told beside data and baseline.

        :param model_data: S3 URI of the model's archive
        """
        columns = {"label": self.label, "probability": self.probability}
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


def baselines(
    settings: Settings, model: str, monitors: Monitors, *, model_data: Any, rows_uri: Any, outcomes_uri: Any
) -> tuple[TaskGroup, dict[str, Any]]:
    """A task group `baselines` with one task for each kind, side by side; gives it and the baselines' `report_uri` by kind.

    The suggested constraints of data quality stay as they are; the task `limits` writes those that the model goes by.

    :param rows_uri: S3 prefix of the rows that the model was trained on, as they landed
    :param outcomes_uri: S3 prefix of key, categories, label and probability of rows it was not trained on
    """
    with TaskGroup("baselines") as group:
        made: dict[str, Any] = {
            kind: MonitorBaselineOperator(
                task_id=kind,
                image_uri=settings.images["sklearn"],
                data_uri=rows_uri if kind in ON_ROWS else outcomes_uri,
                output_uri=run_uri(settings, model, "baselines", kind),
                compute=settings.compute.processing.model_dump(),
                **monitors.arguments(kind, model_data),
            ).output
            for kind in KINDS
        }
        place = run_uri(settings, model, "baselines", "limits")
        limits = _limits(settings, monitors, made["data_quality"]["report_uri"], place)
    reports = {kind: output["report_uri"] for kind, output in {**made, "data_quality": limits}.items()}
    return group, reports


def _limits(settings: Settings, monitors: Monitors, report_uri: Any, place: str) -> Any:
    """A task that lays the model's limits over suggested constraints. XCom: `report_uri`, S3 prefix of a whole baseline."""

    @task(task_id="limits", multiple_outputs=True)
    def limits(report_uri: str, place: str) -> dict[str, str]:
        s3 = s3_of(settings)
        own = {name: limit.model_dump() for name, limit in monitors.limits.items()}
        constraints = limited(s3.read_json(f"{report_uri}constraints.json"), own)
        s3.write_json(f"{place}/statistics.json", s3.read_json(f"{report_uri}statistics.json"))
        s3.write_json(f"{place}/constraints.json", constraints)
        return {"report_uri": f"{place}/"}

    return limits(report_uri, place)


def comparisons(
    settings: Settings, model: str, monitors: Monitors, *, resolved: Any, rows_uri: Any, outcomes_uri: Any
) -> dict[str, MonitorOperator]:
    """One task for each kind, named after it, against the baselines of the model that scored.

    :param resolved: XCom of the task that found the model: `image_uri`, `model_data` and `<kind>_baseline`
    """
    return {
        kind: MonitorOperator(
            task_id=kind,
            image_uri=resolved["image_uri"],
            data_uri=rows_uri if kind in ON_ROWS else outcomes_uri,
            baseline_uri=resolved[f"{kind}_baseline"],
            output_uri=run_uri(settings, model, kind),
            compute=settings.compute.processing.model_dump(),
            on_violations=monitors.on_violations.get(kind, "fail"),  # type: ignore[call-overload]
            **monitors.arguments(kind, resolved["model_data"]),
        )
        for kind in KINDS
    }
