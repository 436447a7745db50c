"""`mlmax demo`: damage to a landed day, and its repair, while the demo is up."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from airflow_mlmax.commands.errors import told
from airflow_mlmax.stack.damage import DAMAGES
from airflow_mlmax.stack.errors import StackError

if TYPE_CHECKING:
    from airflow_mlmax.stack.corruption import Addresses

_DAY = click.DateTime(["%Y-%m-%d"])


def _options(command: Any) -> Any:
    """What both commands are asked."""
    for option in (
        click.option("--backfill", is_flag=True, help="Also let Airflow score the day again."),
        click.option(
            "--state",
            type=click.Path(file_okay=False, path_type=Path),
            default=Path(".mlmax"),
            show_default=True,
            help="The folder in which the demo keeps its things.",
        ),
        click.option(
            "--day", metavar="DAY", type=_DAY, required=True, help="The landed day, such as 2013-07-03."
        ),
    ):
        command = option(command)
    return command


@click.group()
def demo() -> None:
    """Damage the data of the demo, which must be up (`make demo`), and repair them."""


@demo.command(
    epilog="\b\nHOW is one of\n" + "\n".join(f"  {how:<18} {each.what}" for how, each in DAMAGES.items())
)
@_options
@click.option(
    "--how",
    metavar="HOW",
    type=click.Choice(list(DAMAGES)),
    required=True,
    help="What goes wrong with the file, see below.",
)
def corrupt(day: datetime, how: str, state: Path, *, backfill: bool) -> None:
    """Break the flights that landed on a day; the file itself is kept.

    The day's next scoring stops at the data gate, whose page says why. Breaking a day again starts from the kept file.
    """
    with told(StackError, extra="demo"):
        from airflow_mlmax.stack.corruption import Landing, addresses
        from airflow_mlmax.stack.flights import BUCKET

        where = addresses(state)
        landing = Landing(where.runtime, BUCKET)
        for uri in landing.corrupt(day.date(), how):
            click.echo(f"broken  {uri}: {DAMAGES[how].what}")
        click.echo(f"kept    {landing.kept_uri(day.date())}")
        click.echo(f"repair  mlmax demo repair --day {day:%Y-%m-%d}")
        _go_on(where, state, day, backfill=backfill)


@demo.command()
@_options
def repair(day: datetime, state: Path, *, backfill: bool) -> None:
    """Put the kept flights of a day back, to the byte."""
    with told(StackError, extra="demo"):
        from airflow_mlmax.stack.corruption import Landing, addresses
        from airflow_mlmax.stack.flights import BUCKET

        where = addresses(state)
        repaired = Landing(where.runtime, BUCKET).repair(day.date())
        if not repaired:
            click.echo(f"{day:%Y-%m-%d} is whole: nothing to repair")
            return
        for uri in repaired:
            click.echo(f"whole   {uri}")
        _go_on(where, state, day, backfill=backfill)


def _go_on(where: "Addresses", state: Path, day: datetime, *, backfill: bool) -> None:
    """Scores the day again, or says how to."""
    from airflow_mlmax.stack.corruption import score_again
    from airflow_mlmax.stack.flights import INFERENCE

    page = f"{where.airflow}/dags/{INFERENCE}"
    if backfill:
        score_again(where, state, day.date())
        click.echo(f"next    Airflow scores the day again: {page}")
    else:
        click.echo(
            f"next    score the day again: the same command with --backfill, or at {page} "
            f"Trigger > Backfill, {day:%Y-%m-%d} to {day:%Y-%m-%d}, all runs"
        )
