"""`mlmax champion`: who is the champion of a model, since when and why; promotion and roll-back by hand."""

import getpass
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import click

from airflow_mlmax.commands.access import Access, hook_of
from airflow_mlmax.commands.errors import told

if TYPE_CHECKING:
    from airflow_mlmax.registry.champions import Change
    from airflow_mlmax.registry.registry import Decision, Registry

_DATE = click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"])
_why = click.option("--why", required=True, help="For the record: what made you decide so.")
_effective = click.option(
    "--effective", metavar="DATE", type=_DATE, help="From when on it holds for the data; now by default."
)


def _options(command: Any) -> Any:
    """What all commands are asked."""
    for option in (
        click.option("--env", "environment", help="Environment; by default MLMAX_ENVIRONMENT, else local."),
        click.option(
            "--config",
            type=click.Path(file_okay=False, path_type=Path),
            default=Path("dags/config"),
            show_default=True,
            help="Folder with base.yaml and the files of the environments.",
        ),
        click.option(
            "--aws-conn-id", help="Airflow connection; by default boto3's own credentials and endpoint."
        ),
        click.argument("model"),
    ):
        command = option(command)
    return command


@click.group()
def champion() -> None:
    """Who is the champion of a MODEL, and changes of it by hand. Each change is recorded with who, when and why."""


@champion.command()
@_options
@click.option("--as-of", metavar="DATE", type=_DATE, help="The champion of the data of that day.")
@click.option("--history", is_flag=True, help="All changes, the newest first.")
def show(model: str, as_of: Any, *, history: bool, **where: Any) -> None:
    """Print the champion, the hash of its code, its inputs, and where its model card lies."""
    with _registry(model, **where) as registry:
        from airflow_mlmax.registry.champions import champion as champion_of

        changes = registry.log.history()
        found = champion_of(changes, _utc(as_of))
        if found is None:
            raise click.ClickException(f"{model} has no champion{' then' if as_of else ' yet'}")
        for each in reversed(changes) if history else [found]:
            _print(each, is_champion=each == found)
            if each == found:
                _print_origin(registry, each)


@champion.command()
@_options
@click.argument("version", type=int)
@_effective
@_why
def promote(model: str, version: int, effective: Any, why: str, **where: Any) -> None:
    """Make a VERSION of the model the champion."""
    with _registry(model, **where) as registry:
        arn = registry.arn_of(version)
        _print(registry.promote(arn, _decision(why), effective=_utc(effective)), is_champion=True)


@champion.command("roll-back")
@_options
@click.option("--to-version", type=int, help="A version that was champion before; by default the last.")
@_effective
@_why
def roll_back(model: str, to_version: int | None, effective: Any, why: str, **where: Any) -> None:
    """Make an earlier champion the champion again, and reject the version that it replaces."""
    with _registry(model, **where) as registry:
        change = registry.roll_back(_decision(why), to_version=to_version, effective=_utc(effective))
        _print(change, is_champion=True)


@contextmanager
def _registry(
    model: str, *, config: Path, environment: str | None, aws_conn_id: str | None
) -> Iterator["Registry"]:
    """The model's registry; what goes wrong with it is told in one line."""
    from airflow_mlmax.settings import load

    with told(ValueError):
        settings = load(config, environment)
    hook = hook_of(Access(aws_conn_id=aws_conn_id, region=settings.region))
    from airflow_mlmax.exceptions import ApiError
    from airflow_mlmax.registry.log import LostRaceError
    from airflow_mlmax.registry.registry import Registry

    with told(ApiError, LostRaceError, ValueError):
        yield Registry(hook, model, settings.champions_uri(model), settings.output_key)


def _decision(why: str) -> "Decision":
    from airflow_mlmax.registry.registry import Decision

    return Decision(by=getpass.getuser(), why=why, token=uuid4().hex)


def _utc(moment: Any) -> Any:
    from airflow_mlmax.moments import moment_of

    return None if moment is None else moment_of(moment.isoformat())


def _print(change: "Change", *, is_champion: bool) -> None:
    mark = click.style("champion", fg="green", bold=True) if is_champion else "        "
    kind = "promoted" if change.kind == "promotion" else "rolled back to"
    click.echo(
        f"{mark}  version {change.version}, of data from {change.effective:%Y-%m-%d %H:%M} UTC on; {kind} "
        f"{change.at:%Y-%m-%d %H:%M} UTC by {change.by}: {change.why}"
    )
    click.echo(f"          {change.model_package_arn}")


def _print_origin(registry: "Registry", change: "Change") -> None:
    from airflow_mlmax.hooks.model_packages import described
    from airflow_mlmax.sagemaker.baselines import made_from

    for name, text in made_from(described(registry.hook, change.model_package_arn)).items():
        click.echo(f"          {name}: {text}")
