from datetime import UTC, date, datetime
from types import SimpleNamespace
from typing import Any

import jinja2
import pytest
from airflow.providers.common.compat.sdk import AirflowFailException, AirflowSkipException

from airflow_mlmax.pipelines.runs import RUN_KEY, days, interval_day, window_end

START, END = datetime(2013, 7, 1, tzinfo=UTC), datetime(2013, 7, 2, tzinfo=UTC)


def context(run_type: str, *, interval: bool = True, **params: Any) -> dict[str, Any]:
    run = SimpleNamespace(
        run_type=run_type,
        run_id="some_run",
        data_interval_start=START if interval else None,
        data_interval_end=END if interval else None,
    )
    return {"dag_run": run, "params": params}


@pytest.mark.parametrize("run_type", ["scheduled", "backfill"])
def test_a_run_of_the_schedule_follows_its_interval(run_type: str) -> None:
    """Params have defaults for people; they never move a backfilled day."""
    assert interval_day(context(run_type, day="2013-01-01")) == date(2013, 7, 1)
    assert window_end(context(run_type, until="2013-01-01")) == date(2013, 7, 2)


def test_a_manual_run_follows_its_param() -> None:
    """What somebody typed wins over the interval that Airflow made up for the moment."""
    assert interval_day(context("manual", day="2013-05-05")) == date(2013, 5, 5)
    assert window_end(context("manual", until="2013-05-05", interval=False)) == date(2013, 5, 5)


def test_a_manual_run_without_param_follows_its_interval() -> None:
    """A manual run with a logical date has an interval like any other."""
    assert interval_day(context("manual", day=None)) == date(2013, 7, 1)


def test_a_run_about_no_day_says_what_to_do() -> None:
    """Neither interval nor param: the error shows the param."""
    with pytest.raises(AirflowFailException, match=r'trigger it with the param day.*\{"day": "2013-07-01"\}'):
        interval_day(context("manual", day=None, interval=False))


@pytest.mark.parametrize("ends", [date(2013, 6, 30), date(2012, 12, 31)], ids=str)
def test_the_schedule_is_skipped_where_the_data_has_ended(ends: date) -> None:
    """A replay of the past is no late feed: nothing was due, so nothing fails."""
    with pytest.raises(AirflowSkipException, match=f"the data ends with {ends}"):
        interval_day(context("scheduled"), ends)
    with pytest.raises(AirflowSkipException, match=f"the data ends with {ends}"):
        window_end(context("scheduled"), ends)


@pytest.mark.parametrize("run_type", ["manual", "backfill"])
def test_what_somebody_asked_for_is_never_skipped(run_type: str) -> None:
    """A wanted day without data becomes an error further on."""
    assert interval_day(context(run_type), date(2012, 12, 31)) == date(2013, 7, 1)


def test_the_last_day_of_the_data_is_due() -> None:
    """The end is inclusive, for a day and for a window up to it."""
    assert interval_day(context("scheduled"), date(2013, 7, 1)) == date(2013, 7, 1)
    assert window_end(context("scheduled"), date(2013, 7, 1)) == date(2013, 7, 2)


@pytest.mark.parametrize(
    ("logical_date", "run_id", "key"),
    [
        (START, "backfill__2013-07-01T00:00:00+00:00", "2013-07-01T000000"),
        (None, "manual__2026-01-02T03:04:05.6+00:00_abc", "manual__2026-01-02T030405.60000_abc"),
    ],
    ids=["logical date", "run id"],
)
def test_the_same_interval_lands_in_the_same_place(
    logical_date: datetime | None, run_id: str, key: str
) -> None:
    """The run key comes from the logical date; only a run without one is told by its id."""
    run = SimpleNamespace(logical_date=logical_date, run_id=run_id)
    assert jinja2.Environment(autoescape=False).from_string(RUN_KEY).render(dag_run=run) == key  # noqa: S701


def test_days_end_before_the_end() -> None:
    """Windows follow each other without a day in common."""
    assert days(date(2013, 2, 27), date(2013, 3, 2)) == [
        date(2013, 2, 27),
        date(2013, 2, 28),
        date(2013, 3, 1),
    ]
