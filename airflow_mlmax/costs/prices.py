"""List prices of instances as dated data. What is not listed is unknown, never guessed."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from airflow_mlmax.sagemaker.jobs import PROCESSING, TRAINING, TRANSFORM, TUNING, JobType

_LISTED = Path(__file__).with_name("list_prices.json")
_COMPONENTS: Mapping[JobType, str] = {
    PROCESSING: "Processing",
    TRAINING: "Training",
    TUNING: "Training",
    TRANSFORM: "Batch Transform",
}
"""AWS prices one instance type differently by what it does; these are the Price List's words."""

COMPONENTS = frozenset(_COMPONENTS.values())

PricesByType = Mapping[str, Mapping[str, float]]
"""USD per instance hour by instance type and component (`Training`, `Processing`, `Batch Transform`)."""


@dataclass(frozen=True)
class Prices:
    """The prices of one region: those of a team's own contract, over those that AWS lists."""

    region: str
    listed: PricesByType
    own: PricesByType
    as_of: str
    """Day of the listed prices."""

    def hourly(self, job_type: JobType, instance_type: str) -> float | None:
        """USD for an hour of one instance; None where nobody has said."""
        component = _COMPONENTS[job_type]
        for table in (self.own, self.listed):
            if (price := table.get(instance_type, {}).get(component)) is not None:
                return float(price)
        return None


def prices_of(region: str, own: PricesByType | None = None) -> Prices:
    """The prices of a region, which has none of its own in the list if it is not there.

    :param own: prices that take precedence, such as those of a contract
    :raises ValueError: a price of one's own that is no positive number, or of an unknown component
    """
    document = _listed()
    for instance_type, components in (own or {}).items():
        for component, price in components.items():
            if component not in COMPONENTS:
                known = ", ".join(sorted(COMPONENTS))
                raise ValueError(f"prices: {instance_type} has a price for {component!r}; known are {known}")
            if isinstance(price, bool) or not isinstance(price, int | float) or not price >= 0:
                raise ValueError(
                    f"prices: {instance_type} {component} is {price!r}; give USD per instance hour"
                )
    return Prices(region, document["regions"].get(region, {}), own or {}, document["as_of"])


@lru_cache(maxsize=1)
def _listed() -> dict[str, Any]:
    document: dict[str, Any] = json.loads(_LISTED.read_text())
    return document
