"""The tables. Keys are natural, so that the same record written twice is the same rows.

A change here needs a revision in `migrations/versions`; a test compares the two.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import DateTime, ForeignKey, Index, MetaData, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import DOUBLE_PRECISION, JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


class Base(DeclarativeBase):
    """Python's types as PostgreSQL's. JSON only where the shape is free."""

    metadata = MetaData(
        naming_convention={"pk": "pk_%(table_name)s", "fk": "fk_%(table_name)s_%(column_0_name)s"}
    )
    type_annotation_map = {  # noqa: RUF012  SQLAlchemy's own declaration
        str: Text,
        float: DOUBLE_PRECISION,
        datetime: DateTime(timezone=True),
        dict[str, Any]: JSONB,
        list[str]: JSONB,
    }


class _Of:
    """Part of a run's record, deleted with it."""

    run: Mapped[int] = mapped_column(ForeignKey("mlmax_runs.id", ondelete="CASCADE"), primary_key=True)


class _OfTask(_Of):
    task_id: Mapped[str] = mapped_column(primary_key=True)
    map_index: Mapped[int] = mapped_column(primary_key=True)


class Task(_OfTask, Base):
    """A task instance."""

    __tablename__ = "mlmax_tasks"

    operator: Mapped[str | None]
    state: Mapped[str]
    seconds: Mapped[float | None]
    outputs: Mapped[dict[str, Any]]


class Job(_OfTask, Base):
    """A job of a task instance."""

    __tablename__ = "mlmax_jobs"

    number: Mapped[int] = mapped_column(primary_key=True)
    try_number: Mapped[int | None]
    job_type: Mapped[str | None]
    name: Mapped[str]
    arn: Mapped[str | None]
    status: Mapped[str | None]
    started: Mapped[datetime | None]
    ended: Mapped[datetime | None]
    image_uri: Mapped[str | None]
    code_uri: Mapped[str | None]
    parameters: Mapped[dict[str, Any]]
    inputs: Mapped[dict[str, Any]]
    outputs: Mapped[dict[str, Any]]
    billable_seconds: Mapped[int | None]
    cost_usd: Mapped[float | None]
    spot_saving_usd: Mapped[float | None]
    unknown_prices: Mapped[list[str]]
    prices_as_of: Mapped[str | None]


class Metric(_OfTask, Base):
    """A number that a task measured."""

    __tablename__ = "mlmax_metrics"

    name: Mapped[str] = mapped_column(primary_key=True)
    slice: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[float]


class Verdict(_OfTask, Base):
    """What a gate, a monitor, or the decision on retraining said."""

    __tablename__ = "mlmax_verdicts"

    kind: Mapped[str]
    status: Mapped[str]
    decision: Mapped[str | None]
    report_uri: Mapped[str | None]
    figures: Mapped[dict[str, Any]]


class Input(_Of, Base):
    """A manifest of the data that the run used."""

    __tablename__ = "mlmax_inputs"

    name: Mapped[str] = mapped_column(primary_key=True)
    uri: Mapped[str]
    etag: Mapped[str | None]
    sha256: Mapped[str | None]


class Run(Base):
    """A run of a pipeline."""

    __tablename__ = "mlmax_runs"
    __table_args__ = (
        UniqueConstraint("namespace", "dag_id", "run_id", name="uq_mlmax_runs"),
        Index("ix_mlmax_runs_dag_id_recorded_at", "dag_id", "recorded_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    namespace: Mapped[str]
    dag_id: Mapped[str]
    run_id: Mapped[str]
    run_type: Mapped[str]
    logical_date: Mapped[datetime | None]
    interval_start: Mapped[datetime | None]
    interval_end: Mapped[datetime | None]
    state: Mapped[str]
    started: Mapped[datetime | None]
    ended: Mapped[datetime]
    conf: Mapped[dict[str, Any]]
    params: Mapped[dict[str, Any]]
    model: Mapped[str | None]
    model_version: Mapped[int | None]
    model_package_arn: Mapped[str | None]
    decision: Mapped[str | None]
    why: Mapped[str | None]
    decided_by: Mapped[str | None]
    recorded_at: Mapped[datetime]

    tasks: Mapped[list[Task]] = relationship(order_by=[Task.task_id, Task.map_index])
    jobs: Mapped[list[Job]] = relationship(order_by=[Job.task_id, Job.map_index, Job.number])
    metrics: Mapped[list[Metric]] = relationship(
        order_by=[Metric.task_id, Metric.map_index, Metric.slice, Metric.name]
    )
    verdicts: Mapped[list[Verdict]] = relationship(order_by=[Verdict.task_id, Verdict.map_index])
    inputs: Mapped[list[Input]] = relationship(order_by=[Input.name])
