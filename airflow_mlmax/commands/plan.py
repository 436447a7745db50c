"""`mlmax plan`: every request that DAGs would send, checked offline."""

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
import yaml

from airflow_mlmax.commands.errors import told


def _xcoms(_context: click.Context, _option: click.Parameter, given: tuple[str, ...]) -> dict[str, Any]:
    found = {}
    for each in given:
        name, equals, value = each.partition("=")
        if not equals or "." not in name:
            raise click.BadParameter(f"{each!r} must read TASK.KEY=VALUE")
        found[name] = yaml.safe_load(value)
    return found


@click.command()
@click.argument("names", metavar="[MODEL | DAG_ID]...", nargs=-1)
@click.option(
    "--dags",
    "folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default="dags",
    show_default=True,
    help="Folder of the DAG files.",
)
@click.option("--env", "environment", required=True, help="Environment whose settings hold, such as prod.")
@click.option(
    "--date",
    type=click.DateTime(["%Y-%m-%d"]),
    help="Day of the planned run's data interval.  [default: 2000-01-01]",
)
@click.option(
    "--xcom",
    "xcoms",
    metavar="TASK.KEY=VALUE",
    multiple=True,
    callback=_xcoms,
    help="What a task gives, in YAML, where a placeholder does not fit. May be repeated.",
)
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@click.pass_context
def plan(
    context: click.Context,
    names: tuple[str, ...],
    *,
    folder: Path,
    environment: str,
    date: datetime | None,
    xcoms: dict[str, Any],
    as_json: bool,
) -> None:
    r"""Show and check every request that DAGs would send, without network, AWS or Airflow's database.

    Of a model all its DAGs are planned, and without a name all DAGs of the folder. Exit status 1 if anything is wrong.

    \b
      mlmax plan --env prod
      mlmax plan flights --env prod
      mlmax plan flights_training --env staging --json

    Each request is checked against botocore's model, SageMaker's own rules and the environment's security block. What only a run knows stands as
    a placeholder, such as s3://xcom/TASK/KEY.
    """
    os.environ.setdefault("AIRFLOW__LOGGING__LOGGING_LEVEL", "CRITICAL")  # its log goes to standard output
    with told(ValueError):
        from airflow_mlmax.planning.placeholders import XComs
        from airflow_mlmax.planning.plan import plan as plan_of
        from airflow_mlmax.planning.render import START, Run
        from airflow_mlmax.planning.text import document, lines

        run = Run(date.replace(tzinfo=UTC) if date else START, XComs(xcoms))
        made = plan_of(folder, environment, names, run)
    if as_json:
        click.echo(json.dumps(document(made), indent=1, ensure_ascii=False))
    else:
        for line in lines(made):
            click.echo(line)
    if made.faults:
        context.exit(1)
