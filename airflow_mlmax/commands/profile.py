"""`mlmax profile`: a feature report and a suite of checks, from reference data."""

import json
import tempfile
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from airflow_mlmax import __version__
from airflow_mlmax.commands.access import Access
from airflow_mlmax.commands.errors import told
from airflow_mlmax.commands.sources import local_files

if TYPE_CHECKING:
    from airflow_mlmax.profiling.report import Report

_MOST_BYTES = 10 * 1000**3
_MOST_SHOWN = 12
_COLOURS = {"critical": "red", "warning": "yellow", "info": "dim"}
_TYPES = ("integer", "number", "string", "boolean", "timestamp")
_FILE = click.Path(dir_okay=False, path_type=Path)


def _types(_context: click.Context, _option: click.Parameter, values: tuple[str, ...]) -> dict[str, str]:
    found = {}
    for value in values:
        name, _, kind = value.rpartition("=")
        if not name or kind not in _TYPES:
            raise click.BadParameter(f"{value!r} must read COLUMN=TYPE with one of {', '.join(_TYPES)}")
        found[name] = kind
    return found


@click.command()
@click.argument("source")
@click.option(
    "--target",
    metavar="COLUMN",
    help="What a model would predict: measures each column's prediction power and looks for leaks.",
)
@click.option(
    "--event-time", metavar="COLUMN", help="When a prediction would be made: times after it are reported."
)
@click.option(
    "--format",
    "data_format",
    type=click.Choice(["csv", "parquet", "jsonl"]),
    help="By default what the files' names end in.",
)
@click.option(
    "--type",
    "columns",
    metavar="COLUMN=TYPE",
    multiple=True,
    callback=_types,
    help=f"The type of a column, where its values do not tell: {', '.join(_TYPES)}. May be repeated.",
)
@click.option(
    "--sensitive",
    metavar="COLUMN",
    multiple=True,
    help="A column whose values are shown nowhere, besides those that look personal. May be repeated.",
)
@click.option(
    "--not-sensitive",
    "shown",
    metavar="COLUMN",
    multiple=True,
    help="A column that looks personal and is not. May be repeated.",
)
@click.option(
    "--leak-limit",
    type=click.FloatRange(0, 1),
    default=0.8,
    show_default=True,
    help="Prediction power from which on a column is a suspected leak.",
)
@click.option("--output-suite", type=_FILE, help="Where the suite goes.  [default: NAME.suite.json here]")
@click.option("--report", type=_FILE, help="Where the page goes.  [default: NAME.profile.html here]")
@click.option("--json", "figures", type=_FILE, help="Also write all figures as JSON.")
@click.option("--overwrite", is_flag=True, help="Replace a suite that is there, with what was edited in it.")
@click.option("--aws-conn-id", metavar="ID", help="Reach S3 by this connection of Airflow.")
@click.option(
    "--profile", metavar="NAME", help="Profile of the AWS configuration.  [default: boto3's own credentials]"
)
@click.option("--endpoint-url", metavar="URL", help="Another S3, such as the demo's.")
@click.option("--region", metavar="NAME", help="AWS region.")
@click.option(
    "--max-bytes",
    type=click.IntRange(1),
    default=_MOST_BYTES,
    show_default=True,
    help="Download no more than this from S3.",
)
def profile(
    source: str,
    *,
    output_suite: Path | None,
    report: Path | None,
    figures: Path | None,
    overwrite: bool,
    max_bytes: int,
    aws_conn_id: str | None,
    profile: str | None,
    endpoint_url: str | None,
    region: str | None,
    **asked: Any,
) -> None:
    r"""Look at a data set and write a feature report and a suite of checks to edit.

    SOURCE is an S3 URI (one object or a prefix), a file or a folder, with CSV, Parquet or JSON lines.

    \b
      mlmax profile s3://lake/landing/flights/ --target late
      mlmax profile flights.csv --output-suite dags/models/flights/expectations/landing.json

    The report is one HTML page that needs no network. The suite is Great Expectations' JSON: what the data hold, critical where another
    value means other data, a warning where values drift. Put it beside a model and give it to a DataQualityGateOperator.
    """
    name = Path(source.rstrip("/")).name.partition(".")[0].replace("=", "-") or "data"
    suite_file = output_suite or Path(f"{name}.suite.json")
    page_file = report or Path(f"{name}.profile.html")
    if suite_file.exists() and not overwrite:
        raise click.ClickException(
            f"{suite_file} is there and may have been edited: name another, or add --overwrite"
        )
    access = Access(aws_conn_id, profile, endpoint_url, region)
    with told(ValueError):
        from airflow_mlmax.profiling.page import page
        from airflow_mlmax.profiling.suite import as_text, suite_of

        found = _profile(source, access, max_bytes, asked)
        _write(suite_file, as_text(suite_of(found, name, __version__)))
        _write(page_file, page(found))
        if figures:
            _write(figures, json.dumps(asdict(found), ensure_ascii=False, indent=1, allow_nan=False) + "\n")
    _tell(found, page_file, suite_file)


def _profile(source: str, access: Access, most_bytes: int, asked: Mapping[str, Any]) -> "Report":
    from rich.console import Console
    from rich.markup import escape

    from airflow_mlmax.profiling.profile import Options
    from airflow_mlmax.profiling.profile import profile as profile_of

    options = Options(**asked)
    with (
        tempfile.TemporaryDirectory(prefix="mlmax-profile-") as folder,
        Console(stderr=True).status("fetching the data") as status,
    ):
        data, scratch = Path(folder, "data"), Path(folder, "scratch")
        data.mkdir()
        scratch.mkdir()
        files = local_files(source, data, access, most_bytes)
        return profile_of(files, scratch, source, options, lambda line: status.update(escape(line)))


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def _tell(found: "Report", page_file: Path, suite_file: Path) -> None:
    from rich.console import Console
    from rich.markup import escape

    console = Console(highlight=False)
    console.print(
        f"[bold]{escape(found.source)}[/bold]  {found.rows:,} rows, {len(found.features):,} columns",
        soft_wrap=True,
    )
    for each in found.findings[:_MOST_SHOWN]:
        subject = f"[bold]{escape(each.column)}[/bold] " if each.column else ""
        colour = _COLOURS[each.severity]
        console.print(
            f"  [{colour}]{each.severity:<8}[/{colour}] {subject}{escape(each.text)}", soft_wrap=True
        )
    if len(found.findings) > _MOST_SHOWN:
        console.print(f"  and {len(found.findings) - _MOST_SHOWN} more on the page")
    console.print(f"report  {escape(str(page_file))}", soft_wrap=True)
    console.print(
        f"suite   {escape(str(suite_file))}  (edit it: the data cannot tell what they mean)", soft_wrap=True
    )
