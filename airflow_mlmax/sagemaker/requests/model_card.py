"""The model card of a version: what people say of the model, and what its training run knows, in AWS's words.

The same arguments give the same bytes, so a retry registers the same card.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from airflow_mlmax.sagemaker.groups import Group
from airflow_mlmax.sagemaker.model_card_schema import (
    LONGEST,
    LONGEST_LINE,
    LONGEST_NAME,
    LONGEST_VALUE,
    BusinessDetails,
    Considerations,
    IntendedUses,
)
from airflow_mlmax.sagemaker.requests.values import text

_SPARE = 200
"""Characters kept for the sentence that says what was left out."""


@dataclass(frozen=True, kw_only=True)
class Card(Group):
    """What the registration does not know from its other arguments."""

    model_creator: str | None = None
    purpose_of_model: str | None = None
    intended_uses: str | None = None
    factors_affecting_model_efficiency: str | None = None
    risk_rating: str | None = None
    explanations_for_risk_rating: str | None = None
    business_problem: str | None = None
    business_stakeholders: str | None = None
    line_of_business: str | None = None
    ethical_considerations: str | None = None
    caveats_and_recommendations: str | None = None
    training_datasets: Sequence[str] | None = None
    """S3 URIs."""

    hyper_parameters: Mapping[str, Any] | None = None
    """Those that were searched for."""

    user_provided_hyper_parameters: Mapping[str, Any] | None = None
    objective: Mapping[str, Any] | None = None
    """`{metric, type, value}`: what the search looked for and found; `type` is `Maximize` or `Minimize`."""

    gate_rules: Sequence[str] | None = None
    """Rules that the evaluation has passed, in words."""


@dataclass(frozen=True, kw_only=True)
class Version:
    """What the registration knows."""

    image_uri: str | None = None
    model_data: str | None = None
    metadata: Mapping[str, str] | None = None
    evaluation: Mapping[str, Any] | None = None
    """The report of metrics; nested numbers become groups of metrics."""

    evaluation_uri: str | None = None


def model_card(card: Card, version: Version) -> dict[str, Any]:
    """AWS's `ModelCard`, a draft. Groups of metrics for which the card has no room are left out, the last first."""
    document = _sections(card, version)
    rules = {f"rule {number:02}": rule for number, rule in enumerate(card.gate_rules or (), start=1)}
    about = _cut({"report": version.evaluation_uri, **rules}, LONGEST_LINE)
    groups = list(_groups(version.evaluation or {}))
    fitting = list(_fitting(groups, LONGEST - _SPARE - len(text([document, about]))))
    if about or groups:
        left_out = len(groups) - len(fitting)
        told = f"{left_out} more groups of metrics stand in the report." if left_out else None
        evaluation = {"name": "evaluation", "evaluation_observation": told, "metadata": about}
        document["evaluation_details"] = [{**evaluation, "metric_groups": fitting}]
    return {"ModelCardContent": text(_said(document)), "ModelCardStatus": "Draft"}


def _sections(card: Card, version: Version) -> dict[str, Any]:
    """All but the evaluation."""
    return {
        "model_overview": {"model_creator": card.model_creator, "model_artifact": [version.model_data]},
        "intended_uses": _words(card, IntendedUses),
        "business_details": _words(card, BusinessDetails),
        "training_details": _training(card, version),
        "additional_information": {
            **_words(card, Considerations),
            "custom_details": _cut(version.metadata, LONGEST_LINE),
        },
    }


def _words(card: Card, section: type) -> dict[str, Any]:
    return {name: getattr(card, name) for name in section.__annotations__}


def _training(card: Card, version: Version) -> dict[str, Any]:
    objective = card.objective or {}
    metric, value = objective.get("metric"), objective.get("value")
    sought = {"function": objective.get("type"), "facet": metric and str(metric)[:LONGEST_NAME]}
    return {
        "objective_function": {"function": sought},
        "training_job_details": {
            "training_datasets": list(card.training_datasets or ()),
            "training_environment": {"container_image": [version.image_uri]},
            "training_metrics": [{"name": metric, "value": value}] if _is_number(value) else [],
            "hyper_parameters": _pairs(card.hyper_parameters),
            "user_provided_hyper_parameters": _pairs(card.user_provided_hyper_parameters),
        },
    }


def _groups(report: Mapping[str, Any], path: tuple[str, ...] = ()) -> Iterator[dict[str, Any]]:
    """The figures of a nested report, one group for each place that holds some."""
    metrics = [metric for name, value in report.items() if (metric := _metric(name, value))]
    if metrics:
        yield {"name": ".".join(path)[:LONGEST_NAME] or "all", "metric_data": metrics}
    for name, value in report.items():
        if isinstance(value, Mapping):
            yield from _groups(value, (*path, name))


def _metric(name: str, value: Any) -> dict[str, Any] | None:
    named = {"name": name[:LONGEST_VALUE], "value": value}
    if isinstance(value, bool):
        return {**named, "type": "boolean"}
    if isinstance(value, str) and value:
        return {**named, "type": "string", "value": value[:LONGEST_NAME]}
    return {**named, "type": "number"} if _is_number(value) else None


def _fitting(groups: Sequence[dict[str, Any]], room: int) -> Iterator[dict[str, Any]]:
    for group in groups:
        room -= len(text(group)) + 1
        if room < 0:
            return
        yield group


def _pairs(values: Mapping[str, Any] | None) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in _cut(values, LONGEST_VALUE).items() if value]


def _cut(values: Mapping[str, Any] | None, longest: int) -> dict[str, str]:
    return {name: text(value)[:longest] for name, value in (values or {}).items() if value is not None}


def _said(value: Any) -> Any:
    """Without what says nothing: AWS's schema knows no null."""
    if isinstance(value, Mapping):
        kept = {name: _said(item) for name, item in value.items()}
        return {name: item for name, item in kept.items() if item not in (None, "", {}, [])}
    return [_said(item) for item in value if item is not None] if isinstance(value, list) else value


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
