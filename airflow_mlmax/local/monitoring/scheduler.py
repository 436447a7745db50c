"""The clock of schedules: a thread that starts what is due. When a schedule fires next is in the store, so that a restart
forgets nothing; hours that passed while the runtime was down are made up for by one execution.
"""

import sys
import threading
import time
import traceback
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from airflow_mlmax.local.monitoring.executions import SCHEDULE, Executions
from airflow_mlmax.sagemaker.monitoring import DAILY, NOW, firing_after

if TYPE_CHECKING:
    from airflow_mlmax.local.jobs.engine import Engine
    from airflow_mlmax.local.s3.objects import ObjectStore
    from airflow_mlmax.local.store import Record, Store

NEXT = "NextTime"
"""Member of a schedule's answer that Describe does not know: epoch seconds of its next execution, None for none."""

LAST = "LastExecution"
"""Another one: the name of its last execution in the store."""

_LOOK_EVERY = 30.0
"""Seconds between two looks when nothing is due: a clock that is set forth, or a laptop that slept, is noticed."""

_CLOSE_SECONDS = 10.0


class Scheduler:
    """Starts the executions of all schedules at their times, each once."""

    def __init__(self, store: "Store", objects: "ObjectStore", engine: "Engine") -> None:
        self._store = store
        self._executions = Executions(store, objects, engine)
        self.lock = threading.RLock()
        """Held while a schedule is changed, by whomever: an execution that starts writes to its schedule too."""

        self._changed = threading.Event()
        self._closing = False
        self._thread = threading.Thread(target=self._run, name="schedules", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        """Start nothing any more. What is due stays so in the store."""
        self._closing = True
        self._changed.set()
        if self._thread.is_alive():
            self._thread.join(_CLOSE_SECONDS)

    def changed(self) -> None:
        """Look again: a schedule was made, changed or started."""
        self._changed.set()

    def run_next(self, region: str, name: str) -> "Record":
        """The next execution of a schedule, started now as if its time had come. Raises ValueError if there is none."""
        with self.lock:
            schedule = self._store.get(region, SCHEDULE, name)
            if schedule is None:
                raise ValueError(f"no monitoring schedule {name} in {region}")
            if schedule.answer[NEXT] is None:
                raise ValueError(f"the monitoring schedule {name} has no next execution")
            return self._fire(schedule)

    def _run(self) -> None:
        while not self._closing:
            self._changed.clear()
            try:
                pause = self._start_what_is_due()
            except Exception:  # noqa: BLE001 - the clock must go on, whatever is wrong with one schedule
                traceback.print_exc(file=sys.stderr)
                pause = _LOOK_EVERY
            self._changed.wait(pause)

    def _start_what_is_due(self) -> float:
        """Seconds until something may be due again."""
        pause = _LOOK_EVERY
        with self.lock:
            for schedule in self._store.records(None, SCHEDULE):
                due = schedule.answer[NEXT]
                if due is not None and due <= time.time() and not self._closing:
                    self._fire(schedule)
                elif due is not None:
                    pause = min(pause, max(0.0, due - time.time()))
        return pause

    def _fire(self, schedule: "Record") -> "Record":
        scheduled = schedule.answer[NEXT]
        execution = self._executions.start(schedule, scheduled)
        following = next_time(schedule.description["MonitoringScheduleConfig"], max(scheduled, time.time()))
        self._store.update(
            schedule.region,
            schedule.kind,
            schedule.name,
            {NEXT: None if _is_single(schedule) else following, LAST: execution.name},
        )
        return execution


def next_time(config: dict[str, dict[str, str]], after: float) -> float:
    """When a schedule with this configuration fires next, in epoch seconds: NOW at once, others at a whole hour."""
    expression = config.get("ScheduleConfig", {}).get("ScheduleExpression", DAILY)
    if expression == NOW:
        return after
    return firing_after(expression, datetime.fromtimestamp(after, UTC)).timestamp()


def _is_single(schedule: "Record") -> bool:
    config = schedule.description["MonitoringScheduleConfig"]
    return bool(config.get("ScheduleConfig", {}).get("ScheduleExpression") == NOW)
