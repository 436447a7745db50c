"""Roll the flights model back: an earlier champion becomes the champion again, and the version that it replaces is rejected.

Trigger it by hand and say why. `mlmax champion roll-back` does the same at a terminal.
"""

from pathlib import Path

import pendulum
from airflow.sdk import DAG, Param

from airflow_mlmax.pipelines.promotion import rollback_pipeline
from airflow_mlmax.settings import load

settings = load(Path(__file__).parent / "config")

with DAG(
    "flights_rollback",
    description="Make an earlier version of the flights model the champion again",
    doc_md=__doc__,
    schedule=None,
    start_date=pendulum.datetime(2013, 1, 1),
    max_active_runs=1,
    tags=["flights", "registry"],
    default_args=settings.default_args(),
    params={
        "why": Param(type="string", minLength=3, description="For the record: what made you decide so."),
        "to_version": Param(
            None,
            type=["null", "integer"],
            description="A version that was champion before; by default the one before the current.",
        ),
        "effective": Param(
            None,
            type=["null", "string"],
            format="date",
            description="From which day of the data on; by default from now.",
        ),
    },
) as dag:
    rollback_pipeline(settings, model="flights")
