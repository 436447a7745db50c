"""`statistics.json` and suggested `constraints.json` of a table."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from .columns import Column, Numbers
from .reading import Chunk
from .sketch import Floats, Sketch

BUCKETS = 10
MOST_CATEGORIES = 1_000
"""Categories that are listed; a column with more is none to compare category by category."""

_MOST_DOMAINS = 100


@dataclass(frozen=True)
class Profile:
    """The columns of a table, by name in their first order, and its number of rows."""

    rows: int
    columns: dict[str, Column]


def profile(chunks: Callable[[], Iterable[Chunk]], texts: Collection[str] = ()) -> Profile:
    """Goes through a table once; a second time if numbers and texts turn out to be mixed in a column.

    :param texts: columns whose numbers are to be counted as texts too
    """
    found = _pass(chunks(), texts)
    mixed = [name for name, column in found.columns.items() if column.mixed]
    return _pass(chunks(), {*texts, *mixed}) if mixed else found


def _pass(chunks: Iterable[Chunk], texts: Collection[str]) -> Profile:
    columns: dict[str, Column] = {}
    rows = 0
    for chunk in chunks:
        more = max(map(len, chunk.values()), default=0)
        for name in chunk:
            if name not in columns:
                columns[name] = Column(name, name in texts)
                columns[name].missing = rows
        for name, column in columns.items():
            if name in chunk:
                column.add(chunk[name])
            else:
                column.missing += more
        rows += more
    return Profile(rows, columns)


def statistics(found: Profile) -> dict[str, Any]:
    """The content of `statistics.json`."""
    features = [_feature(column) for column in found.columns.values()]
    return {"version": 0.0, "dataset": {"item_count": found.rows}, "features": features}


def constraints(found: Profile, monitoring_config: dict[str, Any]) -> dict[str, Any]:
    """The content of `constraints.json`: what this table fulfils."""
    features = [_constraint(column) for column in found.columns.values()]
    return {"version": 0.0, "features": features, "monitoring_config": monitoring_config}


def completeness(column: Column) -> float:
    """Share of the rows that have a value; 1 where there is no row to lack one."""
    rows = column.present + column.missing
    return column.present / rows if rows else 1.0


def _feature(column: Column) -> dict[str, Any]:
    kind = column.inferred_type
    common = {"num_present": column.present, "num_missing": column.missing}
    feature: dict[str, Any] = {"name": column.name, "inferred_type": kind}
    if kind in {"Integral", "Fractional"}:
        return {**feature, "numerical_statistics": {"common": common, **_numerical(column.numbers)}}
    counts = sorted(column.texts.counts.items(), key=lambda item: (-item[1], item[0]))
    buckets = [{"value": value, "count": count} for value, count in counts[:MOST_CATEGORIES]]
    strings = {
        "common": common,
        "distinct_count": float(len(counts)),
        "distribution": {"categorical": {"buckets": buckets}},
    }
    return {**feature, "string_statistics": strings}


def _numerical(numbers: Numbers) -> dict[str, Any]:
    """Infinity is counted as a value, and left out of moments and buckets."""
    low, high = (numbers.min, numbers.max) if numbers.finite else (0.0, 0.0)
    bounds = bucket_bounds(low, high)
    counts = np.zeros(BUCKETS)
    sketch = Sketch()
    for values in numbers.chunks():
        sketch.add(values)
        counts += bucket_counts(bounds, values[np.isfinite(values)])
    buckets = [
        {"lower_bound": lower, "upper_bound": upper, "count": count}
        for lower, upper, count in zip(
            bounds[:-1].tolist(), bounds[1:].tolist(), counts.tolist(), strict=True
        )
    ]
    return {
        "mean": numbers.mean,
        "sum": numbers.sum,
        "std_dev": numbers.std_dev,
        "min": low,
        "max": high,
        "distribution": {"kll": {"buckets": buckets, "sketch": sketch.document()}},
    }


def bucket_bounds(low: float, high: float) -> Floats:
    """Eleven bounds of ten buckets of equal width; of no width if all values are equal."""
    return low + (high - low) * np.arange(BUCKETS + 1) / BUCKETS


def bucket_counts(bounds: Floats, values: Floats) -> Floats:
    """Half-open buckets, the last one closed; values beyond the bounds fall into the outer buckets."""
    place = np.searchsorted(bounds[1:-1], values, side="right")
    return np.bincount(place, minlength=BUCKETS).astype(np.float64)


def _constraint(column: Column) -> dict[str, Any]:
    kind = column.inferred_type
    constraint: dict[str, Any] = {
        "name": column.name,
        "inferred_type": kind,
        "completeness": completeness(column),
    }
    if kind in {"Integral", "Fractional"}:
        constraint["num_constraints"] = {"is_non_negative": not column.numbers.negative}
    elif kind == "String" and not column.temporal and 0 < len(column.texts.counts) <= _MOST_DOMAINS:
        constraint["string_constraints"] = {"domains": sorted(column.texts.counts)}
    return constraint
