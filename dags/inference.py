"""Score every day's flights with the newest approved model and publish the predictions with their row keys.

Only flights that hold the contract of that model are scored, and only predictions that hold their suite are published.
Backfillable; scoring a day again leaves the same predictions. A manual run without a logical date needs the param `day`.
"""

from pathlib import Path

import pendulum
from airflow.sdk import DAG, CronDataIntervalTimetable, Param

from airflow_mlmax.pipelines.inference import inference_pipeline
from airflow_mlmax.settings import load

settings = load(Path(__file__).parent / "config")

with DAG(
    "flights_inference",
    description="Score the flights of a day and publish the predictions",
    doc_md=__doc__,
    schedule=CronDataIntervalTimetable("@daily", "UTC"),
    start_date=pendulum.datetime(2013, 1, 1),
    catchup=False,
    tags=["flights", "inference"],
    default_args=settings.default_args(),
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
    },
) as dag:
    inference_pipeline(
        settings,
        model="flights",
        scripts="models/flights/scripts",
        source=settings.uri("landing", "flights"),
        predictions_suite="models/flights/expectations/predictions.json",
        variant="transform",  # or "processing": one Processing job instead of a model and a batch transform job
    )
