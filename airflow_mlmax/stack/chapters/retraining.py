"""What the retraining DAG decides: because a person asks for a training, or because drift has lasted."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from airflow_mlmax.stack.chapters.monitoring import Monitored, monitor
from airflow_mlmax.stack.chapters.scene import RUN_TIMEOUT, Scene
from airflow_mlmax.stack.chapters.training import Version, train
from airflow_mlmax.stack.errors import StackError
from airflow_mlmax.stack.flights import BUCKET, DECISIONS, RETRAINING
from airflow_mlmax.stack.processes import wait_until

_REQUEST = "demo"


def retrain_on_request(scene: Scene, until: date) -> Version:
    """Asks for a training as a person does, and has the challenger compared with the champion."""
    scene.run(RETRAINING, _REQUEST, {"until": str(until)})
    return train(scene, f"retraining__{_REQUEST}")


def retrain_on_drift(scene: Scene, days: Sequence[date]) -> tuple[Version, list[Monitored]]:
    """Has days monitored one after the other until drift has lasted long enough for a training; gives what the monitors said.

    Nobody starts the training: the monitors' asset events do. Raises `StackError` where they do not.
    """
    findings: list[Monitored] = []
    for day in days:
        findings += (found := monitor(scene, day))
        if not any(each.violations for each in found):
            raise StackError(f"the monitors found no drift on {day}")
        decision = _decision_on_drift(scene, day)
        scene.say(
            f"{RETRAINING}: {'training' if decision['retrain'] else 'no training'}: {decision['reason']}"
        )
        if decision["retrain"]:
            return train(scene, decision["training_run_id"]), findings
    raise StackError(f"drift on {', '.join(map(str, days))} has led to no training: {decision['reason']}")


def decisions(scene: Scene) -> list[dict[str, Any]]:
    """All decisions so far as their log in S3 has them, oldest first."""
    listed = scene.s3.list_objects_v2(Bucket=BUCKET, Prefix=f"{DECISIONS}/").get("Contents", [])
    return [scene.read_json(f"s3://{BUCKET}/{item['Key']}") for item in listed]


def _decision_on_drift(scene: Scene, day: date) -> dict[str, Any]:
    """The decision that the drift event of a day has led to."""

    def about() -> Iterator[dict[str, Any]]:
        for each in decisions(scene):
            if any(event["cause"] == "drift" and event["day"] == str(day) for event in each["events"]):
                yield each

    def decided() -> bool:
        scene.stack.check()
        return any(about())

    wait_until(decided, f"the decision of {RETRAINING} on the drift of {day}", RUN_TIMEOUT)
    return next(about())
