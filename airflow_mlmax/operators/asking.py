"""From a gate's rendered arguments to the case that it is about."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from airflow.providers.common.compat.sdk import Context

from airflow_mlmax.exceptions import GateUndecidedError
from airflow_mlmax.hooks.datasets import DataObject, manifest_digest, objects_at, objects_in
from airflow_mlmax.hooks.s3 import S3Objects
from airflow_mlmax.operators.verdicts import Case, run_of

if TYPE_CHECKING:
    from airflow_mlmax.operators.quality import DataQualityGateOperator
    from airflow_mlmax.quality.checking import Question

_PLACES = ("worker", "processing", "auto")
_COMPACT_LIMIT = 512 * 1024**2
"""In bytes, of Parquet and compressed files, that a worker takes: in memory and on disk they are several times as large."""

_PLAIN_LIMIT = 2 * 1024**3


def case_of(operator: "DataQualityGateOperator", context: Context) -> Case:
    """The question that an operator's arguments ask, and the objects as they are now.

    :raises ValueError: a mistake in suite, policy or arguments
    :raises GateUndecidedError: the data are not there
    """
    from airflow_mlmax.quality.checking import Question

    refuse_contradictions(operator)
    objects = _objects(operator)
    size = sum(each.size for each in objects)
    question = Question(
        suite=suite_of(operator, context),
        dataset={
            "uri": operator.manifest_uri or operator.data_uri,
            "bytes": size,
            "manifest_sha256": manifest_digest(objects),
        },
        parameters=operator.parameters,
        policy=operator.policy or {},
        data_format=operator.data_format,
        columns=operator.columns,
        sensitive=operator.sensitive or [],
        engine=operator.engine,
        where=_place(operator, objects, size),
        run=run_of(context),
    )
    return Case(_settled(operator, context, question), objects)


def refuse_contradictions(operator: "DataQualityGateOperator") -> None:
    """Raises ValueError for what is wrong with the arguments, whatever the data are."""
    from airflow_mlmax.quality.gate import ENGINES
    from airflow_mlmax.quality.policy import policy_of

    if operator.engine not in ENGINES:
        raise ValueError(f"engine is {operator.engine!r}; give one of {', '.join(ENGINES)}")
    if operator.where not in _PLACES:
        raise ValueError(f"where is {operator.where!r}; give one of {', '.join(_PLACES)}")
    if operator.engine == "spark" and operator.where == "worker":
        raise ValueError("engine spark runs in a processing job only; give where processing or auto")
    if bool(operator.data_uri) == bool(operator.manifest_uri):
        raise ValueError("give data_uri or manifest_uri, one of them")
    rules = policy_of(operator.policy or {})
    needing = [name for name in ("quarantine", "on_fail") if getattr(rules, name) not in {"off", "stop"}]
    if needing and not operator.output_uri:
        raise ValueError(f"{needing[0]} needs output_uri, the S3 prefix for what the gate writes")


def _settled(operator: "DataQualityGateOperator", context: Context, question: "Question") -> "Question":
    """The question with what depends on its own policy and id; both are read here for the first time."""
    advised = replace(question, advisory=question.rules.is_advisory(_data_end(operator, context)))
    if not operator.output_uri:
        return advised
    mark = advised.id.removeprefix("sha256:")[:16]
    return replace(advised, artifacts=f"{operator.output_uri.rstrip('/')}/{mark}")


def _objects(operator: "DataQualityGateOperator") -> list[DataObject]:
    s3 = S3Objects(operator.hook)
    try:
        if operator.manifest_uri:
            return objects_in(s3, operator.manifest_uri)
        return objects_at(s3, str(operator.data_uri))
    except FileNotFoundError as error:
        raise GateUndecidedError(
            f"gate {operator.task_id} has nothing to check: {error}; look at what writes it"
        ) from error


def _place(operator: "DataQualityGateOperator", objects: Sequence[DataObject], size: int) -> str:
    """`worker` or `processing`; what `auto` chose, and why, goes to the task's log."""
    if operator.engine == "spark":
        return "processing"
    limit = int(operator.max_bytes or 0) or _limit(operator.data_format, objects)
    if operator.where == "auto":
        chosen = "worker" if size <= limit else "processing"
        operator.log.info(
            "%s bytes, and a worker takes %s: checked in place %s.", f"{size:,}", f"{limit:,}", chosen
        )
        return chosen
    if operator.where == "worker" and size > limit:
        raise ValueError(
            f"the data have {size:,} bytes and a worker takes {limit:,}; give where processing or auto with what a "
            "job needs, or raise max_bytes where the worker has the disk for it"
        )
    return operator.where


def _limit(data_format: str | None, objects: Sequence[DataObject]) -> int:
    compact = data_format == "parquet" or any(each.uri.endswith((".parquet", ".gz")) for each in objects)
    return _COMPACT_LIMIT if compact else _PLAIN_LIMIT


def suite_of(operator: "DataQualityGateOperator", context: Context) -> Any:
    """The suite as a document, of whatever kind the argument is."""
    if not isinstance(operator.suite, str):
        return operator.suite
    try:
        if operator.suite.startswith("s3://"):
            return S3Objects(operator.hook).read_json(operator.suite)
        path = Path(context["dag"].fileloc).parent / operator.suite
        if path.is_file():
            return json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(f"the suite {operator.suite} is not JSON: {error}") from error
    raise ValueError(f"there is no suite {path}; `suite` is a path beside the DAG file")


def _data_end(operator: "DataQualityGateOperator", context: Context) -> datetime | None:
    from airflow_mlmax.quality.policy import moment

    return moment(operator.as_of, "as_of") if operator.as_of else context.get("data_interval_end")
