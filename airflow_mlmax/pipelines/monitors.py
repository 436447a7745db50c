"""The four monitors of a model: their baselines, which training makes, and the comparisons, which monitoring makes."""

from typing import Any

from airflow.sdk import TaskGroup, task

from airflow_mlmax.operators.monitor import MonitorBaselineOperator, MonitorOperator
from airflow_mlmax.pipelines.access import s3_of
from airflow_mlmax.pipelines.runs import run_uri
from airflow_mlmax.sagemaker.baselines import KINDS, limited
from airflow_mlmax.settings import Settings
from airflow_mlmax.specs import ModelSpec
from airflow_mlmax.specs.monitoring import Monitoring

ON_ROWS = frozenset({"data_quality", "feature_attribution"})
"""Kinds that look at rows as they landed; the others look at outcomes."""


def baselines(
    settings: Settings, spec: ModelSpec, *, model_data: Any, rows_uri: Any, outcomes_uri: Any
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
                image_uri=settings.image(spec.image),
                data_uri=rows_uri if kind in ON_ROWS else outcomes_uri,
                output_uri=run_uri(settings, spec.name, "baselines", kind),
                **spec.machines(settings, "processing"),
                **spec.monitoring.arguments(kind, spec.data, model_data),
            ).output
            for kind in KINDS
        }
        place = run_uri(settings, spec.name, "baselines", "limits")
        limits = _limits(settings, spec.monitoring, made["data_quality"]["report_uri"], place)
    reports = {kind: output["report_uri"] for kind, output in {**made, "data_quality": limits}.items()}
    return group, reports


def _limits(settings: Settings, monitoring: Monitoring, report_uri: Any, place: str) -> Any:
    """A task that lays the model's limits over suggested constraints. XCom: `report_uri`, S3 prefix of a whole baseline."""

    @task(task_id="limits", multiple_outputs=True)
    def limits(report_uri: str, place: str) -> dict[str, str]:
        s3 = s3_of(settings)
        own = {name: limit.model_dump() for name, limit in monitoring.limits.items()}
        constraints = limited(s3.read_json(f"{report_uri}constraints.json"), own)
        s3.write_json(f"{place}/statistics.json", s3.read_json(f"{report_uri}statistics.json"))
        s3.write_json(f"{place}/constraints.json", constraints)
        return {"report_uri": f"{place}/"}

    return limits(report_uri, place)


def comparisons(
    settings: Settings, spec: ModelSpec, *, resolved: Any, rows_uri: Any, outcomes_uri: Any
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
            output_uri=run_uri(settings, spec.name, kind),
            on_violations=spec.monitoring.on_violations.get(kind, "fail"),  # type: ignore[call-overload]
            **spec.machines(settings, "processing"),
            **spec.monitoring.arguments(kind, spec.data, resolved["model_data"]),
        )
        for kind in KINDS
    }
