"""Back-test the flights model: train it as of many days of 2013, test each time on the two weeks that followed.

Choose the windows when you trigger a run. Its report compares the model with its baseline in every window.
"""

from pathlib import Path

from airflow.sdk import DAG, Param

from airflow_mlmax.pipelines.backtest import backtest_pipeline
from airflow_mlmax.settings import load

settings = load(Path(__file__).parent / "config")
ORIGIN = {"type": "string", "format": "date"}
LENGTH = {"type": "integer", "minimum": 1, "maximum": 366}

with DAG(
    "flights_backtest",
    description="What the flights model would have been worth, trained on many days of the past",
    doc_md=__doc__,
    schedule=None,
    max_active_runs=1,
    tags=["flights", "evaluation"],
    default_args=settings.default_args(),
    params={
        "first": Param(
            "2013-05-14", **ORIGIN, description="First origin: the day after the last one a training may see."
        ),
        "last": Param("2013-06-24", **ORIGIN, description="No origin is later."),
        "step": Param(7, **LENGTH, description="Days from origin to origin."),
        "train": Param(42, **LENGTH, description="Days of training, of the first window where they expand."),
        "validation": Param(
            7, **LENGTH, description="Days between training and test, as the training DAG has them."
        ),
        "test": Param(14, **LENGTH, description="Days of test."),
        "window": Param(
            "sliding", enum=["sliding", "expanding"], description="Whether training forgets the oldest days."
        ),
        "hyperparameters": Param(
            {"max-iter": 100, "learning-rate": 0.06, "max-leaf-nodes": 15, "min-samples-leaf": 50},
            type="object",
            description="Of train.py, the same in every window.",
        ),
    },
) as dag:
    backtest_pipeline(
        settings,
        model="flights",
        scripts="models/flights/scripts",
        sources={
            "flights": settings.uri("landing", "flights"),
            "labels": settings.uri("landing", "labels"),
        },
        metrics={"roc_auc": "higher", "pr_auc": "higher", "log_loss": "lower"},
    )
