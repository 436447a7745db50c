"""Cross-validate the flights model: each fold of days, or of carriers, is tested by a model that has never seen it.

Choose the folds when you trigger a run. For what the model would have been worth at the time, run the back-test.
"""

from pathlib import Path

from airflow.sdk import DAG, Param

from airflow_mlmax.pipelines.cross_validation import cross_validation_pipeline
from airflow_mlmax.settings import load

settings = load(Path(__file__).parent / "config")
DAY = {"type": "string", "format": "date"}

with DAG(
    "flights_cross_validation",
    description="How the flights model does on days or carriers that it has never seen",
    doc_md=__doc__,
    schedule=None,
    max_active_runs=1,
    tags=["flights", "evaluation"],
    default_args=settings.default_args(),
    params={
        "first": Param("2013-04-29", **DAY, description="First day to use."),
        "until": Param("2013-07-08", **DAY, description="The day after the last one to use."),
        "folds": Param(5, type="integer", minimum=2, maximum=50),
        "method": Param(
            "blocked",
            enum=["blocked", "grouped", "shuffled"],
            description="Hold out days that follow each other, whole groups, or single flights (too good: others of the same "
            "hour are in training).",
        ),
        "group": Param(
            "day",
            enum=["day", "carrier", "origin", "dest", "tailnum"],
            description="What is held out as a whole; blocks are of days.",
        ),
        "hyperparameters": Param(
            {"max-iter": 100, "learning-rate": 0.06, "max-leaf-nodes": 15, "min-samples-leaf": 50},
            type="object",
            description="Of train.py, the same in every fold.",
        ),
    },
) as dag:
    cross_validation_pipeline(
        settings,
        model="flights",
        scripts="models/flights/scripts",
        sources={
            "flights": settings.uri("landing", "flights"),
            "labels": settings.uri("landing", "labels"),
        },
        metrics={"roc_auc": "higher", "pr_auc": "higher", "log_loss": "lower"},
    )
