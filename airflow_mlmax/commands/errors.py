"""Errors that a person can do something about, told in one line instead of a traceback."""

from collections.abc import Iterator
from contextlib import contextmanager

import click


@contextmanager
def told(*kinds: type[Exception], extra: str = "quality") -> Iterator[None]:
    """Turns errors of these kinds, missing files and missing packages of an extra into a message."""
    try:
        yield
    except ModuleNotFoundError as error:
        raise click.ClickException(f"needs {error.name}; install airflow-mlmax[{extra}]") from error
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        raise click.ClickException(f"{place}{error.strerror or error}") from error
    except kinds as error:
        raise click.ClickException(str(error)) from error
