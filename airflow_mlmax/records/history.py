"""What a backfill will cost, from what runs of the same DAG have cost."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from statistics import median, quantiles

from airflow_mlmax.records.document import RunRecord
from airflow_mlmax.records.errors import RecordsError

_FEW = 4
"""Runs below which quartiles say nothing: then the spread is from the cheapest to the dearest."""

_MONTH = timedelta(days=28)
"""The shortest."""


@dataclass(frozen=True)
class Estimate:
    """Runs times the median cost of successful runs. Amounts in USD at list price, None without a known cost."""

    runs: int
    median: float | None
    low: float | None
    high: float | None
    spread: str
    """What `low` and `high` are."""

    based_on: int
    unknown: int
    """Successful runs left out because a price is unknown."""

    prices_as_of: str | None
    """The oldest list of prices among them."""

    seconds: float | None
    """Median duration of a run."""


def estimate(history: Sequence[RunRecord], runs: int) -> Estimate:
    """What so many runs will cost.

    :param history: records of successful runs
    """
    priced = [(record, cost) for record in history if (cost := record.cost_usd) is not None]
    costs = sorted(cost for _, cost in priced)
    dates = [job.prices_as_of for record, _ in priced for job in record.jobs if job.prices_as_of]
    low, high, spread = _spread(costs)
    took = [
        (record.ended - record.started).total_seconds() for record, _ in priced if record.started is not None
    ]
    return Estimate(
        runs=runs,
        median=median(costs) if costs else None,
        low=low,
        high=high,
        spread=spread,
        based_on=len(costs),
        unknown=len(history) - len(costs),
        prices_as_of=min(dates, default=None),
        seconds=median(took) if took else None,
    )


def runs_between(history: Sequence[RunRecord], first: date, last: date) -> int:
    """How many intervals of the DAG begin from the first to the last day, told by the intervals it has had.

    :raises RecordsError: no run had an interval, or their lengths differ otherwise than those of months
    """
    intervals = [
        (run.interval_start.astimezone(UTC), run.interval_end.astimezone(UTC))
        for run in history
        if run.interval_start and run.interval_end and run.interval_start < run.interval_end
    ]
    if not intervals:
        raise RecordsError("no recorded run has an interval, so say how many runs it will be with --runs")
    begin, end = _midnight(first), _midnight(last) + timedelta(days=1)
    anchor = intervals[0][0]
    lengths = {stop - start for start, stop in intervals}
    if len(lengths) == 1 and (step := min(lengths)) < _MONTH:
        return max(0, _steps(anchor, end, step) - _steps(anchor, begin, step))
    months = {_months(start, stop) for start, stop in intervals}
    if len(months) == 1 and (every := months.pop()):
        return sum(begin <= moment < end for moment in _monthly(anchor, begin, end, every))
    raise RecordsError("the recorded runs have intervals of several lengths: say how many runs with --runs")


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def _steps(anchor: datetime, moment: datetime, step: timedelta) -> int:
    """Steps from the anchor to the first interval that begins at the moment or after it."""
    return -((anchor - moment) // step)


def _months(start: datetime, stop: datetime) -> int | None:
    """The length of an interval in whole months; None if it has another."""
    whole = (start.day, start.time()) == (stop.day, stop.time())
    return _month(stop) - _month(start) if whole else None


def _monthly(anchor: datetime, begin: datetime, end: datetime, every: int) -> list[datetime]:
    """The beginnings of intervals in the months that the span touches; such an interval begins on a day that all months have."""
    months = [
        month for month in range(_month(begin), _month(end) + 1) if (month - _month(anchor)) % every == 0
    ]
    return [anchor.replace(year=month // 12, month=month % 12 + 1) for month in months]


def _month(moment: datetime) -> int:
    return moment.year * 12 + moment.month - 1


def _spread(costs: Sequence[float]) -> tuple[float | None, float | None, str]:
    if len(costs) >= _FEW:
        low, _, high = quantiles(costs, n=4, method="inclusive")
        return low, high, "middle half"
    return (costs[0], costs[-1], "cheapest to dearest") if costs else (None, None, "")
