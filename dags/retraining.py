"""Train a model again by the clock, when new labelled rows have come or when drift lasts, if the brakes in its spec allow it.

Each run decides once and says why, in its log and below `<model>/retraining/decisions/`. A backfill decides too and never trains.
"""

from pathlib import Path

from airflow.sdk import DAG, Param

from airflow_mlmax.pipelines.notifying import notifier
from airflow_mlmax.pipelines.retraining import retraining_pipeline, retraining_schedule
from airflow_mlmax.settings import load
from airflow_mlmax.specs import models

FOLDER = Path(__file__).parent
settings = load(FOLDER / "config")

for spec in models(FOLDER / "models", settings):
    with DAG(
        spec.dag_id("retraining"),
        description=f"Decide whether the model is trained again, and start its training: {spec.description}",
        doc_md=__doc__,
        schedule=retraining_schedule(spec),
        start_date=spec.begins,
        catchup=False,
        max_active_runs=1,
        tags=[spec.name, "training"],
        default_args=spec.default_args(settings),
        on_failure_callback=notifier(settings, spec, "failure"),
        params={
            "until": Param(
                None,
                type=["null", "string"],
                format="date",
                description="Manual runs: the day after the last one that may be used. By default: today.",
            )
        },
    ) as dag:
        retraining_pipeline(settings, spec)
