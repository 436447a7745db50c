"""Data-quality gates as the pipelines have them: verdicts beside the run, a job for data too large for a worker."""

from typing import Any

from airflow_mlmax.operators.quality import DataQualityGateOperator
from airflow_mlmax.pipelines.notifying import notifier
from airflow_mlmax.pipelines.runs import run_uri
from airflow_mlmax.settings import Settings
from airflow_mlmax.specs import ModelSpec


def data_gate(
    settings: Settings, spec: ModelSpec, task_id: str, suite: Any, **arguments: Any
) -> DataQualityGateOperator:
    """A gate in front of CSV files.

    :param suite: path beside the DAG file, or what a task gives: S3 URI of a suite. Its `meta` declares the columns' types
    :param arguments: of the operator: what is checked, as `data_uri` or `manifest_uri`, `parameters`, `policy`
    """
    return DataQualityGateOperator(
        task_id=task_id,
        suite=suite,
        data_format="csv",
        output_uri=run_uri(settings, spec.name, task_id),
        image_uri=settings.images.get("quality"),
        **spec.machines(settings, "processing"),
        notifiers=[notifier(settings, spec, "approval")],
        **arguments,
    )
