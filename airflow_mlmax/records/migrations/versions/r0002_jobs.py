"""Every job of a task instance in a row of its own, and why a run decided as it did."""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import DOUBLE_PRECISION, JSONB

revision = "0002"
down_revision = "0001"

_TIME = sa.DateTime(timezone=True)
_OF_RUNS = ("why", "decided_by")

_MOVED: Mapping[str, tuple[str, Any]] = {
    "job_type": ("job_type", sa.Text),
    "job_name": ("name", sa.Text),
    "job_arn": ("arn", sa.Text),
    "job_status": ("status", sa.Text),
    "job_started": ("started", _TIME),
    "job_ended": ("ended", _TIME),
    "image_uri": ("image_uri", sa.Text),
    "code_uri": ("code_uri", sa.Text),
    "billable_seconds": ("billable_seconds", sa.Integer),
    "cost_usd": ("cost_usd", DOUBLE_PRECISION),
    "spot_saving_usd": ("spot_saving_usd", DOUBLE_PRECISION),
    "prices_as_of": ("prices_as_of", sa.Text),
}
"""Columns of a task that are its job's now: what the job calls them, and their type."""

_DOCUMENTS = {"parameters": "{}", "inputs": "{}", "unknown_prices": "[]"}
"""More of them, never NULL: their names and what is empty."""

_FROM = ", ".join((*_MOVED, *_DOCUMENTS))
_TO = ", ".join((*(name for name, _ in _MOVED.values()), *_DOCUMENTS))


def upgrade() -> None:
    op.create_table(
        "mlmax_jobs",
        sa.Column("run", sa.Integer, nullable=False),
        sa.Column("task_id", sa.Text, nullable=False),
        sa.Column("map_index", sa.Integer, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("try_number", sa.Integer),
        *(sa.Column(name, kind, nullable=name != "name") for name, kind in _MOVED.values()),
        *(sa.Column(name, JSONB, nullable=False) for name in (*_DOCUMENTS, "outputs")),
        sa.PrimaryKeyConstraint("run", "task_id", "map_index", "number", name="pk_mlmax_jobs"),
        sa.ForeignKeyConstraint(["run"], ["mlmax_runs.id"], name="fk_mlmax_jobs_run", ondelete="CASCADE"),
    )
    # A job's number is the end of its name.
    op.execute(
        f"INSERT INTO mlmax_jobs (run, task_id, map_index, number, outputs, {_TO}) "  # noqa: S608  our own names
        f"SELECT run, task_id, map_index, coalesce(substring(job_name FROM '-([0-9]{{1,3}})$')::int, 1), outputs, {_FROM} "
        "FROM mlmax_tasks WHERE job_name IS NOT NULL"
    )
    for name in (*_MOVED, *_DOCUMENTS):
        op.drop_column("mlmax_tasks", name)
    for name in _OF_RUNS:
        op.add_column("mlmax_runs", sa.Column(name, sa.Text))


def downgrade() -> None:
    """Keeps the last job of each task instance, which is all that the earlier tables have room for."""
    for name, (_, kind) in _MOVED.items():
        op.add_column("mlmax_tasks", sa.Column(name, kind))
    for name, empty in _DOCUMENTS.items():
        op.add_column("mlmax_tasks", sa.Column(name, JSONB, nullable=False, server_default=empty))
        op.alter_column("mlmax_tasks", name, server_default=None)
    op.execute(
        f"UPDATE mlmax_tasks AS task SET (outputs, {_FROM}) = (SELECT job.outputs || task.outputs, {_TO} "  # noqa: S608  our own names
        "FROM mlmax_jobs AS job WHERE (job.run, job.task_id, job.map_index) = (task.run, task.task_id, task.map_index) "
        "ORDER BY number DESC LIMIT 1) WHERE (run, task_id, map_index) IN (SELECT run, task_id, map_index FROM mlmax_jobs)"
    )
    for name in _OF_RUNS:
        op.drop_column("mlmax_runs", name)
    op.drop_table("mlmax_jobs")
