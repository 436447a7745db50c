"""The plan of a folder of DAGs: every request, what is wrong with it, what it needs and what it costs at most."""

import os
import re
import sys
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from airflow.dag_processing.dagbag import DagBag
from airflow.sdk import DAG

from airflow_mlmax.costs.charges import Charge
from airflow_mlmax.exceptions import MLMaxError
from airflow_mlmax.operators.planned import Plannable, Planned
from airflow_mlmax.planning.render import Run, UnknowableError, rendered
from airflow_mlmax.sagemaker.actions import actions
from airflow_mlmax.sagemaker.requests import RequestError
from airflow_mlmax.settings import ENVIRONMENT_VARIABLE

_FRAMES = re.compile(r"^Traceback .*?\n(?:  File .*\n(?:    .*\n)*)+", re.MULTILINE)


@dataclass(frozen=True)
class Fault:
    """One thing that would go wrong; what is not told is wrong with the whole."""

    file: str
    text: str
    dag_id: str | None = None
    task_id: str | None = None
    operation: str | None = None

    def __str__(self) -> str:
        task = f", task {self.dag_id}.{self.task_id}" if self.task_id else ""
        return f"{self.file}{task}{f', {self.operation}' if self.operation else ''}: {self.text}"


@dataclass(frozen=True)
class TaskPlan:
    """One task that sends requests."""

    task_id: str
    planned: Planned
    actions: frozenset[str]
    warnings: list[str]


@dataclass(frozen=True)
class DagPlan:
    """One DAG, its tasks in their order."""

    dag_id: str
    file: str
    tasks: list[TaskPlan] = field(default_factory=list)
    unplanned: list[str] = field(default_factory=list)
    """Tasks that cannot say what they send, or whose arguments another task gives as a whole."""


@dataclass(frozen=True)
class Plan:
    """A whole folder in one environment."""

    environment: str
    dags: list[DagPlan]
    faults: list[Fault]

    @property
    def actions(self) -> list[str]:
        """IAM actions of all tasks, sorted."""
        return sorted({action for dag in self.dags for task in dag.tasks for action in task.actions})


def maximum(dag: DagPlan) -> Charge | None:
    """The price of a run if every job takes all its time in every try; None without jobs."""
    charges = [task.planned.maximum for task in dag.tasks if task.planned.maximum is not None]
    return sum(charges[1:], start=charges[0]) if charges else None


def plan(folder: Path, environment: str, names: Collection[str] = (), run: Run | None = None) -> Plan:
    """The plan of the DAGs of a folder, or of some of them.

    :param names: ids of DAGs, and names of models, whose DAGs are all those with ids `<model>_...`
    :raises ValueError: there is no DAG of such a name, nor a broken file that may hold it
    """
    run, faults, plans = run or Run(), [], []
    folder = folder.resolve()
    with _as(environment, folder):
        bag = DagBag(folder, bundle_path=folder)
        faults += [
            Fault(_short(name, folder), _message(text)) for name, text in sorted(bag.import_errors.items())
        ]
        asked = {name: _named(name, bag.dags) for name in names}
        if (missing := sorted(name for name, found in asked.items() if not found)) and not faults:
            known = ", ".join(sorted(bag.dags)) or "none"
            raise ValueError(f"{folder} has no DAG {', '.join(missing)}; there are: {known}")
        for dag_id in sorted(set().union(*asked.values()) if names else bag.dags):
            made, wrong = _dag_plan(bag.dags[dag_id], folder, run)
            plans.append(made)
            faults += wrong
    return Plan(environment, plans, faults)


def _named(name: str, known: Collection[str]) -> set[str]:
    """The DAG of this id, or those of the model of this name; a model's name has no underscore."""
    if name in known or "_" in name:
        return {name} & set(known)
    return {each for each in known if each.startswith(f"{name}_")}


def _dag_plan(dag: DAG, folder: Path, run: Run) -> tuple[DagPlan, list[Fault]]:
    made, faults = DagPlan(dag.dag_id, _short(dag.fileloc, folder)), []
    tasks: list[Any] = dag.topological_sort()  # type: ignore[no-untyped-call]  # Airflow gives it no types
    for task in tasks:
        about = {"file": made.file, "dag_id": dag.dag_id, "task_id": task.task_id}
        if not issubclass(getattr(task, "operator_class", type(task)), Plannable):
            made.unplanned.append(task.task_id)
            continue
        try:
            operator, context = rendered(task, dag, run)
            planned = operator.planned(context)
        except UnknowableError:
            made.unplanned.append(task.task_id)
        except RequestError as error:
            faults += [Fault(**about, operation=error.what, text=text) for text in error.faults]
        except (ValueError, MLMaxError) as error:
            faults.append(Fault(**about, text=str(error)))
        except Exception as error:  # noqa: BLE001  # whatever one task's templates raise, the other tasks are planned
            faults.append(Fault(**about, text=f"{type(error).__name__}: {error}"))
        else:
            plan_of, wrong = _task_plan(planned, about)
            made.tasks.append(plan_of)
            faults += wrong
    return made, faults


def _task_plan(planned: Planned, about: Mapping[str, str]) -> tuple[TaskPlan, list[Fault]]:
    faults, warnings, needed = [], [], set(planned.actions)
    for draft in planned.drafts:
        found = draft.findings(strict=True)
        faults += [Fault(**about, operation=draft.operation, text=text) for text in found.errors]
        warnings += found.warnings
        needed |= actions(draft.operation, draft.request)
    return TaskPlan(about["task_id"], planned, frozenset(needed), warnings), list(dict.fromkeys(faults))


def _short(path: str, folder: Path) -> str:
    """A path below the folder as somebody beside the folder names it."""
    absolute = Path(path) if Path(path).is_absolute() else folder / path
    return f"{folder.name}/{absolute.relative_to(folder)}" if absolute.is_relative_to(folder) else path


def _message(traceback: str) -> str:
    """The error at the end of a traceback."""
    return _FRAMES.sub("", traceback).strip()


@contextmanager
def _as(environment: str, folder: Path) -> Iterator[None]:
    """The process as the Airflow of an environment is set up, as far as DAG files see it."""
    before = os.environ.get(ENVIRONMENT_VARIABLE)
    os.environ[ENVIRONMENT_VARIABLE] = environment
    sys.path.insert(0, str(folder))
    try:
        yield
    finally:
        sys.path.remove(str(folder))
        if before is None:
            del os.environ[ENVIRONMENT_VARIABLE]
        else:
            os.environ[ENVIRONMENT_VARIABLE] = before
