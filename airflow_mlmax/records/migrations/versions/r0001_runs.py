"""Runs with their tasks, metrics, verdicts and inputs."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import DOUBLE_PRECISION, JSONB

revision = "0001"
down_revision = None

_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "mlmax_runs",
        sa.Column("id", sa.Integer, nullable=False),
        *_texts("namespace", "dag_id", "run_id", "run_type", "state"),
        *_texts("model", "model_package_arn", "decision", nullable=True),
        sa.Column("model_version", sa.Integer),
        *(sa.Column(name, _TIME) for name in ("logical_date", "interval_start", "interval_end", "started")),
        *(sa.Column(name, _TIME, nullable=False) for name in ("ended", "recorded_at")),
        *_documents("conf", "params"),
        sa.PrimaryKeyConstraint("id", name="pk_mlmax_runs"),
        sa.UniqueConstraint("namespace", "dag_id", "run_id", name="uq_mlmax_runs"),
    )
    op.create_index("ix_mlmax_runs_dag_id_recorded_at", "mlmax_runs", ["dag_id", "recorded_at"])
    _create_part(
        "tasks",
        ("task_id", "map_index"),
        *_texts("state"),
        *_texts("operator", "job_type", "job_name", "job_arn", "job_status", nullable=True),
        *_texts("image_uri", "code_uri", "prices_as_of", nullable=True),
        *(sa.Column(name, DOUBLE_PRECISION) for name in ("seconds", "cost_usd", "spot_saving_usd")),
        *(sa.Column(name, _TIME) for name in ("job_started", "job_ended")),
        sa.Column("billable_seconds", sa.Integer),
        *_documents("parameters", "inputs", "outputs", "unknown_prices"),
    )
    _create_part(
        "metrics",
        ("task_id", "map_index", "name", "slice"),
        sa.Column("value", DOUBLE_PRECISION, nullable=False),
    )
    _create_part(
        "verdicts",
        ("task_id", "map_index"),
        *_texts("kind", "status"),
        *_texts("decision", "report_uri", nullable=True),
        *_documents("figures"),
    )
    _create_part("inputs", ("name",), *_texts("uri"), *_texts("etag", "sha256", nullable=True))


def downgrade() -> None:
    for name in ("inputs", "verdicts", "metrics", "tasks", "runs"):
        op.drop_table(f"mlmax_{name}")


def _create_part(name: str, key: tuple[str, ...], *columns: sa.Column[Any]) -> None:
    """A table of what a run has many of."""
    table = f"mlmax_{name}"
    kinds = {"map_index": sa.Integer}
    op.create_table(
        table,
        sa.Column("run", sa.Integer, nullable=False),
        *(sa.Column(each, kinds.get(each, sa.Text), nullable=False) for each in key),
        *columns,
        sa.PrimaryKeyConstraint("run", *key, name=f"pk_{table}"),
        sa.ForeignKeyConstraint(["run"], ["mlmax_runs.id"], name=f"fk_{table}_run", ondelete="CASCADE"),
    )


def _texts(*names: str, nullable: bool = False) -> list[sa.Column[Any]]:
    return [sa.Column(name, sa.Text, nullable=nullable) for name in names]


def _documents(*names: str) -> list[sa.Column[Any]]:
    return [sa.Column(name, JSONB, nullable=False) for name in names]
