"""Run DAGs by `dag.test()`, one after the other: run_dag.py RUNS, a JSON list of {file, conf, logical_date}.

After each run a line that begins with RESULT says as JSON how it ended; what was printed before it is the run's log.
"""

import json
import runpy
import sys
from datetime import datetime
from typing import Any

from airflow.models.asset import AssetEvent
from airflow.sdk import DAG
from airflow.utils.session import create_session
from sqlalchemy import select

RESULT = "RESULT "


def main(runs: str) -> None:
    for each in json.loads(runs):
        print(f"\n{RESULT}{json.dumps(run(**each))}", flush=True)  # noqa: T201 - the result


def run(file: str, conf: dict[str, Any], logical_date: str | None) -> dict[str, Any]:
    (dag,) = (value for value in runpy.run_path(file).values() if isinstance(value, DAG))
    moment = None if logical_date is None else datetime.fromisoformat(logical_date)
    done = dag.test(logical_date=moment, run_conf=conf)
    tasks = {ti.task_id: str(ti.state) for ti in done.get_task_instances()}
    return {"state": str(done.state), "run_id": done.run_id, "tasks": tasks, "events": events(done.run_id)}


def events(run_id: str) -> list[dict[str, Any]]:
    """Asset events that the run has sent."""
    with create_session() as session:
        found = session.scalars(select(AssetEvent).where(AssetEvent.source_run_id == run_id)).all()
        return [{"uri": event.asset.uri, "extra": event.extra} for event in found]


if __name__ == "__main__":
    main(*sys.argv[1:])
