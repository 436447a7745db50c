"""What the gates, the monitors and the decision on retraining of a run said."""

from collections.abc import Mapping
from typing import Any

from airflow_mlmax.records.facts import FAILED, TaskFacts, some

_FIGURES_OF_A_DATA_GATE = ("id", "reasons", "checks", "rows", "failed", "approval")


def verdict_of(facts: TaskFacts) -> dict[str, Any] | None:
    """`kind`, `status`, `decision` and `figures` of what the task said; None of a task that judges nothing."""
    kinds = (_data_gate, _metric_gate, _monitor, _comparison, _retraining)
    return next((said for kind in kinds if (said := kind(facts))), None)


def _data_gate(facts: TaskFacts) -> dict[str, Any] | None:
    verdict = facts.verdict
    if not isinstance(verdict, Mapping) or "status" not in verdict:
        return None
    return {
        "kind": "gate",
        "status": verdict["status"],
        # Where a person decided, the task's own result says so, and the verdict what was asked.
        "decision": facts.xcom.get("decision", verdict.get("decision")),
        "figures": some(verdict, _FIGURES_OF_A_DATA_GATE),
    }


def _metric_gate(facts: TaskFacts) -> dict[str, Any] | None:
    passed = facts.xcom.get("passed")
    if passed is None:
        return None
    return {
        "kind": "gate",
        "status": "pass" if passed else "fail",
        "decision": _onward(facts),
        "figures": facts.some("reasons", "not_judged", "champion"),
    }


def _monitor(facts: TaskFacts) -> dict[str, Any] | None:
    count = facts.xcom.get("violation_count")
    if count is None:
        return None
    return {
        "kind": "monitor",
        "status": "violations" if count else "clean",
        "decision": _onward(facts),
        "figures": facts.some("violation_count", "worst_features", "reasons"),
    }


def _comparison(facts: TaskFacts) -> dict[str, Any] | None:
    """What came of comparing a challenger with the champion."""
    if "comparison_uri" not in facts.xcom:
        return None
    return {
        "kind": "gate",
        "status": str(facts.xcom.get("decision")),
        "report_uri": facts.xcom["comparison_uri"],
        "figures": facts.some("reasons"),
    }


def _retraining(facts: TaskFacts) -> dict[str, Any] | None:
    """Whether the model is trained again, and what speaks for and against it."""
    if not isinstance(facts.xcom.get("retrain"), bool):
        return None
    return {
        "kind": "retraining",
        "status": "train" if facts.xcom["retrain"] else "hold",
        "decision": _onward(facts),
        "figures": facts.some("reason", "causes", "held", "figures", "training_run_id"),
    }


def _onward(facts: TaskFacts) -> str:
    """What the task's end meant for those after it."""
    return "stop" if facts.state in FAILED else "continue"
