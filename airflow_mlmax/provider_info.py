"""What Airflow's provider manager learns about this package; it imports nothing, so `airflow` starts fast."""

from typing import Any


def get_provider_info() -> dict[str, Any]:
    """Provider metadata in the form of Airflow's `provider_info.schema.json`."""
    return {
        "package-name": "airflow-mlmax",
        "name": "MLMax",
        "description": "SageMaker pipelines as exactly-once Airflow tasks.",
    }
