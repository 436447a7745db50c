"""The program `mlmax`: help without imports, a version, one line for what goes wrong."""

import subprocess
import sys

import click
import pytest

from airflow_mlmax import __version__
from airflow_mlmax.cli import COMMANDS, main, mlmax

HEAVY = ("sqlalchemy", "airflow", "boto3", "duckdb", "numpy", "pandas", "rich")


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    """With what it is for, in one line each."""
    assert main(["--help"]) == 0
    shown = capsys.readouterr().out
    assert all(name in shown and text in shown for name, (_, text) in COMMANDS.items())


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_there_and_tells_of_itself(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Its module imports, and its help is text."""
    assert mlmax.get_command(click.Context(mlmax), name)
    assert main([name, "--help"]) == 0
    assert f"Usage: mlmax {name}" in capsys.readouterr().out


def test_help_imports_nothing_heavy() -> None:
    """Neither the program's help nor a command's needs Airflow or a data library."""
    code = (
        "import sys; from airflow_mlmax.cli import main; main(['profile', '--help']); main(['demo', '--help']); "
        "main(['records', '--help']); main(['backfill-cost', '--help']); "
        f"print([name for name in {HEAVY} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_the_version_is_the_packages(capsys: pytest.CaptureFixture[str]) -> None:
    """`mlmax --version` tells it."""
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"mlmax, version {__version__}\n"


def test_an_unknown_command_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    """Status 2, and where to look."""
    assert main(["profil"]) == 2
    assert "No such command 'profil'" in capsys.readouterr().err
