"""Why a model drifts, gathered from its monitors and told once."""

from collections.abc import Mapping
from typing import Any


def drift_of(model: Mapping[str, Any], reports: Mapping[str, Mapping[str, Any]]) -> dict[str, Any] | None:
    """The `extra` of a drift event; None where no monitor has a violation.

    :param model: what the event says of model and day
    :param reports: by kind of monitor its XCom `violation_count`, `reasons` and `report_uri`; None for what is not there,
        because the monitor itself failed
    """
    found = {kind: report for kind, report in reports.items() if report.get("violation_count")}
    if not found:
        return None
    return {
        **model,
        "violations": {kind: report["violation_count"] for kind, report in found.items()},
        "reasons": {kind: report.get("reasons") or [] for kind, report in found.items()},
        "reports": {kind: report.get("report_uri") for kind, report in found.items()},
    }


def told(drift: Mapping[str, Any]) -> str:
    """A drift event in a few lines of a log."""
    lines = [f"drift of version {drift['model_version']} on {drift['day']}:"]
    for kind, reasons in drift["reasons"].items():
        lines.append(f"{kind}: {drift['violations'][kind]} violations, {drift['reports'][kind]}")
        lines += [f"  - {_reason(reason)}" for reason in reasons]
    return "\n".join(lines)


def _reason(reason: Mapping[str, Any]) -> str:
    observed, threshold = reason.get("observed"), reason.get("threshold")
    return f"{reason.get('feature')} {reason.get('check')}: observed {observed} against {threshold}"
