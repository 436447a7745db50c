"""Run DAGs by `dag.test()`, one after the other: run_dag.py RUNS, a JSON list of {file, conf, logical_date, told}.

`told`, a list of {uri, extra, run_id}, are asset events that are sent first and start the run.

After each run a line that begins with RESULT says as JSON how it ended; what was printed before it is the run's log.
"""

import json
import runpy
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from datetime import datetime
from typing import Any
from unittest.mock import patch

from airflow.models import dagrun
from airflow.models.asset import AssetEvent, AssetModel
from airflow.sdk import DAG
from airflow.utils.session import create_session
from airflow.utils.types import DagRunType
from sqlalchemy import select
from sqlalchemy.orm import Session

RESULT = "RESULT "


def main(runs: str) -> None:
    for each in json.loads(runs):
        print(f"\n{RESULT}{json.dumps(run(**each))}", flush=True)  # noqa: T201 - the result


def run(
    file: str, conf: dict[str, Any], logical_date: str | None, told: list[dict[str, Any]] | None = None
) -> dict[str, Any]:
    (dag,) = (value for value in runpy.run_path(file).values() if isinstance(value, DAG))
    moment = None if logical_date is None else datetime.fromisoformat(logical_date)
    with triggered_by(told) if told else nullcontext():
        done = dag.test(logical_date=moment, run_conf=conf)
    tasks = {ti.task_id: str(ti.state) for ti in done.get_task_instances()}
    return {"state": str(done.state), "run_id": done.run_id, "tasks": tasks, "events": events(done.run_id)}


@contextmanager
def triggered_by(told: list[dict[str, Any]]) -> Iterator[None]:
    """Makes the run of `dag.test()` what the scheduler makes of events; it has no argument for that."""
    plain = dagrun.get_or_create_dagrun

    def asset_triggered(*, session: Session, **arguments: Any) -> dagrun.DagRun:
        created = plain(session=session, **arguments)
        created.run_type = DagRunType.ASSET_TRIGGERED
        for each in told:
            asset = session.scalars(select(AssetModel).where(AssetModel.uri == each["uri"])).one()
            event = AssetEvent(asset_id=asset.id, extra=each["extra"], source_run_id=each["run_id"])
            created.consumed_asset_events.append(event)
        session.commit()
        return created

    with patch.object(dagrun, "get_or_create_dagrun", asset_triggered):
        yield


def events(run_id: str) -> list[dict[str, Any]]:
    """Asset events that the run has sent."""
    with create_session() as session:
        found = session.scalars(select(AssetEvent).where(AssetEvent.source_run_id == run_id)).all()
        return [{"uri": event.asset.uri, "extra": event.extra} for event in found]


if __name__ == "__main__":
    main(*sys.argv[1:])
