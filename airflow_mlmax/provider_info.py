"""What Airflow's provider manager learns about this package; it imports nothing, so `airflow` starts fast."""

from typing import Any

_INTEGRATION = "Amazon SageMaker with MLMax"


def _modules(package: str, *names: str) -> list[dict[str, Any]]:
    paths = [f"airflow_mlmax.{package}.{name}" for name in names]
    return [{"integration-name": _INTEGRATION, "python-modules": paths}]


def get_provider_info() -> dict[str, Any]:
    """Provider metadata in the form of Airflow's `provider_info.schema.json`."""
    return {
        "package-name": "airflow-mlmax",
        "name": "MLMax",
        "description": "SageMaker pipelines as exactly-once Airflow tasks.",
        "integrations": [
            {
                "integration-name": _INTEGRATION,
                "external-doc-url": "https://docs.aws.amazon.com/sagemaker/",
                "tags": ["aws", "machine-learning"],
            }
        ],
        "hooks": _modules("hooks", "sagemaker"),
        "operators": _modules(
            "operators",
            "backtest_report",
            "base",
            "decision",
            "gate",
            "model",
            "monitor",
            "monitoring_definition",
            "monitoring_schedule",
            "processing",
            "promotion",
            "quality",
            "quality_job",
            "record",
            "registration",
            "requesting",
            "training",
            "transform",
            "tuning",
        ),
        "sensors": _modules("sensors", "job", "monitoring", "waiting"),
        "triggers": _modules("triggers", "job"),
        "extra-links": [
            "airflow_mlmax.links.BadRowsLink",
            "airflow_mlmax.links.ReportLink",
            "airflow_mlmax.links.SageMakerJobLink",
            "airflow_mlmax.links.SageMakerJobLogsLink",
        ],
    }
