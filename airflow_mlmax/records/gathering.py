"""From what the tasks of a run left behind to its record."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from airflow_mlmax.records.document import RunRecord
from airflow_mlmax.records.storable import storable

FAILED = frozenset({"failed", "upstream_failed"})
RAN = frozenset({"success", "failed"})

OF_A_FAILED_TASK = (
    *("job_name", "passed", "metrics", "champion", "report_uri"),
    *("violation_count", "reasons", "worst_features"),
    *("model_package_arn", "version", "approval_status"),
)
"""XCom keys that a task may have pushed before it failed; one that ended well gives all of its own as one value."""

_COST = ("spot_saving_usd", "unknown_prices", "prices_as_of")
_FIGURES_OF_A_DATA_GATE = ("id", "reasons", "checks", "rows", "failed", "approval")
_FIGURES_OF_A_METRIC_GATE = ("not_judged", "champion")
_FIGURES_OF_A_MONITOR = ("violation_count", "reasons", "worst_features")


@dataclass(frozen=True)
class TaskFacts:
    """A task instance that is over: what Airflow says of it, its XCom, and its job."""

    task_id: str
    map_index: int
    state: str
    operator: str | None = None
    seconds: float | None = None
    xcom: Mapping[str, Any] = field(default_factory=dict)
    verdict: Mapping[str, Any] | None = None
    """XCom `verdict` of a data-quality gate, which it has even if it closed."""

    job: Mapping[str, Any] = field(default_factory=dict)
    """The fields of its record that its job's description gives."""


def run_record(about: Mapping[str, Any], facts: Sequence[TaskFacts], deciding: Iterable[str]) -> RunRecord:
    """The record of a run, without secrets.

    :param about: the run's own fields, and `inputs`
    :param deciding: ids of the tasks that decide on the state of the run, as Airflow does: those nobody comes after
    """
    last = set(deciding)
    red = any(each.state in FAILED for each in facts if each.task_id in last)
    parts: dict[str, Any] = {
        "state": "failed" if red else "success",
        "tasks": [_task(each) for each in facts],
        "metrics": [metric for each in facts for metric in _metrics(each)],
        "verdicts": [verdict for each in facts if (verdict := _verdict(each))],
    }
    return RunRecord.model_validate(storable({**about, **_version(facts), **parts}))


def manifests(facts: Iterable[TaskFacts]) -> dict[str, str]:
    """S3 URIs of the manifests that pin the run's data, by name; a gate that passes one on, as `data_uri`, made none."""
    return {
        key.removesuffix("_uri"): str(value)
        for each in facts
        for key, value in each.xcom.items()
        if key == "pins_uri" or (_is_uri(value) and value.endswith(".manifest") and key != "data_uri")
    }


def _task(facts: TaskFacts) -> dict[str, Any]:
    xcom, job = facts.xcom, facts.job
    cost = job.get("cost") or (xcom.get("cost") if xcom.get("job_name") else None) or {}
    given = {key: value for key, value in xcom.items() if _is_uri(value)}
    return {
        **_name(facts),
        "operator": facts.operator,
        "state": facts.state,
        "seconds": facts.seconds,
        **{key: value for key, value in job.items() if key != "cost"},
        "job_name": xcom.get("job_name"),
        "job_arn": xcom.get("job_arn") or job.get("job_arn"),
        "outputs": {**job.get("outputs", {}), **given},
        "billable_seconds": xcom.get("billable_seconds", job.get("billable_seconds")),
        "cost_usd": cost.get("usd"),
        **{key: cost[key] for key in _COST if key in cost},
    }


def _metrics(facts: TaskFacts) -> Iterator[dict[str, Any]]:
    xcom = facts.xcom
    measured = {key.removeprefix("metric_"): xcom[key] for key in xcom if key.startswith("metric_")}
    if "best_objective" in xcom:
        measured["best_objective"] = xcom["best_objective"]
    if isinstance(xcom.get("metrics"), Mapping):
        measured |= xcom["metrics"]
    for path, value in measured.items():
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            continue
        place, _, name = path.removeprefix("slices.").rpartition(".")
        sliced = path.startswith("slices.")
        yield {
            **_name(facts),
            "name": name if sliced else path,
            "slice": place if sliced else "",
            "value": value,
        }


def _verdict(facts: TaskFacts) -> dict[str, Any] | None:
    said = _data_gate(facts) or _metric_gate(facts) or _monitor(facts) or _comparison(facts)
    return {**_name(facts), "report_uri": facts.xcom.get("report_uri"), **said} if said else None


def _data_gate(facts: TaskFacts) -> dict[str, Any] | None:
    if not facts.verdict:
        return None
    return {
        "kind": "gate",
        "status": facts.verdict["status"],
        # Where a person decided, the task's own result says so, and the verdict what was asked.
        "decision": facts.xcom.get("decision", facts.verdict.get("decision")),
        "figures": _some(facts.verdict, _FIGURES_OF_A_DATA_GATE),
    }


def _metric_gate(facts: TaskFacts) -> dict[str, Any] | None:
    passed = facts.xcom.get("passed")
    if passed is None:
        return None
    figures = _some(facts.xcom, _FIGURES_OF_A_METRIC_GATE)
    return {
        "kind": "gate",
        "status": "pass" if passed else "fail",
        "decision": _onward(facts),
        "figures": figures,
    }


def _monitor(facts: TaskFacts) -> dict[str, Any] | None:
    count = facts.xcom.get("violation_count")
    if count is None:
        return None
    status = "violations" if count else "clean"
    figures = _some(facts.xcom, _FIGURES_OF_A_MONITOR)
    return {"kind": "monitor", "status": status, "decision": _onward(facts), "figures": figures}


def _comparison(facts: TaskFacts) -> dict[str, Any] | None:
    """What came of comparing a challenger with the champion."""
    xcom = facts.xcom
    if "comparison_uri" not in xcom:
        return None
    return {
        "kind": "gate",
        "status": xcom["decision"],
        "report_uri": xcom["comparison_uri"],
        "figures": _some(xcom, ("reasons",)),
    }


def _onward(facts: TaskFacts) -> str:
    """What the task's end meant for those after it."""
    return "stop" if facts.state in FAILED else "continue"


def _version(facts: Iterable[TaskFacts]) -> dict[str, Any]:
    """The version that the run promoted, else the one that it registered, else the one that it used."""
    versions = [each.xcom for each in facts if each.xcom.get("model_package_arn")]
    for mark in ("change", "approval_status", "model_package_arn"):
        for xcom in versions:
            version = xcom.get("version", xcom.get("model_version"))
            if xcom.get(mark) is not None and isinstance(version, int):
                decision = "Promoted" if mark == "change" else xcom.get("approval_status")
                arn = xcom["model_package_arn"]
                return {"model_package_arn": arn, "model_version": version, "decision": decision}
    return {}


def _name(facts: TaskFacts) -> dict[str, Any]:
    return {"task_id": facts.task_id, "map_index": facts.map_index}


def _some(values: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
    return {name: values[name] for name in names if values.get(name) is not None}


def _is_uri(value: Any) -> bool:
    return isinstance(value, str) and value.startswith("s3://")
