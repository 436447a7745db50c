"""A plan for people and for programs."""

from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from airflow_mlmax.costs.charges import Charge
from airflow_mlmax.planning.plan import DagPlan, Fault, Plan, TaskPlan, maximum
from airflow_mlmax.sagemaker.redaction import redacted
from airflow_mlmax.sagemaker.secrets import secret_faults

_WIDTH = 110


def document(plan: Plan) -> dict[str, Any]:
    """Plain JSON."""
    return {
        "environment": plan.environment,
        "dags": [_dag_document(dag) for dag in plan.dags],
        "actions": plan.actions,
        "faults": [_fault_document(fault) for fault in plan.faults],
    }


def lines(plan: Plan) -> Iterator[str]:
    """Text, line by line: the requests by DAG and task, actions and faults."""
    for dag in plan.dags:
        yield f"{dag.dag_id}  {dag.file}"
        for task in dag.tasks:
            yield from _task_lines(task)
        if dag.unplanned:
            yield f"  not planned, so their calls and rights are not told: {', '.join(dag.unplanned)}"
        if charge := maximum(dag):
            yield f"  a run costs {_most(charge)}"
        yield ""
    if plan.actions:
        yield f"IAM actions of Airflow's role: {len(plan.actions)}"
        yield from (f"  {action}" for action in plan.actions)
        yield ""
    yield from (f"fault  {fault}" for fault in plan.faults)
    yield _summary(plan)


def _summary(plan: Plan) -> str:
    requests = sum(len(task.planned.drafts) for dag in plan.dags for task in dag.tasks)
    counts = {"DAG": len(plan.dags), "request": requests, "fault": len(plan.faults)}
    counted = ", ".join(f"{count} {noun}{'' if count == 1 else 's'}" for noun, count in counts.items())
    return f"{plan.environment}: {counted}"


def _task_lines(task: TaskPlan) -> Iterator[str]:
    planned = task.planned
    tries = f" in {planned.jobs} tries" if planned.jobs > 1 else ""
    price = f"  {_most(planned.maximum)}{tries}" if planned.maximum else ""
    yield f"  {task.task_id}{price}"
    yield from (f"    {note}" for note in planned.notes)
    yield from (f"    warning  {warning}" for warning in task.warnings)
    for draft in planned.drafts:
        yield f"    {draft.operation}{f' ({draft.when})' if draft.when else ''}"
        text = yaml.safe_dump(_shown(draft.request), sort_keys=False, allow_unicode=True, width=_WIDTH)
        yield from (f"      {line}" for line in text.splitlines())


def _most(charge: Charge) -> str:
    return str(charge) if charge.unknown else f"at most {charge}"


def _shown(request: Mapping[str, Any]) -> Any:
    """The request; one that holds what looks like a secret without any values that may hold one."""
    return _plain(redacted(request) if any(secret_faults(request)) else request)


def _plain(value: Any) -> Any:
    """Nothing but dicts, lists and scalars."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return str(value) if isinstance(value, str) else value


def _dag_document(dag: DagPlan) -> dict[str, Any]:
    charge = maximum(dag)
    return {
        "dag_id": dag.dag_id,
        "file": dag.file,
        "tasks": [_task_document(task) for task in dag.tasks],
        "unplanned": dag.unplanned,
        "maximum_cost": _price(charge),
    }


def _task_document(task: TaskPlan) -> dict[str, Any]:
    requests = [
        {"operation": draft.operation, "when": draft.when or None, "request": _shown(draft.request)}
        for draft in task.planned.drafts
    ]
    return {
        "task_id": task.task_id,
        "requests": requests,
        "notes": list(task.planned.notes),
        "warnings": task.warnings,
        "actions": sorted(task.actions),
        "tries": task.planned.jobs or None,
        "maximum_cost": _price(task.planned.maximum),
    }


def _price(charge: Charge | None) -> dict[str, Any] | None:
    if charge is None:
        return None
    found = charge.document()
    return {name: found[name] for name in ("usd", "prices_as_of", "unknown_prices")}


def _fault_document(fault: Fault) -> dict[str, Any]:
    return {
        "file": fault.file,
        "dag_id": fault.dag_id,
        "task_id": fault.task_id,
        "operation": fault.operation,
        "text": fault.text,
    }
