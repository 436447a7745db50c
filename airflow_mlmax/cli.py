"""The program `mlmax`. A command's module is imported when the command is asked for, so that help is quick."""

import importlib
import sys
from collections.abc import Sequence

import click

from airflow_mlmax import __version__

COMMANDS = {
    "backfill-cost": (
        "airflow_mlmax.commands.backfill_cost:backfill_cost",
        "Say what a backfill will cost, from what runs have cost.",
    ),
    "champion": (
        "airflow_mlmax.commands.champion:champion",
        "Say who is the champion of a model; promote and roll back.",
    ),
    "demo": ("airflow_mlmax.commands.demo:demo", "Damage the demo's data and repair them."),
    "plan": (
        "airflow_mlmax.commands.plan:plan",
        "Show and check, offline, every request that DAGs would send.",
    ),
    "profile": (
        "airflow_mlmax.commands.profile:profile",
        "Look at a data set: a feature report and a suite of checks.",
    ),
    "records": (
        "airflow_mlmax.commands.records:records",
        "Show the records of runs, and load those that wait.",
    ),
}
"""Where each command is, and what it is for in one line."""


class Commands(click.Group):
    """A group that imports a command when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name][0].partition(":")
        command: click.Command = getattr(importlib.import_module(module), name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, COMMANDS[name][1]) for name in self.list_commands(ctx)])


@click.command(
    cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@click.version_option(__version__, prog_name="mlmax")
def mlmax() -> None:
    """Machine-learning pipelines on SageMaker and Airflow: what a person does at a terminal.

    `mlmax COMMAND --help` tells of each command. Exit status: 0 done, 1 could not be done, 2 asked for wrongly.
    """


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the program and gives its exit status; what went wrong is one line on the error stream."""
    try:
        status = mlmax.main(args=arguments, prog_name="mlmax", standalone_mode=False)
    except click.UsageError as error:
        where = f" (see {error.ctx.command_path} --help)" if error.ctx else ""
        return _told(f"{error.format_message()}{where}", error.exit_code)
    except click.ClickException as error:
        return _told(error.format_message(), error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        return _told("interrupted", 130)
    return status if isinstance(status, int) else 0


def _told(message: str, status: int) -> int:
    line = " ".join(message.split())
    click.echo(f"{click.style('mlmax:', fg='red', bold=True)} {line}", err=True)
    return status


if __name__ == "__main__":
    sys.exit(main())
