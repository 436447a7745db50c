"""What deserves a look before anybody trains on the data, the worst first."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from airflow_mlmax.profiling.pairs import STRONG
from airflow_mlmax.profiling.report import Feature, Finding, Report
from airflow_mlmax.profiling.table import TABLE, Table
from airflow_mlmax.quality.data import quoted

_RANKS = ("critical", "warning", "info")
_MANY_ROWS = 100
_MANY_VALUES = 1000
_MUCH_MISSING = 0.5
_RARE_CLASS = 0.05
_SKEWED = 3.0
_MANY_OUTLIERS = 0.05
_PLACEHOLDERS = frozenset(
    {
        "na",
        "n/a",
        "nan",
        "null",
        "none",
        "nil",
        "-",
        "--",
        "?",
        "unknown",
        "missing",
        "undefined",
        "-999",
        "-9999",
    }
)
_SHOWN_PAIRS = 20
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


def findings(report: Report, nearly_numbers: Mapping[str, int], late: Mapping[str, Late]) -> Report:
    """The report with its findings."""
    found = [
        *_of_target(report),
        *(each for feature in report.features for each in _leaks(report, feature, late)),
        *_of_table(report),
        *(each for feature in report.features for each in _of_feature(feature, nearly_numbers)),
        *_of_pairs(report),
    ]
    found.sort(key=lambda each: _RANKS.index(each.severity))
    return replace(report, findings=tuple(found))


def _leaks(report: Report, feature: Feature, late: Mapping[str, Late]) -> Iterator[Finding]:
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
            f"is later than the event in {_share(found.rows, feature.rows)} of rows, by up to {found.hours:,.1f} hours: "
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
    for share, chance, outcome in (
        (1.0, target.mean, target.positive),
        (0.0, 1 - target.mean, next(each.value for each in target.classes if each.value != target.positive)),
    ):
        sure = [
            (what, rows)
            for what, rows, found in groups
            if found == share and rows * math.log(chance) < _CERTAIN
        ]
        if sure:
            named = ", ".join(f"{what} ({rows:,} rows)" for what, rows in sure[:_SHOWN_VALUES])
            yield Finding(
                "warning",
                "certain outcome",
                feature.name,
                f"gives {target.column} away where it is {named}: always {outcome}. Is that known before the outcome?",
            )


def _of_target(report: Report) -> Iterator[Finding]:
    target = report.target
    if not target:
        return
    if target.missing:
        yield Finding(
            "warning",
            "target missing",
            target.column,
            f"has no value in {_share(target.missing, report.rows)} of rows, which are left out of all that is said about it",
        )
    known = report.rows - target.missing
    for each in target.classes:
        if each.rows < _RARE_CLASS * known:
            yield Finding(
                "warning",
                "rare class",
                target.column,
                f"is {each.value!r} in only {_share(each.rows, known)} of rows: accuracy means little, look at recall and precision",
            )
    if all(each.power is None for each in report.features):
        yield Finding(
            "info",
            "too few rows",
            target.column,
            "has too few rows, or too few of one class, to measure prediction power",
        )


def _of_table(report: Report) -> Iterator[Finding]:
    if report.duplicates:
        yield Finding(
            "warning",
            "duplicate rows",
            None,
            f"{report.duplicates:,} rows ({_share(report.duplicates, report.rows)}) repeat another in every column; "
            "on both sides of a split they flatter the model",
        )


def _of_feature(feature: Feature, nearly_numbers: Mapping[str, int]) -> Iterator[Finding]:
    if feature.sensitive:
        yield _warning(
            "sensitive",
            feature,
            f"looks personal ({feature.sensitive}): its values are not shown here, nor by a gate with this suite",
        )
    if not feature.present:
        yield _warning("empty", feature, "holds no value at all")
        return
    if feature.missing > _MUCH_MISSING * feature.rows:
        yield _warning("missing", feature, f"lacks {_share(feature.missing, feature.rows)} of its values")
    if feature.distinct == 1:
        yield _warning(
            "constant", feature, "has the same value in every row that has one: no model learns from it"
        )
    if feature.name in nearly_numbers:
        yield _warning(
            "mixed",
            feature,
            f"holds numbers, but for {nearly_numbers[feature.name]:,} values that are none: stays text until they are cleaned",
        )
    yield from _of_values(feature)
    yield from _of_spread(feature)


def _of_values(feature: Feature) -> Iterator[Finding]:
    if placeholders := [each for each in feature.categories if each.value.strip().lower() in _PLACEHOLDERS]:
        named = ", ".join(f"{each.value!r} ({each.rows:,})" for each in placeholders)
        yield _warning("placeholder", feature, f"may spell missing values as {named}")
    if feature.texts and feature.texts.blank:
        yield _warning("blank", feature, f"holds {feature.texts.blank:,} texts of nothing but spaces")
    if is_id(feature):
        yield Finding(
            "warning",
            "id",
            feature.name,
            "has another value in every row: a key to join by, nothing to learn from",
        )
    elif feature.type == "string" and feature.distinct > _MANY_VALUES:
        yield Finding(
            "info",
            "many values",
            feature.name,
            f"has {feature.distinct:,} values: too many to encode one by one",
        )


def is_id(feature: Feature) -> bool:
    """Whether a column tells every row apart, as a key does."""
    whole = feature.type in {"string", "integer"}
    return whole and feature.rows >= _MANY_ROWS and feature.distinct == feature.present == feature.rows


def _of_spread(feature: Feature) -> Iterator[Finding]:
    spread = feature.spread
    if not spread or feature.type == "timestamp":
        return
    if spread.infinite:
        yield _warning(
            "infinite", feature, f"holds {spread.infinite:,} infinite values; figures leave them out"
        )
    if spread.skew is not None and abs(spread.skew) > _SKEWED and feature.distinct > 2:  # noqa: PLR2004  # flags are no tail
        tail = "right" if spread.skew > 0 else "left"
        yield Finding(
            "info",
            "skewed",
            feature.name,
            f"has a long tail to the {tail} (skew {spread.skew:.1f}); a logarithm may help",
        )
    if spread.outliers_iqr > _MANY_OUTLIERS * feature.present:
        yield Finding(
            "info",
            "outliers",
            feature.name,
            f"has {_share(spread.outliers_iqr, feature.present)} of its values more than 1.5 interquartile ranges outside the quartiles",
        )


def _of_pairs(report: Report) -> Iterator[Finding]:
    strong = [pair for pair in report.pairs if abs(pair.strength) >= STRONG]
    for pair in strong[:_SHOWN_PAIRS]:
        yield Finding(
            "warning",
            "redundant",
            pair.first,
            f"and {pair.second} tell the same ({pair.method} {pair.strength:.2f}): one of them is enough",
        )
    if len(strong) > _SHOWN_PAIRS:
        yield Finding(
            "info", "redundant", None, f"{len(strong) - _SHOWN_PAIRS} more pairs of columns tell the same"
        )


def _warning(kind: str, feature: Feature, text: str) -> Finding:
    return Finding("warning", kind, feature.name, text)


def _share(part: int, whole: int) -> str:
    share = 100 * part / whole if whole else 0.0
    return f"{share:.1f} %" if share >= 0.1 else f"{part:,} of {whole:,}"  # noqa: PLR2004  # below, a percentage says nothing
