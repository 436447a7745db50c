"""Score every day's rows with the champion of the day and publish the predictions with their row keys.

Only rows that hold the contract of that version are scored, and only predictions that hold their suite are published.
Backfillable; scoring a day again leaves the same predictions. A manual run without a logical date needs the param `day`.
"""

from pathlib import Path

from airflow.sdk import DAG, CronDataIntervalTimetable, Param

from airflow_mlmax.pipelines.inference import inference_pipeline
from airflow_mlmax.pipelines.notifying import notifier
from airflow_mlmax.settings import load
from airflow_mlmax.specs import models

FOLDER = Path(__file__).parent
settings = load(FOLDER / "config")

for spec in models(FOLDER / "models", settings):
    with DAG(
        spec.dag_id("inference"),
        description=f"Score the rows of a day and publish the predictions: {spec.description}",
        doc_md=__doc__,
        schedule=CronDataIntervalTimetable(spec.inference.schedule, "UTC"),
        start_date=spec.begins,
        catchup=False,
        tags=[spec.name, "inference"],
        default_args=spec.default_args(settings),
        on_failure_callback=notifier(settings, spec, "failure"),
        params={
            "day": Param(
                None,
                type=["null", "string"],
                format="date",
                description="Manual runs: the day to score. Scheduled and backfilled runs: the day of the interval.",
            ),
            "champion": Param(
                "of the day",
                enum=["of the day", "newest"],
                description="Which version scores: the champion when the day began, or today's.",
            ),
            "new_jobs": Param(
                False,
                type="boolean",
                description="Backfills that score days again: start all jobs, also those that are done.",
            ),
        },
    ) as dag:
        inference_pipeline(settings, spec)
