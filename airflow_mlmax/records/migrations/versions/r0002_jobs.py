"""Every job of a task instance in a row of its own, and why a run decided as it did."""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import DOUBLE_PRECISION, JSONB

revision = "0002"
down_revision = "0001"

_OF_RUNS = ("why", "decided_by")
_TASK = ("run", "task_id", "map_index")
_RENAMED = {
    "job_name": "name",
    "job_arn": "arn",
    "job_status": "status",
    "job_started": "started",
    "job_ended": "ended",
}
_MOVED: Mapping[str, Any] = {
    **{"job_type": sa.Text, "image_uri": sa.Text, "code_uri": sa.Text, "prices_as_of": sa.Text},
    **{"job_name": sa.Text, "job_arn": sa.Text, "job_status": sa.Text},
    **dict.fromkeys(("job_started", "job_ended"), sa.DateTime(timezone=True)),
    "billable_seconds": sa.Integer,
    **dict.fromkeys(("cost_usd", "spot_saving_usd"), DOUBLE_PRECISION),
}
"""Columns that are with the job now instead of its task."""

_DOCUMENTS = {"parameters": "{}", "inputs": "{}", "unknown_prices": "[]"}
"""The same, never NULL."""

_FROM = ", ".join((*_MOVED, *_DOCUMENTS))
_TO = ", ".join(_RENAMED.get(name, name) for name in (*_MOVED, *_DOCUMENTS))


def upgrade() -> None:
    op.create_table(
        "mlmax_jobs",
        sa.Column("run", sa.Integer, nullable=False),
        sa.Column("task_id", sa.Text, nullable=False),
        sa.Column("map_index", sa.Integer, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("try_number", sa.Integer),
        *(
            sa.Column(_RENAMED.get(name, name), kind, nullable=name != "job_name")
            for name, kind in _MOVED.items()
        ),
        *(sa.Column(name, JSONB, nullable=False) for name in (*_DOCUMENTS, "outputs")),
        sa.PrimaryKeyConstraint(*_TASK, "number", name="pk_mlmax_jobs"),
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
    for name, kind in _MOVED.items():
        op.add_column("mlmax_tasks", sa.Column(name, kind))
    for name, empty in _DOCUMENTS.items():
        op.add_column("mlmax_tasks", sa.Column(name, JSONB, nullable=False, server_default=empty))
        op.alter_column("mlmax_tasks", name, server_default=None)
    op.execute(
        f"UPDATE mlmax_tasks SET outputs = job.outputs || mlmax_tasks.outputs, ({_FROM}) = ({_qualified('job')}) "  # noqa: S608  our own names
        "FROM (SELECT DISTINCT ON (run, task_id, map_index) * FROM mlmax_jobs ORDER BY run, task_id, map_index, number DESC) AS job "
        "WHERE (job.run, job.task_id, job.map_index) = (mlmax_tasks.run, mlmax_tasks.task_id, mlmax_tasks.map_index)"
    )
    for name in _OF_RUNS:
        op.drop_column("mlmax_runs", name)
    op.drop_table("mlmax_jobs")


def _qualified(table: str) -> str:
    return ", ".join(f"{table}.{name}" for name in _TO.split(", "))
