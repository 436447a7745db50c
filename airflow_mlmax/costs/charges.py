"""What a finished job costs: billed instance seconds times the list price, and what spot capacity has saved.

AWS bills training by `BillableTimeInSeconds`. Processing and transform jobs report no billed time: theirs is an estimate from
start to end. Volumes, S3, logs and transfer are not counted, nor are discounts, Savings Plans, free tier and taxes.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from airflow_mlmax.costs.prices import Prices
from airflow_mlmax.sagemaker.jobs import TRAINING, JobType
from airflow_mlmax.sagemaker.measures import billed_seconds_each, machines

HOUR = 3600
_DIGITS = 6
"""Of an amount in USD; a second of the smallest instance costs 0.00001."""


@dataclass(frozen=True)
class Charge:
    """The price of one job, or of several together. A sum with an unknown part is unknown, and says of what."""

    usd: float
    """Of all that has a known price."""

    spot_saving_usd: float
    unknown: frozenset[str]
    """Instance types without a price."""

    as_of: str
    """Day of the listed prices."""

    def __add__(self, other: "Charge") -> "Charge":
        return Charge(
            self.usd + other.usd,
            self.spot_saving_usd + other.spot_saving_usd,
            self.unknown | other.unknown,
            min(self.as_of, other.as_of),
        )

    def times(self, jobs: int) -> "Charge":
        """The charge of so many equal jobs."""
        return Charge(self.usd * jobs, self.spot_saving_usd * jobs, self.unknown, self.as_of)

    def document(self) -> dict[str, Any]:
        """Plain JSON for XCom: `usd` (None if a part is unknown), `spot_saving_usd`, `prices_as_of`, `unknown_prices`."""
        return {
            "usd": None if self.unknown else round(self.usd, _DIGITS),
            "spot_saving_usd": round(self.spot_saving_usd, _DIGITS),
            "prices_as_of": self.as_of,
            "unknown_prices": sorted(self.unknown),
        }

    def __str__(self) -> str:
        """One line for a log."""
        if self.unknown:
            return f"price unknown for {', '.join(sorted(self.unknown))} (list of {self.as_of})"
        saved = f", {self.spot_saving_usd:.4f} USD saved by spot" if self.spot_saving_usd else ""
        return f"{self.usd:.4f} USD at list prices of {self.as_of}{saved}"


def charge(job_type: JobType, description: Mapping[str, Any], prices: Prices) -> Charge:
    """The charge of one processing, training or transform job, however it ended."""
    seconds = billed_seconds_each(job_type, description)
    saved = max(0, int(description.get("TrainingTimeInSeconds") or 0) - seconds) if _spot(description) else 0
    usd = saving = 0.0
    unknown = set()
    for instance_type, count in machines(job_type, description):
        hourly = prices.hourly(job_type, instance_type)
        if hourly is None:
            unknown.add(instance_type)
            continue
        usd += hourly * seconds * count / HOUR
        saving += hourly * saved * count / HOUR
    return Charge(usd, saving, frozenset(unknown if seconds else ()), prices.as_of)


def search_charge(children: Iterable[Mapping[str, Any]], prices: Prices) -> Charge:
    """The charge of a tuning job: the sum over its training jobs, since its own run time is a wall clock."""
    total = Charge(0.0, 0.0, frozenset(), prices.as_of)
    for child in children:
        total += charge(TRAINING, child, prices)
    return total


def _spot(description: Mapping[str, Any]) -> bool:
    return bool(description.get("EnableManagedSpotTraining"))
