"""What a run decided: on a version of the model, or on training another one."""

from collections.abc import Iterable, Mapping
from typing import Any

from airflow_mlmax.records.facts import TaskFacts, some

_MARKS = {"change": int, "refusal": Mapping, "approval_status": str, "retrain": bool}
"""XCom keys that tell of a decision, and what their values are."""

_CHANGES = {"promotion": "Promoted", "roll_back": "RolledBack"}


def decided(facts: Iterable[TaskFacts]) -> dict[str, Any]:
    """The fields of the run's record: `model_package_arn` and `model_version`, `decision`, `why`, `decided_by`."""
    xcoms = [each.xcom for each in facts]
    return {**_version(xcoms), **_decision(xcoms)}


def _version(xcoms: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """The version that became the champion, else the one that was registered, else the one that was used."""
    versions = [xcom for xcom in xcoms if xcom.get("model_package_arn")]
    for mark in ("change", "approval_status", "model_package_arn"):
        for xcom in versions:
            version = xcom.get("version", xcom.get("model_version"))
            if xcom.get(mark) is not None and isinstance(version, int):
                return {"model_package_arn": xcom["model_package_arn"], "model_version": version}
    return {}


def _decision(xcoms: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """What is most final: a change of the champion, a refusal, the status that a version was registered with, a retraining."""
    known = {
        mark: xcom for mark, kind in _MARKS.items() for xcom in xcoms if isinstance(xcom.get(mark), kind)
    }
    if change := known.get("change"):
        return _told(_CHANGES.get(str(change.get("kind")), "Promoted"), change.get("why"), change.get("by"))
    if refused := known.get("refusal"):
        return _told("Rejected", **some(refused["refusal"], ("why", "by")))
    if registered := known.get("approval_status"):
        return _told(registered["approval_status"])
    if retraining := known.get("retrain"):
        return _told("Retrain" if retraining["retrain"] else "Hold", retraining.get("reason"))
    return {}


def _told(decision: Any, why: Any = None, by: Any = None) -> dict[str, Any]:
    return {"decision": decision, "why": why, "decided_by": by}
