"""Compare every day's rows, predictions and outcomes with what the version that scored them was trained and evaluated on.

A run waits for the labels of its day. It is red where a monitor has violations that the spec takes for a failure; the
reasons go with an event of the asset `x-mlmax://<model>/drift`.
"""

from pathlib import Path

from airflow.sdk import DAG, CronDataIntervalTimetable, Param

from airflow_mlmax.pipelines.monitoring import monitoring_pipeline
from airflow_mlmax.pipelines.notifying import notifier
from airflow_mlmax.settings import load
from airflow_mlmax.specs import models

FOLDER = Path(__file__).parent
settings = load(FOLDER / "config")

for spec in models(FOLDER / "models", settings):
    with DAG(
        spec.dag_id("monitoring"),
        description=f"Monitor data, predictions, bias and feature attributions of a day: {spec.description}",
        doc_md=__doc__,
        schedule=CronDataIntervalTimetable(spec.monitoring.schedule, "UTC"),
        start_date=spec.begins,
        catchup=False,
        tags=[spec.name, "monitoring"],
        default_args=spec.default_args(settings),
        on_failure_callback=notifier(settings, spec, "failure"),
        params={
            "day": Param(
                None,
                type=["null", "string"],
                format="date",
                description="Manual runs: the day to look at. Scheduled and backfilled runs: the day of the interval.",
            )
        },
    ) as dag:
        monitoring_pipeline(settings, spec)
