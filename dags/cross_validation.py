"""Cross-validate a model: each fold of days, or of other groups, is tested by a model that has never seen it.

Choose the folds when you trigger a run. For what the model would have been worth at the time, run the back-test.
"""

from pathlib import Path

from airflow.sdk import DAG, Param

from airflow_mlmax.pipelines.cross_validation import cross_validation_pipeline
from airflow_mlmax.pipelines.notifying import notifier
from airflow_mlmax.settings import load
from airflow_mlmax.specs import models

FOLDER = Path(__file__).parent
settings = load(FOLDER / "config")
DAY = {"type": "string", "format": "date"}

for spec in models(FOLDER / "models", settings):
    default = spec.evaluation.cross_validation
    with DAG(
        spec.dag_id("cross_validation"),
        description=f"How the model does on days or groups that it has never seen: {spec.description}",
        doc_md=__doc__,
        schedule=None,
        max_active_runs=1,
        tags=[spec.name, "evaluation"],
        default_args=spec.default_args(settings),
        on_failure_callback=notifier(settings, spec, "failure"),
        params={
            "first": Param(str(default.first), **DAY, description="First day to use."),
            "until": Param(str(default.until), **DAY, description="The day after the last one to use."),
            "folds": Param(default.folds, type="integer", minimum=2, maximum=50),
            "method": Param(
                default.method,
                enum=["blocked", "grouped", "shuffled"],
                description="Hold out days that follow each other, whole groups, or single rows (too good: others of the "
                "same group are in training).",
            ),
            "group": Param(
                default.groups[0],
                enum=default.groups,
                description="What is held out as a whole; blocks are of days.",
            ),
            "hyperparameters": Param(
                spec.evaluation.hyperparameters,
                type="object",
                description="Of train.py, the same in every fold.",
            ),
        },
    ) as dag:
        cross_validation_pipeline(settings, spec)
