"""What travels with a model package: the baselines of its monitors, the contract of its data, and what it was made from.

Baselines are `DriftCheckBaselines` of `CreateModelPackage`, as AWS's own pipelines register them; all else, for which AWS has no
member, is in the customer's metadata properties.
"""

from collections.abc import Mapping
from typing import Any

from airflow_mlmax.sagemaker.rules.reading import part

CONTRACT = "mlmax:contract"
"""Metadata property: S3 URI of the suite that the model was trained under."""

CONTRACT_SHA256 = "mlmax:contract-sha256"
"""Metadata property: hash of that object."""

TUNING_JOB = "mlmax:tuning-job"
"""Metadata property: the search that the version came from, from which a later one may learn."""

CODE_SHA256 = "mlmax:code-sha256"
"""Metadata property: hash of the scripts that the version was trained with, see `airflow_mlmax.sagemaker.code`."""

INPUT = "mlmax:input-"
"""Begins a metadata property, the name of an input ends it: S3 URI of the list of its objects with their ETags."""

SHA256 = "-sha256"
"""Ends the metadata property with the hash of that list."""

MODEL_CARD = "mlmax:model-card"
"""Metadata property: S3 URI of the model card as a page."""

_FILES: Mapping[str, Mapping[tuple[str, str], str]] = {
    "data_quality": {
        ("ModelDataQuality", "Statistics"): "statistics.json",
        ("ModelDataQuality", "Constraints"): "constraints.json",
    },
    "model_quality": {
        ("ModelQuality", "Statistics"): "statistics.json",
        ("ModelQuality", "Constraints"): "constraints.json",
    },
    "bias": {
        ("Bias", "PreTrainingConstraints"): "analysis.json",
        ("Bias", "PostTrainingConstraints"): "analysis.json",
    },
    "feature_attribution": {("Explainability", "Constraints"): "analysis.json"},
}
"""File of the baseline's report by member of the request."""

KINDS = tuple(_FILES)
"""Kinds of monitors that a model package can hold a baseline of."""


def drift_check_baselines(reports: Mapping[str, str]) -> dict[str, Any]:
    """AWS's `DriftCheckBaselines` for the S3 prefixes of reports by kind of monitor.

    :raises KeyError: an unknown kind
    """
    result: dict[str, dict[str, Any]] = {}
    for kind, prefix in reports.items():
        for (area, member), name in _FILES[kind].items():
            uri = f"{prefix.rstrip('/')}/{name}"
            result.setdefault(area, {})[member] = {"ContentType": "application/json", "S3Uri": uri}
    return result


def reports_of(package: Mapping[str, Any]) -> dict[str, str]:
    """S3 prefix of the report by kind of monitor, for the baselines that a model package has."""
    found = {}
    for kind, files in _FILES.items():
        for (area, member), name in files.items():
            uri = part(package, "DriftCheckBaselines", area, member, "S3Uri")
            if uri and str(uri).endswith(f"/{name}"):
                found[kind] = str(uri).removesuffix(name)
    return found


def made_from(package: Mapping[str, Any]) -> dict[str, str]:
    """What a model package says of its origin, as lines for people: `code`, `card` and each `input NAME`, where it has them."""
    metadata = package.get("CustomerMetadataProperties") or {}
    found = {"code": _hash(metadata.get(CODE_SHA256)), "card": metadata.get(MODEL_CARD)}
    for name, uri in sorted(metadata.items()):
        if name.startswith(INPUT) and not name.endswith(SHA256):
            found[f"input {name.removeprefix(INPUT)}"] = (
                f"{uri} {_hash(metadata.get(name + SHA256)) or ''}".strip()
            )
    return {name: text for name, text in found.items() if text}


def _hash(value: str | None) -> str | None:
    return f"sha256:{value}" if value else None


def limited(constraints: Mapping[str, Any], limits: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Suggested constraints of data quality with a person's own limits laid over them, as Model Monitor's page "Constraints" advises.

    :param limits: by feature `completeness`, the share of values that must be there, and `drift`, the largest distance
    :raises ValueError: a feature that the constraints do not have
    """
    known = {each["name"] for each in constraints["features"]}
    if unknown := sorted(limits.keys() - known):
        raise ValueError(f"limits name {', '.join(unknown)}, but the features are {', '.join(sorted(known))}")
    features = [_limited(each, limits.get(each["name"], {})) for each in constraints["features"]]
    return {**constraints, "features": features}


def _limited(feature: Mapping[str, Any], limit: Mapping[str, Any]) -> dict[str, Any]:
    result = dict(feature)
    if limit.get("completeness") is not None:
        result["completeness"] = limit["completeness"]
    if limit.get("drift") is not None:
        distance = {"comparison_threshold": limit["drift"]}
        result["monitoring_config_overrides"] = {"distribution_constraints": distance}
    return result
