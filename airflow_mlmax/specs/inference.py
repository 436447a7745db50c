"""How a model scores."""

from typing import Literal

from airflow_mlmax.specs.schedule import Schedule
from airflow_mlmax.strict import Strict


class Inference(Strict):
    """How and when a model scores."""

    schedule: Schedule
    variant: Literal["transform", "processing"] = "transform"
    """`transform` makes a model and a batch transform job, `processing` one Processing job."""
