"""The demo's bad day: its file is broken, the gate closes, the file is repaired, and the same run passes."""

import json
import re
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

from airflow_mlmax.stack.client import AirflowClient
from airflow_mlmax.stack.corruption import Landing
from airflow_mlmax.stack.damage import DAMAGES
from airflow_mlmax.stack.errors import StackError
from airflow_mlmax.stack.screen import Screen
from airflow_mlmax.stack.watch import Runs, Watch

DAY = date(2013, 7, 8)
HOW = "negative-distance"
GATE = "data_gate"
_TIMEOUT = 300.0
_MESSAGE = re.compile(r"DATA QUALITY FAIL.*?^next [^\n]*", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Closed:
    """What a person saw of the bad day."""

    day: str
    damage: str
    told: str
    """The gate's message in the task's log."""

    page: str
    """Address of the gate's report in Airflow's UI."""

    rows: int
    """Rows published after the repair."""


@dataclass(frozen=True)
class BadDay:
    """One day of the inference DAG, from the damage to the repair; each step finds out what is already done.

    runs: the day's run, if there is one.
    start: has Airflow make it.
    memory: file in which the story is kept for the next demo on the same folder.
    """

    client: AirflowClient
    screen: Screen
    watch: Watch
    landing: Landing
    dag_id: str
    runs: Callable[[], Runs]
    start: Callable[[], None]
    memory: Path

    def tell(self) -> Closed:
        """Lets the gate close, then repairs the day. Raises `StackError` if the gate stays open."""
        if self.memory.is_file():
            self.screen.say(f"a gate closed in front of {DAY} in an earlier run")
            return Closed(**json.loads(self.memory.read_text()))
        if not self.runs():
            self.screen.say(
                f"breaking the flights of {DAY} on purpose, as mlmax demo corrupt does: {DAMAGES[HOW].what}"
            )
            self.landing.corrupt(DAY, HOW)
            self.start()
        [run] = self.watch.follow(self.runs, _TIMEOUT, may_fail=True).values()
        told, page = self._verdict(run["dag_run_id"])
        if run["state"] == "failed":
            self.screen.say(
                f"the gate has stopped {DAY}; repairing its file and clearing the whole run, which pins it anew"
            )
            self.landing.repair(DAY)
            self.client.clear_run(self.dag_id, run["dag_run_id"])
            self.watch.follow(self.runs, _TIMEOUT)
        rows = self.client.xcom(self.dag_id, run["dag_run_id"], "publish", "rows")
        closed = Closed(str(DAY), DAMAGES[HOW].what, told, page, rows)
        self.memory.write_text(json.dumps(asdict(closed)))
        return closed

    def _verdict(self, run_id: str) -> tuple[str, str]:
        """What the gate's first try said in its log, and the address of its page."""
        log = "\n".join(self.client.log(self.dag_id, run_id, GATE, 1))
        if not (found := _MESSAGE.search(log)):
            raise StackError(
                f"the gate of {self.dag_id} did not close in front of {DAY}; its log:\n{log[-2000:]}"
            )
        return found[0], self.client.links(self.dag_id, run_id, GATE).get("Report") or ""
