"""`mlmax records`: what the runs of the pipelines did, and what they cost."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from airflow_mlmax.commands.access import Access, hook_of
from airflow_mlmax.commands.database import database_options, opened
from airflow_mlmax.commands.errors import told

if TYPE_CHECKING:
    from airflow_mlmax.records.document import RunRecord, TaskRecord


@click.group()
def records() -> None:
    """Show the records of runs, and load those that wait in S3."""


@records.command("list")
@click.option("--dag", "dag_id", metavar="DAG", help="Only the runs of this DAG.")
@click.option("--model", metavar="NAME", help="Only the runs of this model's pipelines.")
@click.option(
    "--last", type=click.IntRange(1), default=20, show_default=True, help="How many, the newest first."
)
@database_options
def list_runs(dag_id: str | None, model: str | None, last: int, conn_id: str, state: Path | None) -> None:
    """Show runs, a line each, the newest first: when, how it ended, version, cost in USD at list price."""
    with opened(conn_id, state) as found:
        runs = found.last(last, dag_id=dag_id, model=model)
    if not runs:
        click.echo("no runs are recorded")
    for run in runs:
        version = f"v{run.model_version}" if run.model_version else "-"
        click.echo(
            f"{run.ended:%Y-%m-%d %H:%M}  {run.state:<7}  {run.dag_id}  {run.run_id}  "
            f"{version}  {_usd(run.cost_usd)}"
        )


@records.command()
@click.argument("run_id", metavar="RUN")
@click.option("--dag", "dag_id", metavar="DAG", help="Whose run, where several DAGs have one of this id.")
@click.option("--json", "as_json", is_flag=True, help="All of the record, as JSON.")
@database_options
def show(run_id: str, dag_id: str | None, conn_id: str, state: Path | None, *, as_json: bool) -> None:
    """Show the record of one run: its tasks, metrics, verdicts, inputs and cost."""
    with opened(conn_id, state) as found:
        runs = found.find(run_id, dag_id)
    if not runs:
        raise click.ClickException(f"no run {run_id} is recorded; `mlmax records list` shows those that are")
    if len(runs) > 1:
        owners = ", ".join(sorted({f"{run.namespace or '-'} {run.dag_id}" for run in runs}))
        raise click.ClickException(f"several runs have the id {run_id} ({owners}): name one with --dag")
    (run,) = runs
    click.echo(run.model_dump_json(indent=1) if as_json else "\n".join(_page(run)))


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


def _page(run: "RunRecord") -> list[str]:
    lines = [
        f"run       {run.dag_id} {run.run_id} ({run.run_type})",
        f"state     {run.state}, {run.started or '?'} to {run.ended}",
    ]
    if run.interval_start:
        lines.append(f"interval  {run.interval_start} to {run.interval_end}")
    if run.model_version:
        lines.append(f"model     {run.model} version {run.model_version} {run.decision or ''}".rstrip())
    lines.append(f"cost      {_usd(run.cost_usd)}")
    lines += ["tasks", *(f"  {_task(task)}" for task in run.tasks)]
    if run.verdicts:
        lines.append("verdicts")
    for verdict in run.verdicts:
        decision = f", {verdict.decision}" if verdict.decision else ""
        lines.append(f"  {verdict.task_id}: {verdict.status}{decision}  {verdict.report_uri or ''}".rstrip())
    if run.metrics:
        lines.append("metrics")
    lines += [f"  {each.task_id}: {each.name} {each.slice} {each.value:.6g}" for each in run.metrics]
    if run.inputs:
        lines.append("inputs")
    return lines + [f"  {each.name}: {each.uri} sha256 {each.sha256 or '?'}" for each in run.inputs]


def _task(task: "TaskRecord") -> str:
    number = f"[{task.map_index}]" if task.map_index >= 0 else ""
    seconds = "" if task.seconds is None else f"{task.seconds:8.1f} s"
    cost = f"  {_usd(None if task.unknown_prices else task.cost_usd)}" if task.job_name else ""
    return f"{task.state:<15} {seconds:>10}  {task.task_id}{number}{cost}"


def _usd(amount: float | None) -> str:
    return "price unknown" if amount is None else f"{amount:.4f} USD"
