"""A profile of data files: each column by itself, against the target, and against the others."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from airflow_mlmax.profiling.findings import findings
from airflow_mlmax.profiling.leaks import after_the_event
from airflow_mlmax.profiling.numbers import histogram, spread
from airflow_mlmax.profiling.pairs import related
from airflow_mlmax.profiling.power import measurable, power
from airflow_mlmax.profiling.report import Feature, Report
from airflow_mlmax.profiling.sensitive import sensitive
from airflow_mlmax.profiling.table import TABLE, Table, open_table
from airflow_mlmax.profiling.target import Aim, aim_at
from airflow_mlmax.profiling.texts import counted, texts
from airflow_mlmax.quality.data import quoted
from airflow_mlmax.quality.errors import DataError

LEAK_LIMIT = 0.8
_MEASURED = frozenset({"integer", "number", "timestamp"})


@dataclass(frozen=True)
class Options:
    """What is asked of a profile."""

    data_format: str | None = None
    """`csv`, `parquet` or `jsonl`; by default what the files' names end in."""

    columns: Mapping[str, str] = field(default_factory=dict)
    """Types of columns that are known; the others are found."""

    target: str | None = None
    event_time: str | None = None
    """Time at which a prediction would be made: times after it are reported."""

    sensitive: Sequence[str] = ()
    """Columns whose values are shown nowhere, besides those that look personal."""

    shown: Sequence[str] = ()
    """Columns that are not personal, whatever they look like."""

    leak_limit: float = LEAK_LIMIT


def profile(
    files: Sequence[Path],
    scratch: Path,
    source: str,
    options: Options,
    progress: Callable[[str], None] = lambda _line: None,
) -> Report:
    """Reads files of one format and says what they hold.

    The time grows in proportion to rows and columns (and with the square of the columns, on a sample); DuckDB keeps to 1 GB of
    memory and spills to `scratch`.

    :param source: what to call the data
    :param progress: told what is being looked at
    :raises DataError: the files cannot be read, hold no row, or have no column of a name that was given
    """
    progress("reading")
    with open_table(files, scratch, options.data_format, options.columns) as table:
        _check(table, options)
        hidden = _hidden(table, options)
        aim = aim_at(table, options.target) if options.target else None
        features = _features(table, aim, hidden, progress)
        progress("looking at all columns together")
        inputs = [each for each in features if each.name != options.target]
        pairs, matrix, sampled = related(table, inputs)
        late = after_the_event(table, options.event_time) if options.event_time else {}
        report = Report(
            source=source,
            format=table.format,
            files=len(files),
            bytes=sum(path.stat().st_size for path in files),
            rows=table.rows,
            duplicates=_duplicates(table),
            features=tuple(features),
            target=aim.target if aim else None,
            pairs=pairs,
            matrix=matrix,
            findings=(),
            leak_limit=options.leak_limit,
            sampled=sampled,
        )
        return findings(report, table.nearly_numbers, late)


def _check(table: Table, options: Options) -> None:
    if not table.rows:
        raise DataError("the data hold no row: there is nothing to learn from them")
    named = [*options.columns, *options.sensitive, *options.shown]
    named += [options.event_time] if options.event_time else []
    if unknown := sorted(set(named) - table.columns.keys()):
        raise DataError(f"there is no column {', '.join(unknown)}; there is {', '.join(table.columns)}")
    if options.event_time and table.columns[options.event_time] != "timestamp":
        raise DataError(
            f"{options.event_time!r} holds no times (YYYY-MM-DD, or with hours and minutes in UTC), "
            f"but values of type {table.columns[options.event_time]}"
        )


def _hidden(table: Table, options: Options) -> dict[str, str]:
    found = {name: why for name, why in sensitive(table).items() if name not in options.shown}
    found |= dict.fromkeys(options.sensitive, "declared sensitive")
    if options.target in found:
        raise DataError(
            f"the target {options.target!r} is personal ({found[options.target]}), and a report shows its classes: "
            "say that it is not sensitive, or take another"
        )
    return found


def _features(
    table: Table, aim: Aim | None, hidden: Mapping[str, str], progress: Callable[[str], None]
) -> list[Feature]:
    features = []
    for number, name in enumerate(table.columns, start=1):
        progress(f"column {number} of {len(table.columns)}: {name}")
        features.append(_feature(table, name, aim, hidden.get(name)))
    return features


def _feature(table: Table, name: str, aim: Aim | None, why: str | None) -> Feature:
    kind = table.columns[name]
    if kind == "other":
        missing = table.rows - table.row(f"select count({quoted(name)}) from {TABLE}")[0]  # noqa: S608
        return Feature(name, kind, table.rows, missing, 0, sensitive=why)
    others = aim if aim and aim.target.column != name else None
    counts = counted(table, name, others)
    measures = spread(table, name, kind) if kind in _MEASURED else None
    return Feature(
        name=name,
        type=kind,
        rows=table.rows,
        missing=counts.missing,
        distinct=counts.distinct,
        categories=() if why else counts.top,
        spread=None if why else measures,
        texts=texts(table, name) if kind == "string" and not why else None,
        histogram=histogram(table, name, kind, measures, others) if measures and not why else None,
        power=power(table, name, kind, others) if others and measurable(table, others) else None,
        missing_target=counts.missing_target,
        sensitive=why,
    )


def _duplicates(table: Table) -> int:
    """Rows equal to an earlier one, by a hash of 64 bits of all their values."""
    names = ", ".join(map(quoted, table.columns))
    return int(table.row(f"select count(*) - count(distinct hash({names})) from {TABLE}")[0])  # noqa: S608
