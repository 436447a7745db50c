"""The report that a task instance announced, from Airflow's database."""

import json
from typing import Any

from airflow.models.xcom import XComModel
from airflow.utils.session import create_session
from pydantic import TypeAdapter

from airflow_mlmax.reports import XCOM_KEY, Report

_REPORT = TypeAdapter(Report)


def announced_report(dag_id: str, run_id: str, task_id: str, map_index: int) -> Report | None:
    """What the task instance announced in its last try, or None. Raises ValueError for what is no report."""
    query = XComModel.get_many(
        key=XCOM_KEY, run_id=run_id, dag_ids=dag_id, task_ids=task_id, map_indexes=map_index
    )
    with create_session() as session:
        row = session.execute(query.with_only_columns(XComModel.value)).first()
    return _REPORT.validate_python(_plain(row.value)) if row else None


def _plain(value: Any) -> Any:
    """The stored JSON as it is: a class that an XCom names is never made."""
    return json.loads(value) if isinstance(value, str) else value
