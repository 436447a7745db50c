"""Run one DAG file by `dag.test()`: run_dag.py FILE LOGICAL_DATE|none CONF. The last line printed is JSON: state, tasks."""

import json
import runpy
import sys
from datetime import datetime

from airflow.sdk import DAG


def main(path: str, logical_date: str, conf: str) -> None:
    (dag,) = (value for value in runpy.run_path(path).values() if isinstance(value, DAG))
    moment = None if logical_date == "none" else datetime.fromisoformat(logical_date)
    run = dag.test(logical_date=moment, run_conf=json.loads(conf))
    tasks = {ti.task_id: str(ti.state) for ti in run.get_task_instances()}
    print(json.dumps({"state": str(run.state), "run_id": run.run_id, "tasks": tasks}))  # noqa: T201 - the result


if __name__ == "__main__":
    main(*sys.argv[1:])
