"""From a task of a DAG to an operator whose arguments are rendered, without a run, a database or AWS."""

from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

from airflow.sdk import DAG
from airflow.sdk.definitions.mappedoperator import MappedOperator
from airflow.sdk.definitions.xcom_arg import XComArg
from airflow.sdk.execution_time import macros

from airflow_mlmax.planning.placeholders import RETURNED, Named, XComs

START = datetime(2000, 1, 1, tzinfo=UTC)
"""Interval of a run whose date nobody has given; plans of two days can then be compared."""


class OfflineError(ValueError):
    """A task would ask AWS before its request is known."""


class UnknowableError(Exception):
    """Another task gives all arguments of a task."""


class _NoHook:
    """In place of an operator's connection."""

    def __getattr__(self, name: str) -> Any:
        raise OfflineError(
            f"this needs a call to AWS ({name}) before the request is known, which a plan cannot make; "
            "give the value as an argument, such as region_name."
        )


@dataclass(frozen=True)
class Run:
    """The run that is planned.

    :param start: beginning of its data interval of one day, and its logical date
    """

    start: datetime = START
    xcoms: XComs = field(default_factory=XComs)
    run_id: str = ""

    @property
    def name(self) -> str:
        return self.run_id or f"planned__{self.start.isoformat()}"


def rendered(task: Any, dag: DAG, run: Run) -> tuple[Any, Any]:
    """A copy of a task's operator with its template fields rendered and no way to AWS, and its context.

    Of a mapped task it is the first.

    :raises UnknowableError: the arguments of a mapped task are not in the DAG file
    :raises Exception: whatever a template raises, or an operator's constructor
    """
    is_mapped = isinstance(task, MappedOperator)
    index = 0 if is_mapped or task.get_closest_mapped_task_group() else -1
    operator = _first_of(task, context_of(task, dag, run, map_index=0)) if is_mapped else copy(task)
    operator.__dict__["hook"] = _NoHook()
    context = context_of(operator, dag, run, map_index=index)
    operator.render_template_fields(context, dag.get_template_env(force_sandboxed=False))
    return operator, context


def context_of(operator: Any, dag: DAG, run: Run, *, map_index: int = -1) -> Any:
    """What templates may use."""
    start, end = run.start, run.start + timedelta(days=1)
    ti = _TaskInstance(operator, dag, run, map_index)
    day, moment = start.strftime("%Y-%m-%d"), start.isoformat()
    return {
        "dag": dag,
        "task": operator,
        "ti": ti,
        "task_instance": ti,
        "dag_run": _dag_run(dag, run, end),
        "run_id": run.name,
        "logical_date": start,
        "data_interval_start": start,
        "data_interval_end": end,
        "ds": day,
        "ds_nodash": day.replace("-", ""),
        "ts": moment,
        "ts_nodash": start.strftime("%Y%m%dT%H%M%S"),
        "ts_nodash_with_tz": moment.translate(_NO_DASHES),
        "params": {**dag.params.dump(), **operator.params.dump()},
        "macros": macros,
        "var": {"value": Named("variable"), "json": Named("variable")},
        "conn": Named("connection"),
        "inlets": [],
        "outlets": [],
        "triggering_asset_events": {},
        "expanded_ti_count": None,
        "prev_data_interval_start_success": None,
        "prev_data_interval_end_success": None,
        "prev_start_date_success": None,
        "prev_end_date_success": None,
        "test_mode": False,
    }


def _dag_run(dag: DAG, run: Run, end: datetime) -> SimpleNamespace:
    return SimpleNamespace(
        dag_id=dag.dag_id,
        run_id=run.name,
        run_type="scheduled",
        logical_date=run.start,
        data_interval_start=run.start,
        data_interval_end=end,
        run_after=end,
        start_date=end,
        end_date=None,
        conf={},
        partition_key=None,
    )


_NO_DASHES = str.maketrans("", "", "-:")


class _TaskInstance:
    """As much of a task instance as templates and operators look at."""

    def __init__(self, operator: Any, dag: DAG, run: Run, map_index: int) -> None:
        self.task_id = operator.task_id
        self.dag_id = dag.dag_id
        self.run_id = run.name
        self.map_index = map_index
        self.try_number = 1
        self.max_tries = int(operator.retries or 0)
        self._dag = dag
        self._xcoms = run.xcoms

    def xcom_pull(
        self, task_ids: str | Sequence[str] | None = None, key: str | None = None, **_options: Any
    ) -> Any:
        if not isinstance(task_ids, str | None):
            return [self.xcom_pull(each, key) for each in task_ids]
        task_id = task_ids or self.task_id
        giver = self._dag.get_task(task_id)
        outputs = getattr(giver, "partial_kwargs", vars(giver)).get("outputs")
        return self._xcoms.of(task_id, key or RETURNED, outputs if isinstance(outputs, Mapping) else ())

    def get_relevant_upstream_map_indexes(self, **_options: Any) -> None:
        return None


def _first_of(task: MappedOperator, context: Any) -> Any:
    """The operator of the first of a mapped task's instances."""
    value: Any = task._get_specified_expand_input().value  # noqa: SLF001  # Airflow has no public way to it
    if isinstance(value, Mapping):
        return task.unmap({name: _first(given, context) for name, given in value.items()})
    arguments = _first(value, context)
    if not isinstance(arguments, Mapping):
        raise UnknowableError
    return task.unmap(arguments)


def _first(value: Any, context: Any) -> Any:
    """The first of what a task is mapped over, or what stands for the whole where another task gives it."""
    given = value.resolve(context) if isinstance(value, XComArg) else value
    if isinstance(given, str):
        return given
    return next(iter(given.items() if isinstance(given, Mapping) else given))
