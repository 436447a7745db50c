"""`mlmax records`: what the runs of the pipelines did, and what they cost."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import click

from airflow_mlmax.commands.access import Access, hook_of
from airflow_mlmax.commands.database import database_options, opened
from airflow_mlmax.commands.errors import told
from airflow_mlmax.commands.records_text import line, page, table

_DAY = click.DateTime(["%Y-%m-%d"])
_dag = click.option("--dag", "dag_id", metavar="DAG", help="Only the runs of this DAG.")
_model = click.option("--model", metavar="NAME", help="Only the runs of this model's pipelines.")


@click.group()
def records() -> None:
    """Show the records of runs, and load those that wait in S3."""


@records.command("list")
@_dag
@_model
@click.option(
    "--last", type=click.IntRange(1), default=20, show_default=True, help="How many, the newest first."
)
@database_options
def list_runs(dag_id: str | None, model: str | None, last: int, conn_id: str, state: Path | None) -> None:
    """Show runs, a line each, the newest first: when, how it ended, version, decision or drift, cost in USD at list price."""
    with opened(conn_id, state) as found:
        runs = found.last(last, dag_id=dag_id, model=model)
    if not runs:
        click.echo("no runs are recorded")
    for run in runs:
        click.echo(line(run))


@records.command()
@click.argument("run_id", metavar="RUN")
@click.option("--dag", "dag_id", metavar="DAG", help="Whose run, where several DAGs have one of this id.")
@click.option("--json", "as_json", is_flag=True, help="All of the record, as JSON.")
@database_options
def show(run_id: str, dag_id: str | None, conn_id: str, state: Path | None, *, as_json: bool) -> None:
    """Show the record of one run: its tasks with the jobs of all their tries, decision, verdicts, metrics, inputs, cost."""
    with opened(conn_id, state) as found:
        runs = found.find(run_id, dag_id)
    if not runs:
        raise click.ClickException(f"no run {run_id} is recorded; `mlmax records list` shows those that are")
    if len(runs) > 1:
        owners = ", ".join(sorted({f"{run.namespace or '-'} {run.dag_id}" for run in runs}))
        raise click.ClickException(f"several runs have the id {run_id} ({owners}): name one with --dag")
    (run,) = runs
    click.echo(run.model_dump_json(indent=1) if as_json else "\n".join(page(run)))


@records.command()
@click.option(
    "--by",
    multiple=True,
    type=click.Choice(["month", "model", "dag", "run", "task"]),
    default=("month", "model"),
    show_default=True,
    help="What to sum up by; may be given several times.",
)
@_dag
@_model
@click.option("--from", "first", metavar="DATE", type=_DAY, help="Only jobs that ended on this day or later.")
@click.option("--to", "last", metavar="DATE", type=_DAY, help="Only jobs that ended on this day or before.")
@database_options
def cost(
    by: tuple[str, ...],
    *,
    dag_id: str | None,
    model: str | None,
    first: datetime | None,
    last: datetime | None,
    conn_id: str,
    state: Path | None,
) -> None:
    """Show what jobs have cost in USD at list price, those of failed tries too. Days and months are UTC's."""
    begin, end = (day and day.replace(tzinfo=UTC) for day in (first, last))
    with opened(conn_id, state) as found:
        from airflow_mlmax.records.spending import Only

        spent = found.spent(by, Only(dag_id, model, begin, end and end + timedelta(days=1)))
    click.echo("\n".join(table(by, spent)))


@records.command()
@click.argument("pending", metavar="S3_PREFIX")
@click.option("--aws-conn-id", metavar="ID", help="Reach S3 by this connection of Airflow.")
@click.option("--endpoint-url", metavar="URL", help="Another S3, such as the demo's.")
@click.option("--region", metavar="NAME", help="AWS region.")
@database_options
def load(
    pending: str,
    *,
    aws_conn_id: str | None,
    endpoint_url: str | None,
    region: str | None,
    conn_id: str,
    state: Path | None,
) -> None:
    """Load the records that wait in S3 since the database was away, such as s3://bucket/prefix/records/pending."""
    with opened(conn_id, state) as found:
        from airflow_mlmax.exceptions import ApiError
        from airflow_mlmax.hooks.s3 import S3Objects
        from airflow_mlmax.records.pending import load as load_pending

        with told(ApiError, ValueError):
            s3 = S3Objects(hook_of(Access(aws_conn_id, None, endpoint_url, region)))
            loaded = load_pending(s3, pending, found.write)
    for uri in loaded:
        click.echo(f"loaded  {uri}")
    click.echo(f"{len(loaded)} records loaded")
