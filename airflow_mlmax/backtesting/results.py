"""What the windows of a back-test, or the folds of a cross-validation, say together."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, stdev
from typing import Any, Literal

Better = Literal["higher", "lower"]
SIDES = ("model", "baseline")


@dataclass(frozen=True)
class Part:
    """One window or fold."""

    name: str
    evaluation: Mapping[str, Any] | None
    """`model` and `baseline` with the same metrics, `rows`, and what else the evaluation tells; None where it failed."""

    reason: str = ""
    """Why there is no evaluation."""


def results(kind: str, model: str, metrics: Mapping[str, Better], parts: Sequence[Part]) -> dict[str, Any]:
    """The document of a report: `parts` in their order, and a `summary` by metric. Plain JSON.

    A summary has, for `model`, `baseline` and `difference` (model less baseline), `mean`, `sd` (sample standard deviation,
    None of fewer than two), `min`, `max` and `parts`, how many have the figure; and `better`, how many of the
    `compared` parts had the model ahead. Every part counts the same, whatever its rows.

    :param metrics: which of the evaluations' metrics, and whether higher or lower is better
    """
    told = [_part(each, metrics) for each in parts]
    return {
        "kind": kind,
        "model": model,
        "metrics": dict(metrics),
        "measured": sum(each["state"] == "measured" for each in told),
        "failed": sum(each["state"] == "failed" for each in told),
        "parts": told,
        "summary": {name: _summary(name, better, told) for name, better in metrics.items()},
    }


def _part(part: Part, metrics: Mapping[str, Better]) -> dict[str, Any]:
    if part.evaluation is None:
        return {"name": part.name, "state": "failed", "reason": part.reason}
    evaluation = part.evaluation
    figures = {
        side: {name: _number((evaluation.get(side) or {}).get(name)) for name in metrics} for side in SIDES
    }
    gaps = {name: _gap(*(figures[side][name] for side in SIDES)) for name in metrics}
    return {
        "name": part.name,
        "state": "measured",
        "rows": evaluation.get("rows"),
        **figures,
        "difference": gaps,
        "windows": evaluation.get("windows"),
    }


def _summary(name: str, better: Better, parts: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    columns = {
        side: [value for part in parts if (value := (part.get(side) or {}).get(name)) is not None]
        for side in (*SIDES, "difference")
    }
    gaps = columns["difference"]
    ahead = [gap for gap in gaps if (gap > 0 if better == "higher" else gap < 0)]
    return {
        **{side: _spread(values) for side, values in columns.items()},
        "better": len(ahead),
        "compared": len(gaps),
    }


def _spread(values: Sequence[float]) -> dict[str, Any]:
    return {
        "mean": fmean(values) if values else None,
        "sd": stdev(values) if len(values) > 1 else None,
        "min": min(values, default=None),
        "max": max(values, default=None),
        "parts": len(values),
    }


def _gap(model: float | None, baseline: float | None) -> float | None:
    return None if model is None or baseline is None else model - baseline


def _number(value: Any) -> float | None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number and math.isfinite(value) else None
