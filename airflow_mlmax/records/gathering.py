"""From what the tasks of a run left behind to its record."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from airflow_mlmax.records.decisions import decided
from airflow_mlmax.records.document import RunRecord
from airflow_mlmax.records.facts import FAILED, TaskFacts, is_uri
from airflow_mlmax.records.storable import storable
from airflow_mlmax.records.verdicts import verdict_of


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
        "jobs": [{**each.name, **job} for each in facts for job in each.jobs],
        "metrics": [metric for each in facts for metric in _metrics(each)],
        "verdicts": [
            {"report_uri": _report(each), **each.name, **said} for each in facts if (said := verdict_of(each))
        ],
    }
    return RunRecord.model_validate(storable({**about, **decided(facts), **parts}))


def manifests(facts: Sequence[TaskFacts]) -> dict[str, str]:
    """S3 URIs of the manifests that pin the run's data, by name.

    Those that tasks have given, but for a gate that passes one on as `data_uri`; and those that jobs have read, with the
    map index of their task.
    """
    given = {
        key.removesuffix("_uri").removesuffix("_manifest"): str(value)
        for each in facts
        for key, value in each.xcom.items()
        if key == "pins_uri" or (_is_manifest(value) and key != "data_uri")
    }
    known = set(given.values())
    read = {
        f"{name}[{each.map_index}]" if each.map_index >= 0 else name: str(uri)
        for each in facts
        for job in each.jobs
        for name, uri in job.get("inputs", {}).items()
        if _is_manifest(uri) and uri not in known
    }
    return {**read, **given}


def _task(facts: TaskFacts) -> dict[str, Any]:
    return {
        **facts.name,
        "operator": facts.operator,
        "state": facts.state,
        "seconds": facts.seconds,
        "outputs": {key: value for key, value in facts.xcom.items() if is_uri(value)},
    }


def _metrics(facts: TaskFacts) -> Iterator[dict[str, Any]]:
    xcom = facts.xcom
    measured = {key.removeprefix("metric_"): xcom[key] for key in xcom if key.startswith("metric_")}
    if "best_objective" in xcom:
        measured["best_objective"] = xcom["best_objective"]
    if isinstance(xcom.get("metrics"), Mapping):
        measured |= xcom["metrics"]
    if isinstance(xcom.get("summary"), Mapping):
        measured |= dict(_leaves(xcom["summary"]))
    for path, value in measured.items():
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            continue
        place, _, name = path.removeprefix("slices.").rpartition(".")
        sliced = path.startswith("slices.")
        yield {
            **facts.name,
            "name": name if sliced else path,
            "slice": place if sliced else "",
            "value": value,
        }


def _leaves(summary: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, Any]]:
    """The numbers of a back-test's summary, such as `roc_auc.model.mean`."""
    for name, value in summary.items():
        if isinstance(value, Mapping):
            yield from _leaves(value, f"{path}{name}.")
        else:
            yield f"{path}{name}", value


def _is_manifest(value: Any) -> bool:
    return is_uri(value) and value.endswith(".manifest")


def _report(facts: TaskFacts) -> str | None:
    uri = facts.xcom.get("report_uri")
    return uri if is_uri(uri) else None
