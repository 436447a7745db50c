"""What deserves a look before anybody trains on the data, the worst first."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from airflow_mlmax.profiling.formats import share
from airflow_mlmax.profiling.leaks import Late, leaks
from airflow_mlmax.profiling.pairs import STRONG
from airflow_mlmax.profiling.report import Feature, Finding, Report

_RANKS = ("critical", "warning", "info")
_MANY_ROWS = 100
_MANY_VALUES = 1000
_MUCH_MISSING = 0.5
_RARE_CLASS = 0.05
_SKEWED = 3.0
_MANY_OUTLIERS = 0.05
_PLACEHOLDERS = frozenset(
    {"na", "n/a", "nan", "null", "none", "nil", "unknown", "missing", "-", "--", "?", "-999", "-9999"}
)
_SHOWN_PAIRS = 20


def findings(report: Report, nearly_numbers: Mapping[str, int], late: Mapping[str, Late]) -> Report:
    """The report with its findings."""
    found = [
        *_of_target(report),
        *(each for feature in report.features for each in leaks(report, feature, late)),
        *_of_table(report),
        *(each for feature in report.features for each in _of_feature(feature, nearly_numbers)),
        *_of_pairs(report),
    ]
    found.sort(key=lambda each: _RANKS.index(each.severity))
    return replace(report, findings=tuple(found))


def _of_target(report: Report) -> Iterator[Finding]:
    target = report.target
    if not target:
        return
    if target.missing:
        yield Finding(
            "warning",
            "target missing",
            target.column,
            f"has no value in {share(target.missing, report.rows)} of rows, which are left out of all that is said about it",
        )
    known = report.rows - target.missing
    for each in target.classes:
        if each.rows < _RARE_CLASS * known:
            yield Finding(
                "warning",
                "rare class",
                target.column,
                f"is {each.value!r} in only {share(each.rows, known)} of rows: accuracy means little, look at recall and precision",
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
            f"{report.duplicates:,} rows ({share(report.duplicates, report.rows)}) repeat another in every column; "
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
        yield _warning("missing", feature, f"lacks {share(feature.missing, feature.rows)} of its values")
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
            f"has {share(spread.outliers_iqr, feature.present)} of its values more than 1.5 interquartile ranges outside the quartiles",
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
