"""A day whose file is broken: its gate closes, the file is repaired, and the same run passes."""

import re
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from airflow_mlmax.stack.chapters.scene import RUN_TIMEOUT, Scene, Span
from airflow_mlmax.stack.chapters.scoring import runs_of, score
from airflow_mlmax.stack.corruption import Landing
from airflow_mlmax.stack.damage import DAMAGES
from airflow_mlmax.stack.errors import StackError
from airflow_mlmax.stack.flights import BUCKET, INFERENCE

_GATE = "data_gate"
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


def score_bad_file(scene: Scene, days: Span, day: date, how: str) -> Closed:
    """Breaks the file of one of the days, has all of them scored, and repairs the day that its gate has stopped.

    Raises `StackError` if the gate stays open.
    """

    def told() -> dict[str, Any]:
        if str(day) not in runs_of(scene, days):
            scene.say(
                f"breaking the flights of {day} on purpose, as mlmax demo corrupt does: {DAMAGES[how].what}"
            )
            landing.corrupt(day, how)
        run = score(scene, days, may_fail=True)[str(day)]
        message, page = _verdict(scene, run["dag_run_id"], day)
        if run["state"] == "failed":
            scene.say(
                f"the gate has stopped {day}; repairing its file and clearing the whole run, which pins it anew"
            )
            landing.repair(day)
            scene.client.clear_run(INFERENCE, run["dag_run_id"])
            scene.watch(INFERENCE).follow(lambda: runs_of(scene, Span(day, day)), RUN_TIMEOUT)
        score(scene, days)
        rows = scene.client.xcom(INFERENCE, run["dag_run_id"], "publish", "rows")
        return asdict(Closed(str(day), DAMAGES[how].what, message, page, rows))

    landing = Landing(scene.stack.endpoint, BUCKET)
    return Closed(**scene.remembered(f"closed-gate-{day}", told))


def _verdict(scene: Scene, run_id: str, day: date) -> tuple[str, str]:
    """What the gate's first try said in its log, and the address of its page."""
    log = "\n".join(scene.client.log(INFERENCE, run_id, _GATE, 1))
    if not (found := _MESSAGE.search(log)):
        raise StackError(f"the gate of {INFERENCE} did not close in front of {day}; its log:\n{log[-2000:]}")
    return found[0], scene.client.links(INFERENCE, run_id, _GATE).get("Report") or ""
