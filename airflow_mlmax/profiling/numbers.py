"""Numbers and times: where they lie, which lie apart, and how they are spread over their range."""

from typing import Any

from airflow_mlmax.profiling.report import Histogram, Spread
from airflow_mlmax.profiling.table import TABLE, Table
from airflow_mlmax.profiling.target import MEAN, VIEW, Aim
from airflow_mlmax.quality.data import quoted
from airflow_mlmax.quality.predicates import literal

LEVELS = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)
BINS = 24
_EXACT_ROWS = 20_000_000
"""Up to here quantiles are exact: DuckDB holds all values of one column in memory for them."""

_FENCE = 1.5
"""Tukey, Exploratory Data Analysis, 1977."""

_ROBUST_Z = 3.5 / 0.6745
"""In median absolute deviations: Iglewicz and Hoaglin, How to Detect and Handle Outliers, 1993."""

_TAIL = 10.0
_ORDINARY = (1e-75, 1e75)


def as_number(name: str, kind: str) -> str:
    """The finite values of a column as DOUBLE in SQL, times as seconds since 1970."""
    column = quoted(name)
    if kind == "timestamp":
        return f"case when isfinite({column}) then epoch({column}) end"
    if kind == "number":
        return f"case when isfinite({column}) then {column} end"
    return f"{column}::DOUBLE"


def spread(table: Table, name: str, kind: str) -> Spread | None:
    """Measures of one column; None where it holds no finite value."""
    values = f"(select {as_number(name, kind)} as x, {quoted(name)} as v from {TABLE})"  # noqa: S608
    quantile = "quantile_cont" if table.rows <= _EXACT_ROWS else "approx_quantile"
    low, high, infinite, zeros, negatives, days = table.row(
        f"select min(x), max(x), count(v) - count(x), count(*) filter (where x = 0), count(*) filter (where x < 0), "  # noqa: S608
        f"{'count(distinct v::DATE)' if kind == 'timestamp' else 'null'} from {values}"
    )
    if low is None:
        return None
    # Far out, in parts of the largest value: DuckDB refuses powers that leave a DOUBLE.
    largest = max(abs(low), abs(high)) or 1.0
    unit = 1.0 if _ORDINARY[0] < largest < _ORDINARY[1] else float(largest)
    scaled = f"(select x / {literal(unit)} as s from {values})"  # noqa: S608
    mean, deviation, skew, quantiles = table.row(
        f"select avg(s), stddev_samp(s), case when min(s) < max(s) then skewness(s) end, {quantile}(s, {list(LEVELS)}) from {scaled}"  # noqa: S608
    )
    found = {str(level): value * unit for level, value in zip(LEVELS, quantiles, strict=True)}
    far_iqr, far_z = _outliers(table, scaled, quantiles)
    return Spread(
        minimum=low,
        maximum=high,
        mean=mean * unit,
        deviation=None if deviation is None else deviation * unit,
        skew=skew if skew is not None and abs(skew) < float("inf") else None,
        quantiles=found,
        zeros=zeros,
        negatives=negatives,
        infinite=infinite,
        outliers_iqr=far_iqr,
        outliers_z=far_z,
        days=days,
    )


def _outliers(table: Table, scaled: str, quantiles: list[float]) -> tuple[int, int | None]:
    lower, middle, upper = quantiles[2:5]
    reach = _FENCE * (upper - lower)
    bounds = f"s < {literal(lower - reach)} or s > {literal(upper + reach)}"
    distance = f"abs(s - {literal(middle)})"
    far, typical = table.row(f"select count(*) filter (where {bounds}), median({distance}) from {scaled}")  # noqa: S608
    if not typical:
        return far, None
    limit = literal(typical * _ROBUST_Z)
    return far, table.row(f"select count(*) filter (where {distance} > {limit}) from {scaled}")[0]  # noqa: S608


def histogram(table: Table, name: str, kind: str, measures: Spread, aim: Aim | None) -> Histogram:
    """Rows by range, with the mean of the target; what lies far out is held by the first and last range."""
    low, high = _range(measures)
    bins = BINS
    if kind == "integer" and high - low < BINS:
        low, high, bins = low - 0.5, high + 0.5, int(high - low) + 1
    width = (high - low) / bins
    if not 0 < width < float("inf"):
        low, width, bins = low - 0.5, 1.0, 1
        high = low + 1.0
    place = f"greatest(0, least({bins - 1}, floor((__x - {literal(float(low))}) / {literal(float(width))})))::INTEGER"
    mean = f"avg({MEAN})" if aim and aim.has_mean else "null"
    found: dict[int, tuple[int, Any]] = {
        number: (rows, target)
        for number, rows, target in table.ask(
            f"select {place} as bin, count(*), {mean} from "  # noqa: S608
            f"(select *, {as_number(name, kind)} as __x from {VIEW if aim else TABLE}) where __x is not null group by 1"
        )
    }
    ranges = [found.get(number, (0, None)) for number in range(bins)]
    return Histogram(
        low=low,
        high=high,
        counts=tuple(rows for rows, _ in ranges),
        open_low=measures.minimum < low,
        open_high=measures.maximum > high,
        target=tuple(aim.mean(target, rows) for rows, target in ranges) if aim and aim.has_mean else (),
    )


def _range(measures: Spread) -> tuple[float, float]:
    """The whole range, but without tails that would leave no room for the rest."""
    low, high = measures.minimum, measures.maximum
    least, most = measures.quantiles["0.01"], measures.quantiles["0.99"]
    reach = (most - least) * _TAIL
    if reach:
        low = least if least - low > reach else low
        high = most if high - most > reach else high
    return low, high
