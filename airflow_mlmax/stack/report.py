"""The demo's closing table."""

from rich.table import Table

from airflow_mlmax.stack.demo import Made
from airflow_mlmax.stack.screen import Screen
from airflow_mlmax.stack.stack import Stack


def report(screen: Screen, stack: Stack, made: Made) -> None:
    """Prints what was made, where it lies, and how to look at it."""
    table = Table(title="airflow-mlmax demo", show_header=False)
    table.add_row("SageMaker jobs and resources created now", str(made.jobs_created))
    screen.console.print(table)
