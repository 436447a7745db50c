"""Compare every day's flights, predictions and outcomes with what the model in use was trained and evaluated on.

A run waits for the labels of its day. It is red where a monitor has violations that `monitors.yaml` takes for a failure; the
reasons go with an event of the asset `x-mlmax://flights/drift`.
"""

from pathlib import Path

import pendulum
from airflow.sdk import DAG, CronDataIntervalTimetable, Param

from airflow_mlmax.pipelines.model_file import read_model_file
from airflow_mlmax.pipelines.monitoring import monitoring_pipeline
from airflow_mlmax.pipelines.monitors import Monitors
from airflow_mlmax.settings import load

FOLDER = Path(__file__).parent
settings = load(FOLDER / "config")

with DAG(
    "flights_monitoring",
    description="Monitor data, predictions, bias and feature attributions of the flights of a day",
    doc_md=__doc__,
    schedule=CronDataIntervalTimetable("@daily", "UTC"),
    start_date=pendulum.datetime(2013, 1, 1),
    catchup=False,
    tags=["flights", "monitoring"],
    default_args=settings.default_args(),
    params={
        "day": Param(
            None,
            type=["null", "string"],
            format="date",
            description="Manual runs: the day to look at. Scheduled and backfilled runs: the day of the interval.",
        )
    },
) as dag:
    monitoring_pipeline(
        settings,
        model="flights",
        scripts="models/flights/scripts",
        source=settings.uri("landing", "flights"),
        labels=settings.uri("landing", "labels"),
        monitors=read_model_file(FOLDER / "models/flights/monitors.yaml", Monitors),
    )
