"""Train the flights model once a month: will a flight arrive more than 15 minutes late, as known an hour before?

A run ends with a registered version that waits for approval. A manual run trains up to its param `until`.
"""

from pathlib import Path

import pendulum
from airflow.sdk import DAG, CronDataIntervalTimetable, Param

from airflow_mlmax.pipelines.model_file import read_model_file
from airflow_mlmax.pipelines.monitors import Monitors
from airflow_mlmax.pipelines.promotion import Promotion
from airflow_mlmax.pipelines.recipe import Checks, Search, Windows
from airflow_mlmax.pipelines.training import training_pipeline
from airflow_mlmax.sagemaker.gates import Rule
from airflow_mlmax.settings import load

FOLDER = Path(__file__).parent
settings = load(FOLDER / "config")

with DAG(
    "flights_training",
    description="Preprocess, tune, evaluate, gate and register the flights model",
    doc_md=__doc__,
    schedule=CronDataIntervalTimetable("@monthly", "UTC"),
    start_date=pendulum.datetime(2013, 3, 1),
    catchup=False,
    max_active_runs=1,
    tags=["flights", "training"],
    default_args=settings.default_args(),
    params={
        "until": Param(
            "2013-07-01",
            type=["null", "string"],
            format="date",
            description="Manual runs: the day after the last one to use. Scheduled runs: the end of the interval.",
        ),
        "approval": Param(
            None,
            enum=[None, "person", "automatic"],
            description="Who lets the version become the champion; by default what promotion.yaml says.",
        ),
        "warm_start": Param(
            None,
            type=["null", "object"],
            description='Earlier searches to learn from: {"parents": [tuning jobs], "type": "TransferLearning"}.',
        ),
    },
) as dag:
    training_pipeline(
        settings,
        model="flights",
        scripts="models/flights/scripts",
        sources={
            "flights": settings.uri("landing", "flights"),
            "labels": settings.uri("landing", "labels"),
        },
        checks=Checks(
            landing="models/flights/expectations/landing.json",
            landing_source="flights",
            features="models/flights/expectations/features.json",
            categories={"origin": "critical", "carrier": "warning", "dest": "warning"},
        ),
        monitors=read_model_file(FOLDER / "models/flights/monitors.yaml", Monitors),
        promotion=read_model_file(FOLDER / "models/flights/promotion.yaml", Promotion),
        warm_start=dag.param("warm_start"),
        windows=Windows(train=42, validation=7, test=14),
        search=Search(
            objective="validation_auc",
            metrics={
                "validation_auc": r"validation_auc=([0-9.]+)",
                "validation_log_loss": r"validation_log_loss=([0-9.]+)",
            },
            hyperparameters={"max-iter": 100},
            ranges={
                "learning-rate": {"type": "continuous", "min": 0.03, "max": 0.15, "scaling": "Logarithmic"},
                "max-leaf-nodes": {"type": "integer", "min": 7, "max": 31},
                "min-samples-leaf": {"type": "integer", "min": 20, "max": 200},
            },
            max_jobs=4,
        ),
        rules=[
            Rule("model.roc_auc", minimum=0.65),
            Rule("model.roc_auc", above="baseline.roc_auc", by=0.01),
            Rule("model.pr_auc", above="baseline.pr_auc"),
            Rule("model.log_loss", below="baseline.log_loss"),
            Rule("slices.origin=*.roc_auc", minimum=0.6, min_rows=200),
            Rule("model.roc_auc", above="champion.model.roc_auc", within=0.05),
        ],
    )
