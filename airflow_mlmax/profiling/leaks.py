"""Columns that may know what is to be predicted: a question to whoever knows the data, never a proof."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from airflow_mlmax.profiling.formats import share
from airflow_mlmax.profiling.report import Feature, Finding, Report
from airflow_mlmax.profiling.table import TABLE, Table
from airflow_mlmax.quality.data import quoted

_SHOWN_VALUES = 3
_CERTAIN = math.log(1e-9)
"""Below this chance it is no coincidence that all rows of a value are of one class."""


@dataclass(frozen=True)
class Late:
    """Times after the moment of prediction."""

    rows: int
    hours: float
    """The longest way after it."""


def after_the_event(table: Table, event: str) -> dict[str, Late]:
    """Columns with times later than the event's, which nobody could have known then."""
    others = [name for name, kind in table.columns.items() if kind == "timestamp" and name != event]
    found = {}
    for name in others:
        later, seconds = table.row(
            f"select count(*), max(epoch({quoted(name)}) - epoch({quoted(event)})) from {TABLE} "  # noqa: S608
            f"where {quoted(name)} > {quoted(event)}"
        )
        if later:
            found[name] = Late(later, seconds / 3600)
    return found


def leaks(report: Report, feature: Feature, late: Mapping[str, Late]) -> Iterator[Finding]:
    """Why a column is suspected to know the outcome."""
    if feature.power and feature.power.score >= report.leak_limit and report.target:
        yield Finding(
            "critical",
            "target leakage",
            feature.name,
            f"alone tells {report.target.column} with a power of {feature.power.score:.2f} (limit {report.leak_limit:g}): "
            "is it known before the outcome, or made from it?",
        )
    else:
        yield from _certain(report, feature)
    if feature.name in late:
        found = late[feature.name]
        yield Finding(
            "critical",
            "after the event",
            feature.name,
            f"is later than the event in {share(found.rows, feature.rows)} of rows, by up to {found.hours:,.1f} hours: "
            "nobody knew it when the prediction was due",
        )


def _certain(report: Report, feature: Feature) -> Iterator[Finding]:
    """Values after which the outcome is certain, which chance does not do: `cancelled` is known afterwards."""
    target = report.target
    if not target or target.positive is None or target.mean is None:
        return
    groups = [("missing", feature.missing, feature.missing_target)]
    if not feature.spread:
        groups += [(repr(each.value), each.rows, each.target) for each in feature.categories]
    for sure_share, chance, outcome in (
        (1.0, target.mean, target.positive),
        (0.0, 1 - target.mean, next(each.value for each in target.classes if each.value != target.positive)),
    ):
        sure = [
            (what, rows)
            for what, rows, found in groups
            if found == sure_share and rows * math.log(chance) < _CERTAIN
        ]
        if sure:
            named = ", ".join(f"{what} ({rows:,} rows)" for what, rows in sure[:_SHOWN_VALUES])
            yield Finding(
                "warning",
                "certain outcome",
                feature.name,
                f"gives {target.column} away where it is {named}: always {outcome}. Is that known before the outcome?",
            )
