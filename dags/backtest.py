"""Back-test a model: train it as of many days of the past, test each time on the days that followed.

Choose the windows when you trigger a run. Its report compares the model with its baseline in every window.
"""

from pathlib import Path

from airflow.sdk import DAG, Param

from airflow_mlmax.pipelines.backtest import backtest_pipeline
from airflow_mlmax.pipelines.notifying import notifier
from airflow_mlmax.settings import load
from airflow_mlmax.specs import models

FOLDER = Path(__file__).parent
settings = load(FOLDER / "config")
ORIGIN = {"type": "string", "format": "date"}
LENGTH = {"type": "integer", "minimum": 1}

for spec in models(FOLDER / "models", settings):
    default, windows = spec.evaluation.backtest, spec.training.windows
    with DAG(
        spec.dag_id("backtest"),
        description=f"What the model would have been worth, trained on many days of the past: {spec.description}",
        doc_md=__doc__,
        schedule=None,
        max_active_runs=1,
        tags=[spec.name, "evaluation"],
        default_args=spec.default_args(settings),
        on_failure_callback=notifier(settings, spec, "failure"),
        params={
            "first": Param(
                str(default.first),
                **ORIGIN,
                description="First origin: the day after the last one a training may see.",
            ),
            "last": Param(str(default.last), **ORIGIN, description="No origin is later."),
            "step": Param(default.step, **LENGTH, description="Days from origin to origin."),
            "train": Param(
                windows.train,
                **LENGTH,
                description="Days of training, of the first window where they expand.",
            ),
            "validation": Param(
                windows.validation,
                **LENGTH,
                description="Days between training and test, as the training DAG has them.",
            ),
            "test": Param(windows.test, **LENGTH, description="Days of test."),
            "window": Param(
                default.window,
                enum=["sliding", "expanding"],
                description="Whether training forgets the oldest days.",
            ),
            "hyperparameters": Param(
                spec.evaluation.hyperparameters,
                type="object",
                description="Of train.py, the same in every window.",
            ),
        },
    ) as dag:
        backtest_pipeline(settings, spec)
