"""Train the flights model again when a week is over, new labelled flights have come or drift lasts, if the brakes allow it.

Each run decides once and says why, in its log and below `flights/retraining/decisions/`; `retraining.yaml` has the brakes. A backfill decides
too and never trains.
"""

from pathlib import Path

import pendulum
from airflow.sdk import DAG, CronDataIntervalTimetable, Param

from airflow_mlmax.pipelines.brakes import Retraining
from airflow_mlmax.pipelines.model_file import read_model_file
from airflow_mlmax.pipelines.retraining import retraining_pipeline, retraining_schedule
from airflow_mlmax.settings import load

FOLDER = Path(__file__).parent
settings = load(FOLDER / "config")

with DAG(
    "flights_retraining",
    description="Decide whether the flights model is trained again, and start its training",
    doc_md=__doc__,
    schedule=retraining_schedule("flights", CronDataIntervalTimetable("0 6 * * 1", "UTC")),
    start_date=pendulum.datetime(2013, 1, 7),
    catchup=False,
    max_active_runs=1,
    tags=["flights", "training"],
    default_args=settings.default_args(),
    params={
        "until": Param(
            None,
            type=["null", "string"],
            format="date",
            description="Manual runs: the day after the last one that may be used. By default: today.",
        )
    },
) as dag:
    retraining_pipeline(
        settings,
        model="flights",
        labels=settings.uri("landing", "labels"),
        policy=read_model_file(FOLDER / "models/flights/retraining.yaml", Retraining),
        training_dag="flights_training",
    )
