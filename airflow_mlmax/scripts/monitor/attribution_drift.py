"""Whether a model's features still move its predictions in the order that they had."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .drift import DRIFT, NOT_EVALUATED, OK
from .ranking import THRESHOLD, ndcg, ranks
from .reading import DataError
from .violations import Violation

CHECK = "feature_attribution_drift_check"
_WORST = 5


@dataclass(frozen=True)
class Change:
    """The attributions of a baseline, and those of now."""

    label: str
    before: Mapping[str, float]
    now: Mapping[str, float]

    @property
    def score(self) -> float | None:
        return ndcg(self.before, self.now)

    @property
    def state(self) -> str:
        if self.score is None:
            return NOT_EVALUATED
        return DRIFT if self.score < THRESHOLD else OK

    def violation(self) -> Violation:
        """The row of `constraint_violations.json`, in AWS's words; `details` names the features that fell farthest."""
        text = f"Feature attribution drift {self.score} exceeds threshold {THRESHOLD}"
        worst = sorted(self._features(), key=lambda each: each["rank"] - each["baseline_rank"], reverse=True)
        details = {"observed": self.score, "threshold": THRESHOLD, "worst": worst[:_WORST]}
        return Violation("shap", CHECK, text, details, named="metric_name", where={"label": self.label})

    def document(self) -> dict[str, Any]:
        """`drift` and `features` of the verdict."""
        row = {"metric": "ndcg", "label": self.label, "state": self.state, "threshold": THRESHOLD}
        more = (
            {"observed": self.score}
            if self.score is not None
            else {"reason": "no feature of the baseline has an attribution"}
        )
        return {"drift": [{**row, **more}], "features": self._features()}

    def _features(self) -> list[dict[str, Any]]:
        """Every feature of either side with its rank in both; one that a side lacks has no attribution there."""
        names = {**self.before, **self.now}
        then, today = ({name: side.get(name, 0.0) for name in names} for side in (self.before, self.now))
        first, second = ranks(then), ranks(today)
        return [
            {
                "feature": name,
                "baseline": then[name],
                "observed": today[name],
                "baseline_rank": first[name],
                "rank": second[name],
            }
            for name in sorted(names, key=lambda each: first[each])
        ]


def attributions(given: Mapping[str, Any], label: str) -> dict[str, float]:
    """Those of a baseline's `analysis.json`."""
    explained = (given.get("explanations") or {}).get("kernel_shap")
    if not explained:
        raise DataError(
            "the baseline's analysis.json has no explanations.kernel_shap; is it of another monitor?"
        )
    if label not in explained:
        raise DataError(
            f"the baseline explains {', '.join(explained)}, not {label!r}; name it in attribution_config.label."
        )
    return {name: float(value) for name, value in explained[label]["global_shap_values"].items()}


def too_few(label: str, rows: int, enough: int) -> Violation:
    details = {"observed": rows, "threshold": enough}
    text = f"There are {rows} rows; at least {enough} are required."
    return Violation(
        "item_count", "row_count_check", text, details, named="metric_name", where={"label": label}
    )
