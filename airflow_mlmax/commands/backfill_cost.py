"""`mlmax backfill-cost`: what a backfill will cost, before it starts."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from airflow_mlmax.commands.database import database_options, opened

if TYPE_CHECKING:
    from airflow_mlmax.records.history import Estimate

_DAY = click.DateTime(["%Y-%m-%d"])
_MOST_HISTORY = 200


@click.command("backfill-cost")
@click.argument("dag_id", metavar="DAG")
@click.option("--from", "first", metavar="DATE", type=_DAY, required=True, help="First day of the backfill.")
@click.option("--to", "last", metavar="DATE", type=_DAY, required=True, help="Last day, included.")
@click.option(
    "--runs", type=click.IntRange(1), help="How many runs that makes.  [default: from the DAG's intervals]"
)
@database_options
def backfill_cost(
    dag_id: str, *, first: datetime, last: datetime, runs: int | None, conn_id: str, state: Path | None
) -> None:
    """Say what a backfill of DAG will cost: its runs times the median cost of successful runs in the records.

    Costs are those of SageMaker jobs at list price. Days that are done already cost less: their jobs are not run again.
    """
    if last < first:
        raise click.UsageError(f"--to {last:%Y-%m-%d} is before --from {first:%Y-%m-%d}")
    with opened(conn_id, state) as found:
        from airflow_mlmax.records.history import estimate, runs_between

        history = found.last(_MOST_HISTORY, dag_id=dag_id, state="success")
        if not history:
            raise click.ClickException(
                f"no successful run of {dag_id} is recorded, so nothing is known of its cost: run it once first"
            )
        count = runs or runs_between(history, first.date(), last.date())
    click.echo("\n".join(_told(dag_id, estimate(history, count))))


def _told(dag_id: str, found: "Estimate") -> list[str]:
    left_out = f"{found.unknown} successful runs have jobs whose price is unknown and are left out"
    if found.median is None or found.low is None or found.high is None:
        return [f"{found.runs} runs of {dag_id}: cost unknown", f"  {left_out}; give prices in the settings"]
    n = found.runs
    lines = [
        f"{n} runs of {dag_id}: about {n * found.median:.2f} USD at list prices of {found.prices_as_of or '?'}",
        f"  a run costs {found.median:.4f} USD (median), {found.low:.4f} to {found.high:.4f} ({found.spread})",
        f"  so all cost {n * found.low:.2f} to {n * found.high:.2f} USD; this rests on {found.based_on} successful runs",
    ]
    if found.seconds is not None:
        lines.append(f"  a run takes {found.seconds / 60:.0f} minutes (median)")
    return [*lines, f"  {left_out}"] if found.unknown else lines
