"""Train each model on its schedule, from checked data to a registered version, and promote it if it may be.

A run ends with a version that is the champion, was refused, or waits for approval. A manual run trains up to its param `until`.
"""

from pathlib import Path

from airflow.sdk import DAG, CronDataIntervalTimetable, Param

from airflow_mlmax.pipelines.notifying import notifier
from airflow_mlmax.pipelines.training import training_pipeline
from airflow_mlmax.settings import load
from airflow_mlmax.specs import models

FOLDER = Path(__file__).parent
settings = load(FOLDER / "config")

for spec in models(FOLDER / "models", settings):
    with DAG(
        spec.dag_id("training"),
        description=f"Preprocess, tune, evaluate, gate, register and promote: {spec.description}",
        doc_md=__doc__,
        schedule=CronDataIntervalTimetable(spec.training.schedule, "UTC"),
        start_date=spec.begins,
        catchup=False,
        max_active_runs=1,
        tags=[spec.name, "training"],
        default_args=spec.default_args(settings),
        on_failure_callback=notifier(settings, spec, "failure"),
        params={
            "until": Param(
                spec.training.until and str(spec.training.until),
                type=["null", "string"],
                format="date",
                description="Manual runs: the day after the last one to use. Scheduled runs: the end of the interval.",
            ),
            "approval": Param(
                None,
                enum=[None, "person", "automatic"],
                description="Who lets the version become the champion; by default what the spec says.",
            ),
            "warm_start": Param(
                None,
                type=["null", "object"],
                description='Earlier searches to learn from: {"parents": [tuning jobs], "type": "TransferLearning"}.',
            ),
        },
    ) as dag:
        training_pipeline(settings, spec, warm_start=dag.param("warm_start"))
