"""Which days a run is about, and where in S3 its results lie."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from airflow.providers.common.compat.sdk import AirflowFailException

from airflow_mlmax.settings import Settings

RUN_KEY = (
    "{{ dag_run.logical_date.strftime('%Y-%m-%dT%H%M%S') if dag_run.logical_date "
    "else dag_run.run_id | replace(':', '') | replace('+', '') }}"
)
"""Template of the folder of a run: the same interval lands in the same place again, whatever its run id."""

_BY_INTERVAL = frozenset({"scheduled", "backfill"})


def run_uri(settings: Settings, model: str, *parts: str) -> str:
    """Template of an S3 URI below the folder of a model, DAG and run."""
    return settings.uri(model, "{{ dag.dag_id }}", RUN_KEY, *parts)


def interval_day(context: Mapping[str, Any]) -> date:
    """The day that a daily run is about: the start of its interval, or the param `day` of a manual run.

    :raises AirflowFailException: a manual run has neither
    """
    return _day(context, param="day", boundary="data_interval_start")


def window_end(context: Mapping[str, Any]) -> date:
    """The first day that a training run must not see: the end of its interval, or the param `until` of a manual run.

    :raises AirflowFailException: a manual run has neither
    """
    return _day(context, param="until", boundary="data_interval_end")


def days(first: date, end: date) -> list[date]:
    """All days from `first` to before `end`."""
    return [first + timedelta(days=number) for number in range((end - first).days)]


def _day(context: Mapping[str, Any], param: str, boundary: str) -> date:
    run = context["dag_run"]
    by_interval = str(getattr(run.run_type, "value", run.run_type)) in _BY_INTERVAL
    given = None if by_interval else context["params"].get(param)
    if given:
        return date.fromisoformat(given)
    moment = getattr(run, boundary)
    if moment is None:
        raise AirflowFailException(
            f"run {run.run_id} was started by hand without a logical date, so it has no interval; "
            f'trigger it with the param {param}, for example {{"{param}": "2013-07-01"}}'
        )
    day: date = moment.date()
    return day
