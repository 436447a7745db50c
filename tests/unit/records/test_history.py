"""What a backfill will cost is the number of its runs times what such a run has cost."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from kept_runs import a_run, moment

from airflow_mlmax.records.document import RunRecord
from airflow_mlmax.records.errors import RecordsError
from airflow_mlmax.records.history import estimate, runs_between

HOUR = timedelta(hours=1)
NEW_YEAR = datetime(2013, 1, 1, tzinfo=UTC)


def cost(usd: float | None) -> RunRecord:
    job = {"task_id": "score", "number": 1, "name": "j", "cost_usd": usd, "prices_as_of": "2025-01-01"}
    return a_run(jobs=[job])


def interval(start: datetime | None, end: datetime | None) -> RunRecord:
    return a_run(interval_start=start, interval_end=end)


@pytest.mark.parametrize(
    ("costs", "expected"),
    [
        ([3.0], (3.0, 3.0, 3.0, "cheapest to dearest", 1, 0)),
        ([1.0, 9.0, 2.0], (2.0, 1.0, 9.0, "cheapest to dearest", 3, 0)),
        ([1.0, 2.0, 3.0, 4.0, 100.0], (3.0, 2.0, 4.0, "middle half", 5, 0)),
        ([1.0, None], (1.0, 1.0, 1.0, "cheapest to dearest", 1, 1)),
        ([None], (None, None, None, "", 0, 1)),
    ],
    ids=["one", "few", "many", "unknown left out", "all unknown"],
)
def test_the_median_counts_and_the_spread_says_how_sure_it_is(
    costs: list[float | None], expected: tuple[Any, ...]
) -> None:
    """One dear run moves neither; runs without a known cost are counted, not guessed."""
    found = estimate([cost(each) for each in costs], 12)
    assert (found.median, found.low, found.high, found.spread, found.based_on, found.unknown) == expected
    assert found.runs == 12


def test_duration_and_prices_are_told() -> None:
    """The median run takes an hour; the list of prices is the oldest that was used."""
    found = estimate([cost(1.0)], 1)
    assert (found.seconds, found.prices_as_of) == (3600, "2025-01-01")


@pytest.mark.parametrize(
    ("start", "end", "first", "last", "runs"),
    [
        (moment(1), moment(2), date(2013, 1, 1), date(2013, 1, 31), 31),
        (moment(1), moment(2), date(2013, 8, 5), date(2013, 8, 5), 1),
        (moment(1, 6), moment(2, 6), date(2013, 6, 30), date(2013, 7, 1), 2),
        (moment(1), moment(1) + 6 * HOUR, date(2013, 1, 1), date(2013, 1, 2), 8),
        (moment(1), moment(8), date(2013, 7, 2), date(2013, 7, 22), 3),
        (moment(1), moment(8), date(2013, 7, 2), date(2013, 7, 7), 0),
        (NEW_YEAR, datetime(2013, 2, 1, tzinfo=UTC), date(2013, 3, 1), date(2014, 2, 28), 12),
        (NEW_YEAR, datetime(2013, 2, 1, tzinfo=UTC), date(2013, 3, 2), date(2013, 4, 1), 1),
        (NEW_YEAR, datetime(2013, 4, 1, tzinfo=UTC), date(2013, 1, 1), date(2013, 12, 31), 4),
        (NEW_YEAR, datetime(2014, 1, 1, tzinfo=UTC), date(2010, 1, 1), date(2013, 12, 31), 4),
    ],
    ids=[
        "days",
        "one day",
        "at six",
        "hours",
        "weeks",
        "between weeks",
        "months",
        "in a month",
        "quarters",
        "years",
    ],
)
def test_intervals_tell_how_many_runs_it_will_be(
    start: datetime, end: datetime, first: date, last: date, runs: int
) -> None:
    """Each interval that begins from the first to the last day is a run."""
    assert runs_between([interval(None, None), interval(start, end)], first, last) == runs


@pytest.mark.parametrize(
    ("history", "message"),
    [
        ([interval(None, None)], "no recorded run has an interval.*--runs"),
        ([interval(moment(1), moment(2)), interval(moment(2), moment(5))], "several lengths.*--runs"),
    ],
    ids=["none", "mixed"],
)
def test_where_intervals_tell_nothing_a_person_is_asked(history: list[RunRecord], message: str) -> None:
    """Rather than a wrong number."""
    with pytest.raises(RecordsError, match=message):
        runs_between(history, date(2013, 7, 1), date(2013, 7, 31))
