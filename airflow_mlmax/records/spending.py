"""What jobs have cost, summed up by month, model, DAG, run or task."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select

from airflow_mlmax.records.tables import Job, Run

_ended = func.coalesce(Job.ended, Run.ended)

BY: Mapping[str, Any] = {
    "month": func.to_char(func.timezone("UTC", _ended), "YYYY-MM"),
    "model": Run.model,
    "dag": Run.dag_id,
    "run": Run.dag_id + " " + Run.run_id,  # several DAGs may have a run of one id
    "task": Run.dag_id + " " + Job.task_id,
}
"""What can be summed up by. A job counts in the month in which it ended, whatever the day that it is about."""


@dataclass(frozen=True)
class Only:
    """Which jobs are meant: those of a DAG, of a model, those that ended from `begin` to before `end`; None is all."""

    dag_id: str | None = None
    model: str | None = None
    begin: datetime | None = None
    end: datetime | None = None

    def conditions(self) -> Iterator[Any]:
        """As SQLAlchemy has them."""
        if self.dag_id is not None:
            yield Run.dag_id == self.dag_id
        if self.model is not None:
            yield Run.model == self.model
        if self.begin is not None:
            yield _ended >= self.begin
        if self.end is not None:
            yield _ended < self.end


@dataclass(frozen=True)
class Spent:
    """The sum over some jobs, at list price."""

    of: tuple[str | None, ...]
    """Which: a value for each of what was summed up by."""

    jobs: int
    billable_seconds: int
    usd: float
    """Of the jobs whose cost is known."""

    unknown: int
    """Jobs whose cost is not known."""

    spot_saving_usd: float


def question(by: Sequence[str], only: Only) -> Select[Any]:
    """The rows of `Spent`, each with its first member spread."""
    columns = [BY[name].label(name) for name in by]
    return (
        select(
            *columns,
            func.count(),
            func.coalesce(func.sum(Job.billable_seconds), 0),
            func.coalesce(func.sum(Job.cost_usd), 0.0),
            func.count().filter(Job.cost_usd.is_(None)),
            func.coalesce(func.sum(Job.spot_saving_usd), 0.0),
        )
        .join(Run, Job.run == Run.id)
        .where(*only.conditions())
        .group_by(*columns)
        .order_by(*columns)
    )


def spent(by: Sequence[str], row: Sequence[Any]) -> Spent:
    """One row of the answer."""
    return Spent(tuple(row[: len(by)]), *row[len(by) :])
