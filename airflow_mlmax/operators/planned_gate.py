"""What a data-quality gate would send: a processing job, if the data are too large for the worker."""

from dataclasses import replace
from typing import TYPE_CHECKING

from airflow.providers.common.compat.sdk import Context

from airflow_mlmax.operators.asking import refuse_contradictions, suite_of
from airflow_mlmax.operators.planned import Planned, planned_job

if TYPE_CHECKING:
    from airflow_mlmax.operators.quality import DataQualityGateOperator

_VERDICT = "VERDICT"
"""Stands for the id of the verdict, which depends on the data."""


def planned_gate(operator: "DataQualityGateOperator", context: Context) -> Planned:
    """The job that may be needed; a gate that chooses by the data's size needs none for small data.

    :raises ValueError: a mistake in the arguments, a suite beside the DAG file that is missing or is not JSON
    """
    refuse_contradictions(operator)
    if not (isinstance(operator.suite, str) and operator.suite.startswith("s3://")):
        suite_of(operator, context)
    must = operator.where == "processing" or operator.engine == "spark"
    only_worker = Planned(actions=operator.own_actions, notes=["The checks run on the worker."])
    if operator.where == "worker":
        return only_worker
    try:
        place = operator.output_uri and f"{operator.output_uri.rstrip('/')}/{_VERDICT}"
        program = operator.arrange(context, place)
    except ValueError as error:
        if must:
            raise
        return replace(
            only_worker, notes=[f"The checks run on the worker; data too large for it fail: {error}."]
        )
    draft = operator.draft()
    when = "" if must else "where the data are too large for the worker"
    return planned_job(operator, replace(draft, when=when), operator.work(context, draft.request), [program])
