"""The data-quality monitor: which of a baseline's constraints the current data violate."""

from collections.abc import Iterator, Mapping
from typing import Any

from . import baseline, dataset
from .baseline import Feature
from .columns import Column
from .drift import DRIFT, Drift, compare
from .job import Job
from .profile import Profile, completeness, constraints, profile, statistics
from .reading import DataError
from .result import Result
from .violations import Violation


def analyze(job: Job) -> Result:
    """Statistics and suggested constraints of the data, and what they violate of a baseline if there is one."""
    given = job.constraints
    known = None if given is None else baseline.features(given, job.statistics, job.categorical_method)
    texts = {name for name, feature in (known or {}).items() if feature.inferred_type == "String"}
    found = profile(lambda: dataset.features(job), texts)
    if known is None and found.rows < job.min_rows:
        raise DataError(f"a baseline needs at least {job.min_rows} rows, the data have {found.rows}.")
    files = {
        "statistics": statistics(found),
        "constraints": constraints(found, _laid_over(baseline.CONFIG, job.monitoring_config)),
    }
    if known is None:
        return Result(files, None, {"rows": found.rows})
    violations, drifts = evaluate(known, found, job.min_rows)
    return Result(files, violations, {"rows": found.rows, "drift": [each.document() for each in drifts]})


def evaluate(
    known: Mapping[str, Feature], current: Profile, min_rows: int
) -> tuple[list[Violation], list[Drift]]:
    """Violations, and the comparison of every feature that both sides have."""
    violations = [*_rows(current, min_rows), *_schema(known, current)]
    drifts = []
    for name, feature in known.items():
        column = current.columns.get(name)
        if column is None or not feature.limits.evaluate:
            continue
        drift = compare(feature, column)
        drifts.append(drift)
        violations += [*_content(feature, column), *_drifted(drift)]
    return violations, drifts


def _rows(current: Profile, min_rows: int) -> Iterator[Violation]:
    if current.rows < min_rows:
        text = f"There are {current.rows} rows; at least {min_rows} are required."
        yield Violation("", "row_count_check", text, {"observed": current.rows, "threshold": min_rows})


def _schema(known: Mapping[str, Feature], current: Profile) -> Iterator[Violation]:
    if not current.columns:  # no file, so no columns to compare; the count of rows decides
        return
    for name in sorted(known.keys() - current.columns.keys()):
        yield Violation(name, "missing_column_check", "The column is in the baseline and not in the data.")
    for name in sorted(current.columns.keys() - known.keys()):
        yield Violation(name, "extra_column_check", "The column is in the data and not in the baseline.")


def _content(feature: Feature, column: Column) -> Iterator[Violation]:
    filled = completeness(column)
    if feature.completeness is not None and filled < feature.completeness:
        text = f"Completeness is {filled:.4%}, below the required {feature.completeness:.4%}."
        yield _share(feature, "completeness_check", text, filled, feature.completeness)
    if not column.present:
        return
    fit, required = _type_share(feature, column), feature.limits.data_type
    if fit < required:
        text = (
            f"Data type match requirement is not met. Expected data type: {feature.inferred_type}, "
            f"expected match: {required:.1%}. Observed: {fit:.4%} of the values."
        )
        yield _share(feature, "data_type_check", text, fit, required)
    yield from _domain(feature, column)
    if feature.non_negative and column.numbers.negative:
        text = f"{column.numbers.negative} values are negative; the baseline has none."
        yield Violation(feature.name, "non_negative_check", text, {"observed": column.numbers.negative})


def _type_share(feature: Feature, column: Column) -> float:
    """Share of the values that are of the baseline's type. Whole numbers count by value: `3.0` is Integral too."""
    if feature.inferred_type == "Integral":
        return column.numbers.whole / column.present
    if feature.inferred_type == "Fractional":
        return column.numbers.count / column.present
    if feature.inferred_type == "String" and column.inferred_type != "String":
        # All values look like numbers; those that the baseline knows as texts are none the less.
        known = feature.domains or frozenset(feature.categories)
        return sum(column.texts.counts.get(each, 0) for each in known) / column.present
    return 1.0


def _domain(feature: Feature, column: Column) -> Iterator[Violation]:
    if feature.domains is None or feature.inferred_type != "String":
        return
    inside = sum(column.texts.counts.get(each, 0) for each in feature.domains) / column.present
    if inside < feature.limits.domain:
        unknown = sorted(column.texts.counts.keys() - feature.domains)[:3]
        text = (
            f"{inside:.4%} of the values are in the baseline's domain, {feature.limits.domain:.1%} are required; "
            f"unknown are {', '.join(repr(each[:40]) for each in unknown)}."
        )
        yield _share(feature, "categorical_values_check", text, inside, feature.limits.domain)


def _drifted(drift: Drift) -> Iterator[Violation]:
    if drift.state != DRIFT:
        return
    if drift.method == "ChiSquared" and drift.distance is not None:
        text = f"Baseline drift: p-value {drift.distance:.6g}, threshold {drift.threshold}."
    else:
        text = f"Baseline drift distance: {drift.distance} exceeds threshold: {drift.threshold}."
    if drift.reason:
        text += f" {drift.reason}."
    details = {key: value for key, value in drift.document().items() if key not in {"feature", "state"}}
    details["observed"] = details.pop("distance", None)
    yield Violation(drift.feature, "baseline_drift_check", text, details)


def _share(feature: Feature, check: str, text: str, observed: float, threshold: float) -> Violation:
    return Violation(feature.name, check, text, {"observed": observed, "threshold": threshold})


def _laid_over(config: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    drift = "distribution_constraints"
    return {**config, **own, drift: {**config[drift], **own.get(drift, {})}}
