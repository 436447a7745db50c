"""Constraints and statistics of a baseline, in every spelling that AWS's analyzers and documents have used."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from .reading import DataError

CONFIG: dict[str, Any] = {
    "evaluate_constraints": "Enabled",
    "emit_metrics": "Enabled",
    "datatype_check_threshold": 1.0,
    "domain_content_threshold": 1.0,
    "distribution_constraints": {
        "perform_comparison": "Enabled",
        "comparison_threshold": 0.1,
        "comparison_method": "Robust",
        "categorical_comparison_threshold": 0.1,
        "categorical_drift_method": "LInfinity",
    },
}
"""`monitoring_config` as it is written where nothing else is said."""

_METHODS = {"simple": False, "linf_simple": False, "robust": True, "linf_robust": True}
_CATEGORICAL = {"linfinity": False, "chisquared": True}


@dataclass(frozen=True)
class Limits:
    """What a feature may do before it is a violation; shares and distances between 0 and 1."""

    evaluate: bool = True
    data_type: float = 1.0
    domain: float = 1.0
    compare: bool = True
    numeric: float = 0.1
    categorical: float = 0.1
    robust: bool = True
    chi_squared: bool = False

    def overruled(self, config: Mapping[str, Any]) -> "Limits":
        """These limits with those that a `monitoring_config`, or a part of one, states."""
        drift = config.get("distribution_constraints") or {}
        changes = {
            "evaluate": _switch(config.get("evaluate_constraints")),
            "data_type": config.get("datatype_check_threshold"),
            "domain": config.get("domain_content_threshold", drift.get("min_domain_mass")),
            "compare": _switch(drift.get("perform_comparison", drift.get("enable_comparisons"))),
            "numeric": drift.get("comparison_threshold"),
            "categorical": drift.get("categorical_comparison_threshold", drift.get("comparison_threshold")),
            "robust": _choice(_METHODS, "comparison_method", drift.get("comparison_method")),
            "chi_squared": _choice(
                _CATEGORICAL, "categorical_drift_method", drift.get("categorical_drift_method")
            ),
        }
        return replace(self, **{key: value for key, value in changes.items() if value is not None})


@dataclass(frozen=True)
class Feature:
    """What the baseline says of one column; `statistics` is empty where it says nothing."""

    name: str
    inferred_type: str
    completeness: float | None
    non_negative: bool
    domains: frozenset[str] | None
    limits: Limits
    statistics: Mapping[str, Any]

    @property
    def categories(self) -> dict[str, float]:
        """Counts of the listed texts."""
        buckets = _at(self.statistics, "string_statistics", "distribution", "categorical", "buckets") or []
        return {str(bucket["value"]): float(bucket["count"]) for bucket in buckets}

    @property
    def present(self) -> float:
        """Values in the baseline; the sum of its counts where it does not say."""
        for kind in ("numerical_statistics", "string_statistics"):
            if (present := _at(self.statistics, kind, "common", "num_present")) is not None:
                return float(present)
        return sum(self.categories.values())

    @property
    def buckets(self) -> list[Mapping[str, float]]:
        """Ten buckets of a numeric feature; none of another."""
        return _at(self.statistics, "numerical_statistics", "distribution", "kll", "buckets") or []

    @property
    def sketch(self) -> list[list[float]]:
        """Levels of the sketch of a numeric feature; none of another."""
        return _at(self.statistics, "numerical_statistics", "distribution", "kll", "sketch", "data") or []


def features(
    constraints: Mapping[str, Any], statistics: Mapping[str, Any], categorical_method: str | None = None
) -> dict[str, Feature]:
    """The features of a baseline by name.

    :param categorical_method: takes the place of the baseline's own `categorical_drift_method`
    :raises DataError: for a method that nobody knows, or a document that is none of constraints
    """
    if not isinstance(constraints.get("features"), list):
        raise DataError("the baseline's constraints.json has no list of features; is it of another monitor?")
    known = {each["name"]: each for each in statistics.get("features") or ()}
    limits = Limits().overruled(constraints.get("monitoring_config") or {})
    if categorical_method:
        limits = limits.overruled(
            {"distribution_constraints": {"categorical_drift_method": categorical_method}}
        )
    return {
        each["name"]: _feature(each, known.get(each["name"], {}), limits) for each in constraints["features"]
    }


def _feature(constraint: Mapping[str, Any], statistics: Mapping[str, Any], limits: Limits) -> Feature:
    strings = constraint.get("string_constraints") or {}
    domains = strings.get("domains")
    for overrides in (
        strings.get("monitoring_config_overrides"),
        constraint.get("monitoring_config_overrides"),
        constraint.get("monitoringConfigOverrides"),
    ):
        limits = limits.overruled(overrides or {})
    return Feature(
        name=constraint["name"],
        inferred_type=constraint.get("inferred_type", "Unknown"),
        completeness=constraint.get("completeness"),
        non_negative=bool(_at(constraint, "num_constraints", "is_non_negative")),
        domains=None if domains is None else frozenset(map(str, domains)),
        limits=limits,
        statistics=statistics,
    )


def _switch(value: Any) -> bool | None:
    return None if value is None else str(value).lower() in {"enabled", "true"}


def _choice(known: Mapping[str, bool], what: str, value: Any) -> bool | None:
    if value is None:
        return None
    word = str(value).lower()
    if word not in known:
        raise DataError(f"{what} {value!r} is unknown; give one of {', '.join(known)}.")
    return known[word]


def _at(value: Any, *path: str) -> Any:
    for key in path:
        value = value.get(key) if isinstance(value, Mapping) else None
    return value
