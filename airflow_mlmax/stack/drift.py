"""What the monitors said of the demo's week."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from airflow_mlmax.stack.client import AirflowClient

KINDS = ("data_quality", "model_quality", "bias", "feature_attribution")


@dataclass(frozen=True)
class Monitored:
    """One monitor's findings."""

    kind: str
    violations: int
    reasons: list[str]
    """The first few, in words."""

    page: str
    """Address of the monitor's report in Airflow's UI."""


def monitored(client: AirflowClient, dag_id: str, run_id: str) -> list[Monitored]:
    """The findings of each monitor of a run, which is red where there are any."""
    drift = client.xcom(dag_id, run_id, "drift", "drift") or {}
    return [
        Monitored(
            kind=kind,
            violations=drift.get("violations", {}).get(kind, 0),
            reasons=[_words(reason) for reason in drift.get("reasons", {}).get(kind, [])],
            page=client.links(dag_id, run_id, kind).get("Report") or "",
        )
        for kind in KINDS
    ]


def _words(reason: Mapping[str, Any]) -> str:
    observed, threshold = reason.get("observed"), reason.get("threshold")
    return f"{reason.get('feature')}: {_short(observed)} against {_short(threshold)}"


def _short(value: Any) -> str:
    return f"{value:.3g}" if isinstance(value, int | float) else str(value)
