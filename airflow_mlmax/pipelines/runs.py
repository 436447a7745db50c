"""Which days a run is about, and where in S3 its results lie."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from airflow.providers.common.compat.sdk import AirflowFailException, AirflowSkipException

from airflow_mlmax.operators.identity import run_type
from airflow_mlmax.settings import Settings

RUN_KEY = (
    "{{ dag_run.logical_date.strftime('%Y-%m-%dT%H%M%S') if dag_run.logical_date "
    "else dag_run.run_id | replace(':', '') | replace('+', '') }}"
)
"""Template of the folder of a run: the same interval lands in the same place again, whatever its run id."""

SCHEDULED, BACKFILL = "scheduled", "backfill"
_BY_INTERVAL = frozenset({SCHEDULED, BACKFILL})


def run_uri(settings: Settings, model: str, *parts: str) -> str:
    """Template of an S3 URI below the folder of a model, DAG and run."""
    return settings.uri(model, "{{ dag.dag_id }}", RUN_KEY, *parts)


def interval_day(context: Mapping[str, Any], data_ends: date | None = None) -> date:
    """The day that a daily run is about: the start of its interval, or the param `day` of a manual run.

    :param data_ends: last day of a landing zone that gets no more data
    :raises AirflowFailException: a manual run has neither
    :raises AirflowSkipException: a scheduled run is about a day after the last
    """
    day = _day(context, param="day", boundary="data_interval_start")
    _skip_after(context, day, data_ends)
    return day


def window_end(context: Mapping[str, Any], data_ends: date | None = None) -> date:
    """The first day that a training run must not see: the end of its interval, or the param `until` of a manual run.

    Raises as `interval_day` does.
    """
    end = _day(context, param="until", boundary="data_interval_end")
    _skip_after(context, end - timedelta(days=1), data_ends)
    return end


def days(first: date, end: date) -> list[date]:
    """All days from `first` to before `end`."""
    return [first + timedelta(days=number) for number in range((end - first).days)]


def interval_parameters(first: date, end: date) -> dict[str, str]:
    """Parameters of a suite that lets no rows of other days pass, from the future least of all.

    :param end: the day after the last one
    """
    return {"interval_start": str(first), "interval_end": str(end)}


def _day(context: Mapping[str, Any], param: str, boundary: str) -> date:
    run = context["dag_run"]
    given = None if run_type(context) in _BY_INTERVAL else context["params"].get(param)
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


def _skip_after(context: Mapping[str, Any], day: date, data_ends: date | None) -> None:
    """Nobody asked for a run that the schedule starts where no data is due; whoever asks for one gets an error."""
    if data_ends is not None and day > data_ends and run_type(context) == SCHEDULED:
        raise AirflowSkipException(
            f"the data ends with {data_ends} (setting data_ends); nothing is due for {day}"
        )
