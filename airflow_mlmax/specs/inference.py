"""How a model scores."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator

from airflow_mlmax.quality.policy import policy_of
from airflow_mlmax.specs.schedule import Schedule
from airflow_mlmax.strict import Strict


def _policy(members: dict[str, Any]) -> dict[str, Any]:
    policy_of(members)
    return members


class Inference(Strict):
    """How and when a model scores."""

    schedule: Schedule
    variant: Literal["transform", "processing"] = "transform"
    """`transform` makes a model and a batch transform job, `processing` one Processing job."""

    gate: Annotated[dict[str, Any], AfterValidator(_policy)] = {}
    """Policy of the gate in front of the model; with `quarantine: rows` the rows that it leaves are scored."""
