"""What the monitors say of a day and the week before it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from airflow_mlmax.stack.chapters.scene import Scene
from airflow_mlmax.stack.flights import MONITORING

_KINDS = ("data_quality", "model_quality", "bias", "feature_attribution")


@dataclass(frozen=True)
class Monitored:
    """One monitor's findings."""

    day: str
    kind: str
    violations: int
    reasons: list[str]
    """The first few, in words."""

    page: str
    """Address of the monitor's report in Airflow's UI."""


def monitor(scene: Scene, day: date) -> list[Monitored]:
    """Looks at the week that ends with the day; the run is red where there are violations, which is no failure of the demo."""
    run_id = f"demo-{day}"
    scene.run(MONITORING, run_id, {"day": str(day)}, may_fail=True)
    drift = scene.client.xcom(MONITORING, run_id, "drift", "drift") or {}
    return [
        Monitored(
            day=str(day),
            kind=kind,
            violations=drift.get("violations", {}).get(kind, 0),
            reasons=[_words(reason) for reason in drift.get("reasons", {}).get(kind, [])],
            page=scene.client.links(MONITORING, run_id, kind).get("Report") or "",
        )
        for kind in _KINDS
    ]


def _words(reason: Mapping[str, Any]) -> str:
    observed, threshold = reason.get("observed"), reason.get("threshold")
    return f"{reason.get('feature')}: {_short(observed)} against {_short(threshold)}"


def _short(value: Any) -> str:
    return f"{value:.3g}" if isinstance(value, int | float) else str(value)
