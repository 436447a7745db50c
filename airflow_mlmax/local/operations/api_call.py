"""One call of a SageMaker operation, checked against the service model."""

from dataclasses import dataclass
from typing import Any

from airflow_mlmax.local.parts import Parts
from airflow_mlmax.local.resources import ResourceKey


@dataclass(frozen=True)
class ApiCall:
    parts: Parts
    region: str
    operation: str
    request: dict[str, Any]
    """Known members only, of the right types and within the model's bounds."""

    def key(self, kind: str, name: str) -> ResourceKey:
        """A resource in the Region of the call."""
        return ResourceKey(self.region, kind, name)
