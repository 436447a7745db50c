"""Days that are scored by a backfill, and the same backfill once more."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from airflow_mlmax.stack.chapters.scene import RUN_TIMEOUT, Scene, Span, midnight
from airflow_mlmax.stack.errors import StackError
from airflow_mlmax.stack.flights import BUCKET, INFERENCE, PREDICTIONS
from airflow_mlmax.stack.processes import wait_until
from airflow_mlmax.stack.watch import Runs

_ACTIVE_RUNS = 3


@dataclass(frozen=True)
class ScoredDay:
    """The published predictions of one day."""

    day: str
    rows: int
    manifest_uri: str
    model_version: int | None


@dataclass(frozen=True)
class SecondPass:
    """What a second backfill of the same days did."""

    days: int
    created: int
    """SageMaker resources."""

    objects: int
    """Published objects, manifests included."""

    changed: list[str]
    """Keys of those whose bytes are not the same as before."""


def score(scene: Scene, days: Span, *, may_fail: bool = False) -> Runs:
    """Backfills the inference DAG over the days and gives its runs by day; finds done what is done.

    may_fail: a red run is an end, too.
    """

    def whole() -> Runs:
        """Nothing until Airflow has made the run of each day."""
        runs = runs_of(scene, days)
        return runs if len(runs) == len(days) else {}

    wanted = {"success", "failed"} if may_fail else {"success"}
    runs = whole()
    if runs and all(run["state"] in wanted for run in runs.values()):
        scene.say(f"{INFERENCE} is done for {days}")
        return runs
    if not runs or any(run["state"] == "failed" for run in runs.values()):
        _backfill(scene, days, "failed")
    return scene.watch(INFERENCE).follow(whole, RUN_TIMEOUT, may_fail=may_fail)


def runs_of(scene: Scene, days: Span) -> dict[str, dict[str, Any]]:
    """The runs of the inference DAG that there are, by day."""
    runs = scene.client.runs(
        INFERENCE,
        logical_date_gte=midnight(days.first).isoformat(),
        logical_date_lte=midnight(days.last).isoformat(),
    )
    return {run["logical_date"][:10]: run for run in sorted(runs, key=lambda run: run["logical_date"])}


def published(scene: Scene, days: Span) -> Iterator[ScoredDay]:
    """What readers find; raises `StackError` for a day without predictions."""
    for day, run in runs_of(scene, days).items():
        uri = scene.client.xcom(INFERENCE, run["dag_run_id"], "publish", "manifest_uri")
        manifest = scene.read_json(uri)
        if not manifest["rows"]:
            raise StackError(f"{uri} lists no rows: {day} was not scored")
        yield ScoredDay(day, manifest["rows"], uri, manifest.get("model_version"))


def score_again(scene: Scene, days: Span) -> SecondPass:
    """Backfills days once more that are done, and compares what is published before and after, byte by byte."""

    def told() -> dict[str, Any]:
        created, before = scene.created(), _bytes(scene, days)
        scene.say(f"backfilling {days} a second time: nothing is to be made again")
        _backfill(scene, days, "completed")
        scene.watch(INFERENCE).follow(lambda: runs_of(scene, days), RUN_TIMEOUT)
        after = _bytes(scene, days)
        changed = sorted(key for key in {*before, *after} if before.get(key) != after.get(key))
        return asdict(SecondPass(len(days), scene.created() - created, len(after), changed))

    return SecondPass(**scene.remembered("second-pass", told))


def _backfill(scene: Scene, days: Span, reprocess: str) -> None:
    wait_until(
        lambda: not scene.client.active_backfills(INFERENCE),
        f"the end of {INFERENCE}'s last backfill",
        RUN_TIMEOUT,
    )
    scene.say(f"backfilling {INFERENCE} over {days}")
    scene.client.backfill(
        INFERENCE,
        midnight(days.first),
        midnight(days.last),
        max_active_runs=_ACTIVE_RUNS,
        reprocess_behavior=reprocess,
    )


def _bytes(scene: Scene, days: Span) -> Mapping[str, str]:
    """ETag, which is the MD5 of its bytes, of every published object."""
    prefixes = [f"{PREDICTIONS}/interval={day}/" for day in days]
    listed = [scene.s3.list_objects_v2(Bucket=BUCKET, Prefix=prefix) for prefix in prefixes]
    return {item["Key"]: item["ETag"] for each in listed for item in each.get("Contents", [])}
