"""The database of run records, as commands reach it."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from airflow_mlmax.commands.access import find_connection
from airflow_mlmax.commands.errors import told

if TYPE_CHECKING:
    from airflow_mlmax.records.store import Records

Command = TypeVar("Command", bound=Callable[..., Any])


def database_options(command: Command) -> Command:
    """Which database: that of a connection, or the demo's."""
    command = click.option(
        "--state",
        type=click.Path(file_okay=False, path_type=Path),
        help="The records of the demo that keeps its things in this folder and is up, instead of a connection's.",
    )(command)
    return click.option(
        "--conn-id",
        metavar="ID",
        default="mlmax_records",
        show_default=True,
        help="The Airflow connection to the database.",
    )(command)


@contextmanager
def opened(conn_id: str, state: Path | None) -> Iterator["Records"]:
    """The records; what goes wrong with them is one line."""
    # Airflow writes its log to the terminal, where only what the command says belongs.
    os.environ.setdefault("AIRFLOW__LOGGING__LOGGING_LEVEL", "ERROR")
    from airflow.providers.common.compat.sdk import Connection

    from airflow_mlmax.records.connection import engine_of
    from airflow_mlmax.records.errors import RecordsError
    from airflow_mlmax.records.store import Records

    text = _of_the_demo(state) if state else _of_airflow(conn_id)
    with told(RecordsError):
        yield Records(engine_of(Connection.from_json(text, conn_id=conn_id)))


def _of_airflow(conn_id: str) -> str:
    variable = f"AIRFLOW_CONN_{conn_id.upper()}"
    find_connection(conn_id)
    return os.environ[variable]


def _of_the_demo(state: Path) -> str:
    from airflow_mlmax.stack.corruption import addresses
    from airflow_mlmax.stack.errors import StackError

    with told(StackError, extra="demo"):
        return addresses(state).records
