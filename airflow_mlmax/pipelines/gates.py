"""The gate in front of landed data, which training and inference share."""

from airflow_mlmax.operators.quality import DataQualityGateOperator
from airflow_mlmax.pipelines.runs import run_uri
from airflow_mlmax.settings import Settings


def landing_gate(settings: Settings, model: str, suite: str, manifest_uri: str) -> DataQualityGateOperator:
    """The task `data_gate`: pinned CSV files must hold the suite before anything else reads them.

    :param suite: path beside the DAG file; its `meta` declares the types of the columns
    :param manifest_uri: S3 URI of the pinned files
    """
    return DataQualityGateOperator(
        task_id="data_gate",
        suite=suite,
        manifest_uri=manifest_uri,
        data_format="csv",
        output_uri=run_uri(settings, model, "data_gate"),
    )
