"""Retraining: one task decides, by what happened and by the model's brakes, and a training run is started or not.

Each decision is an object in S3, written once: a task that is tried again, or a run that is cleared, finds its own and starts no
second training, whose run id is made of the run's.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from airflow.providers.standard.operators.trigger_dagrun import TriggerDagRunOperator
from airflow.sdk import AssetAny, AssetOrTimeSchedule, CronDataIntervalTimetable, get_current_context, task

from airflow_mlmax.hooks.numbered_log import NumberedLog
from airflow_mlmax.notifications.events import tell_decision
from airflow_mlmax.operators.identity import in_backfill, run_type
from airflow_mlmax.pipelines.access import s3_of, sagemaker_of
from airflow_mlmax.pipelines.decision import Evidence, decide, told
from airflow_mlmax.pipelines.decision_log import DecisionLog
from airflow_mlmax.pipelines.evidence import (
    Events,
    Version,
    causes_of,
    last_day,
    last_training,
    new_labels,
    on_the_way,
    parent_search,
)
from airflow_mlmax.pipelines.monitoring import data_asset, drift_asset
from airflow_mlmax.pipelines.notifying import notifier
from airflow_mlmax.pipelines.recording import record_run
from airflow_mlmax.pipelines.runs import SCHEDULED, window_end
from airflow_mlmax.settings import Settings
from airflow_mlmax.specs import ModelSpec

log = logging.getLogger(__name__)


def retraining_schedule(spec: ModelSpec) -> AssetOrTimeSchedule:
    """By the clock, and whenever new labelled data or drift of the model are told."""
    return AssetOrTimeSchedule(
        timetable=CronDataIntervalTimetable(spec.retraining.schedule, "UTC"),
        assets=AssetAny(data_asset(spec.name), drift_asset(spec.name)),
    )


def retraining_pipeline(settings: Settings, spec: ModelSpec) -> None:
    """Adds the tasks `decide`, `wanted` and `train` to the current DAG, whose params may hold `until`.

    The model's training DAG, which has the params `until` and `warm_start`, runs beside this DAG, which does not wait for it. Its conf:
    `until`, `reason`, `warm_start`.
    """
    decided: Any = _decide(settings, spec)
    train = TriggerDagRunOperator(
        task_id="train",
        trigger_dag_id=spec.dag_id("training"),
        trigger_run_id=decided["training_run_id"],
        conf=decided["conf"],
        logical_date=None,  # the window is the conf's; two runs of one moment must not collide
        skip_when_already_exists=True,  # an earlier try has triggered it
        wait_for_completion=False,
    )
    _wanted(decided["retrain"]) >> train
    record_run(settings, spec.name)


def _decide(settings: Settings, spec: ModelSpec) -> Any:
    """A task that decides. XCom: the keys of `decide`, `run_id`, `number`, `at`, `as_of`, `training_run_id`, `conf`."""
    site = _Site(settings, spec)
    place = settings.uri(spec.name, "retraining", "decisions")

    @task(
        task_id="decide",
        multiple_outputs=True,
        inlets=[drift_asset(spec.name)],
        on_success_callback=notifier(settings, spec, "decision"),
    )
    def decide_task() -> dict[str, Any]:
        context: Any = get_current_context()
        if run_type(context) == SCHEDULED:
            window_end(context, settings.data_ends)  # skips a run after the end of a replay
        run = context["dag_run"]
        decision = DecisionLog(NumberedLog(s3_of(settings), place)).record(
            run.run_id, run.run_after, lambda training: site.decision(context, training)
        )
        if decision["retrain"]:
            tell_decision(context, f"{spec.dag_id('training')} is started", decision["reason"])
        (log.warning if decision["retrain"] else log.info)("%s", told(decision))
        log.info("decision %s below %s/", decision["number"], place)
        return decision

    return decide_task()


def _wanted(retrain: Any) -> Any:
    @task.short_circuit(task_id="wanted")
    def wanted(retrain: bool) -> bool:
        return retrain

    return wanted(retrain)


@dataclass(frozen=True)
class _Site:
    """Where a decision gets its evidence from."""

    settings: Settings
    spec: ModelSpec

    def decision(self, context: Mapping[str, Any], training: Mapping[str, Any] | None) -> dict[str, Any]:
        """A decision as the log keeps it.

        :param training: the last one that was to train
        """
        run, events, spec = context["dag_run"], self._events, self.spec
        version = Version.newest(sagemaker_of(self.settings), spec.name)
        triggering = events.triggering(context)
        as_of = last_day(context, triggering)
        seen = version.training.until if version else None
        labels = spec.sources(self.settings)[spec.data.labels]
        until, rows = new_labels(s3_of(self.settings), labels, seen, as_of)
        evidence = Evidence(
            at=datetime.now(UTC),
            causes=causes_of(context, triggering),
            until=until,
            last=last_training(version, training),
            seen_until=seen,
            new_rows=rows,
            drift_days=events.drift_days(context),
            on_the_way=[*on_the_way(context["ti"], spec.dag_id("training"), run.dag_id, training)],
            backfill=in_backfill(context),
        )
        decision = decide(spec.retraining.causes, evidence)
        return {
            **decision,
            "at": evidence.at.isoformat(),
            "as_of": str(as_of),
            "events": _told_by(triggering),
            "last_retraining": training["number"] if training else None,
            "training_run_id": f"retraining__{run.run_id}" if decision["retrain"] else None,
            "conf": self._conf(decision, version) if decision["retrain"] else None,
        }

    @property
    def _events(self) -> Events:
        model = self.spec.name
        return Events({drift_asset(model): "drift", data_asset(model): "new_data"}, self.spec.retraining)

    def _conf(self, decision: Mapping[str, Any], version: Version | None) -> dict[str, Any]:
        policy = self.spec.retraining
        parent = parent_search(sagemaker_of(self.settings), policy, version)
        warm_start = {"parents": [parent], "type": policy.warm_start} if parent else None
        return {"until": decision["until"], "reason": decision["reason"], "warm_start": warm_start}


def _told_by(triggering: Mapping[Any, list[Any]]) -> list[dict[str, Any]]:
    """The events as the log keeps them: who told what of which day; their reasons lie with the monitors' reports."""
    return [
        {"cause": cause, "run_id": event.source_run_id, "day": (event.extra or {}).get("day")}
        for cause, events in triggering.items()
        for event in events
    ]
