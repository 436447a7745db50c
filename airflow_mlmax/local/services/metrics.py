"""Metric values and their statistics over periods, as CloudWatch keeps them."""

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from airflow_mlmax.local.database import Database

_SCHEMA = """
CREATE TABLE IF NOT EXISTS metrics (
    number INTEGER PRIMARY KEY, region TEXT NOT NULL, namespace TEXT NOT NULL, name TEXT NOT NULL,
    dimensions TEXT NOT NULL, UNIQUE (region, namespace, name, dimensions)
);
CREATE TABLE IF NOT EXISTS samples (
    metric INTEGER NOT NULL, time REAL NOT NULL, count REAL NOT NULL, sum REAL NOT NULL, least REAL NOT NULL,
    greatest REAL NOT NULL, unit TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS samples_by_metric ON samples (metric, time);
"""


@dataclass(frozen=True)
class Metric:
    """What a series of values is called. Other dimensions make another metric."""

    namespace: str
    name: str
    dimensions: dict[str, str]


@dataclass(frozen=True)
class Sample:
    """One value, or the statistics of several; `time` in epoch seconds."""

    time: float
    count: float
    sum: float
    least: float
    greatest: float
    unit: str = "None"

    @classmethod
    def of(cls, value: float, epoch: float, unit: str = "None", count: float = 1.0) -> "Sample":
        """A value that was seen `count` times."""
        return cls(epoch, count, value * count, value, value, unit)

    def statistic(self, name: str) -> float:
        """`SampleCount`, `Sum`, `Average`, `Minimum` or `Maximum`."""
        average = self.sum / self.count if self.count else math.nan
        return {
            "SampleCount": self.count,
            "Sum": self.sum,
            "Average": average,
            "Minimum": self.least,
            "Maximum": self.greatest,
        }[name]


@dataclass(frozen=True)
class Window:
    """From `start` on and before `end`, in epoch seconds, cut at the multiples of `period` seconds."""

    start: float
    end: float
    period: int
    unit: str | None = None
    """Only values of this unit; None means any."""

    @property
    def length(self) -> float:
        return self.end - self.start


class MetricStore:
    """Samples of metrics by Region."""

    def __init__(self, path: Path) -> None:
        self._database = Database(path, _SCHEMA)

    def put(  # noqa: PLR0917 - where, what, how much and when: the words of CloudWatch's own call
        self,
        region: str,
        namespace: str,
        name: str,
        dimensions: Mapping[str, str],
        value: float,
        epoch: float,
    ) -> None:
        """Keep one value; `epoch` in seconds."""
        self.add(region, Metric(namespace, name, dict(dimensions)), [Sample.of(value, epoch)])

    def add(self, region: str, metric: Metric, samples: Iterable[Sample]) -> None:
        place = (region, metric.namespace, metric.name, _canonical(metric.dimensions))
        with self._database.transaction():
            self._database.rows(
                "INSERT OR IGNORE INTO metrics (region, namespace, name, dimensions) VALUES (?, ?, ?, ?)",
                *place,
            )
            number = self._number(region, metric)
            self._database.write_many(
                "INSERT INTO samples VALUES (?, ?, ?, ?, ?, ?, ?)",
                [(number, *vars(sample).values()) for sample in samples],
            )

    def _number(self, region: str, metric: Metric) -> int | None:
        row = self._database.row(
            "SELECT number FROM metrics WHERE region = ? AND namespace = ? AND name = ? AND dimensions = ?",
            region, metric.namespace, metric.name, _canonical(metric.dimensions),
        )  # fmt: skip
        return row[0] if row else None

    def metrics(self, region: str) -> list[Metric]:
        """All metrics that have a value."""
        rows = self._database.rows(
            "SELECT namespace, name, dimensions FROM metrics WHERE region = ?"
            " ORDER BY namespace, name, dimensions",
            region,
        )
        return [Metric(namespace, name, json.loads(dimensions)) for namespace, name, dimensions in rows]

    def values(self, region: str, metric: Metric) -> list[float]:
        """Every value in the order in which it came; for statistics of several their average."""
        rows = self._database.rows(
            "SELECT sum / count FROM samples WHERE metric = ? ORDER BY rowid", self._number(region, metric)
        )
        return [row[0] for row in rows]

    def periods(self, region: str, metric: Metric, window: Window) -> list[Sample]:
        """One sample for each period that has values, oldest first, its time the period's beginning."""
        rows = self._database.rows(
            "SELECT CAST(time / ? AS INTEGER) * ? AS begin, SUM(count), SUM(sum), MIN(least), MAX(greatest), unit"
            " FROM samples WHERE metric = ? AND time >= ? AND time < ? AND (? IS NULL OR unit = ?)"
            " GROUP BY begin, unit ORDER BY begin",
            window.period, window.period, self._number(region, metric), window.start, window.end,
            window.unit, window.unit,
        )  # fmt: skip
        return [Sample(*row) for row in rows]

    def clear(self) -> None:
        """Forget everything."""
        with self._database.transaction():
            for table in ("metrics", "samples"):
                self._database.rows(f"DELETE FROM {table}")  # noqa: S608 - a constant

    def close(self) -> None:
        self._database.close()


def _canonical(dimensions: Mapping[str, str]) -> str:
    return json.dumps(dict(dimensions), sort_keys=True)
