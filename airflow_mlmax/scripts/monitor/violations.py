"""What a constraint that does not hold looks like in `constraint_violations.json`."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Violation:
    """One row of `violations`; `details` is an addition to AWS's form."""

    subject: str
    check: str
    description: str
    details: dict[str, Any] = field(default_factory=dict)
    named: str = "feature_name"
    """The key of the subject: `metric_name` in the monitors of models."""

    where: dict[str, str] = field(default_factory=dict)
    """Keys before it: `facet` and `facet_value` of a bias metric, `label` of attributions."""

    def document(self) -> dict[str, Any]:
        return {
            **self.where,
            self.named: self.subject,
            "constraint_check_type": self.check,
            "description": self.description,
            "details": self.details,
        }
