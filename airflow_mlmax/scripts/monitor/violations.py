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
    """The key of the subject: `metric_name` in the model-quality monitor."""

    def document(self) -> dict[str, Any]:
        return {
            self.named: self.subject,
            "constraint_check_type": self.check,
            "description": self.description,
            "details": self.details,
        }
