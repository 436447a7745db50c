"""Roll a model back: an earlier champion becomes the champion again, and the version that it replaces is rejected.

Trigger it by hand and say why. `mlmax champion roll-back` does the same at a terminal.
"""

from pathlib import Path

from airflow.sdk import DAG, Param

from airflow_mlmax.pipelines.notifying import notifier
from airflow_mlmax.pipelines.promotion import rollback_pipeline
from airflow_mlmax.settings import load
from airflow_mlmax.specs import models

FOLDER = Path(__file__).parent
settings = load(FOLDER / "config")

for spec in models(FOLDER / "models", settings):
    with DAG(
        spec.dag_id("rollback"),
        description=f"Make an earlier version the champion again: {spec.description}",
        doc_md=__doc__,
        schedule=None,
        start_date=spec.begins,
        max_active_runs=1,
        tags=[spec.name, "registry"],
        default_args=spec.default_args(settings),
        on_failure_callback=notifier(settings, spec, "failure"),
        params={
            "why": Param(type="string", minLength=3, description="For the record: what made you decide so."),
            "to_version": Param(
                None,
                type=["null", "integer"],
                description="A version that was champion before; by default the one before the current.",
            ),
            "effective": Param(
                None,
                type=["null", "string"],
                format="date",
                description="From which day of the data on; by default from now.",
            ),
        },
    ) as dag:
        rollback_pipeline(settings, spec)
