"""Daily monitoring: what came of the predictions of a day, compared with the baselines of the model that made them.

A day is looked at when its labels have come. A monitor with violations is red, unless the model's monitors say `warn`; the
task `drift` runs whatever the monitors say and tells the reasons to whoever schedules on the drift asset, so it is green
although the run is red: an asset event of a failed task is not sent.
"""

import logging
from datetime import date
from typing import Any

from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import Asset, AssetAlias, TriggerRule, chain, get_current_context, task

from airflow_mlmax.operators.monitor import MonitorOperator
from airflow_mlmax.operators.processing import ProcessingJobOperator
from airflow_mlmax.pipelines.access import s3_of, sagemaker_of
from airflow_mlmax.pipelines.drift import drift_of, told
from airflow_mlmax.pipelines.labels import LabelsSensor
from airflow_mlmax.pipelines.monitors import comparisons
from airflow_mlmax.pipelines.observation import Sources, observe
from airflow_mlmax.pipelines.recording import record_run
from airflow_mlmax.pipelines.registry import model_version, with_baselines
from airflow_mlmax.pipelines.runs import run_uri
from airflow_mlmax.settings import Settings
from airflow_mlmax.specs import ModelSpec

log = logging.getLogger(__name__)


def drift_asset(model: str) -> Asset:
    """What a DAG schedules on to act when a model's data, predictions or quality drift."""
    return Asset(f"x-mlmax://{model}/drift")


def data_asset(model: str) -> Asset:
    """What a DAG schedules on to act when a day's rows have passed the gates and their labels have come."""
    return Asset(f"x-mlmax://{model}/labelled")


def monitoring_pipeline(settings: Settings, spec: ModelSpec) -> None:
    """Adds the tasks to the current DAG, whose params may hold `day` for a run without an interval."""
    data, places = spec.data, spec.sources(settings)
    come = LabelsSensor(task_id="labels", settings=settings, labels=places[data.labels])
    sources = Sources(places[data.rows], places[data.labels], settings.uri(spec.name, "predictions"))
    resolved: Any = _resolve(settings, spec, sources, come.output)
    collect = ProcessingJobOperator(
        task_id="collect",
        image_uri=resolved["image_uri"],
        entry_point="collect.py",
        source_dir=spec.source_dir,
        inputs={
            name: {"uri": resolved[f"{what}_manifest"], "data_type": "ManifestFile"}
            for name, what in ((data.rows, "rows"), (data.labels, "labels"), ("predictions", "predictions"))
        },
        outputs={
            name: run_uri(settings, spec.name, "collect", name) for name in ("rows", "outcomes", "summary")
        },
        **spec.machines(settings, "processing"),
    )
    collected: Any = collect.output
    compared = comparisons(
        settings, spec, resolved=resolved, rows_uri=collected["rows"], outcomes_uri=collected["outcomes"]
    )
    drift = _drift(spec.name, resolved, compared)
    chain([*compared.values()], drift)
    chain([*compared.values(), drift], EmptyOperator(task_id="verdict"))
    record_run(settings, spec.name)


def _resolve(settings: Settings, spec: ModelSpec, sources: Sources, day: Any) -> Any:
    """A task that finds what was predicted, by which version, and what that version is compared with.

    XCom: the keys of `model_version`, `<kind>_baseline` (S3 prefix) for each kind of monitor, `day`, `days`, and the URI of
    a manifest as `rows_manifest`, `labels_manifest` and `predictions_manifest`. The event of the data asset has `model`, `day` and `rows` as extra.
    """
    model, window_days = spec.name, spec.monitoring.window_days
    asset = data_asset(model)

    @task(task_id="resolve", multiple_outputs=True, outlets=[asset])
    def resolve(day: str, place: str) -> dict[str, Any]:
        s3 = s3_of(settings)
        observed = observe(s3, sources.predictions, date.fromisoformat(day), window_days)
        told_of = {"model": model, "day": day, "rows": observed.published[day]["rows"]}
        get_current_context()["outlet_events"][asset].extra.update(told_of)
        version = with_baselines(model_version(sagemaker_of(settings), observed.model_package_arn))
        return {
            **version,
            **{f"{kind}_baseline": uri for kind, uri in version["baselines"].items()},
            "day": day,
            "days": list(observed.published),
            **{f"{name}_manifest": uri for name, uri in observed.write(s3, sources, place).items()},
        }

    return resolve(day, run_uri(settings, model, "observed"))


def _drift(model: str, resolved: Any, compared: dict[str, MonitorOperator]) -> Any:
    """A task that sends the drift event, if a monitor found violations. XCom: `drift`, the event's `extra`, or None."""
    alias = AssetAlias(f"{model}-drift")
    keys = ("violation_count", "reasons", "report_uri")
    outputs: dict[str, Any] = {kind: monitor.output for kind, monitor in compared.items()}
    reports = {kind: {key: output[key] for key in keys} for kind, output in outputs.items()}
    about = {name: resolved[name] for name in ("model_package_arn", "model_version", "day", "days")}

    @task(task_id="drift", outlets=[alias], trigger_rule=TriggerRule.ALL_DONE, multiple_outputs=True)
    def drift(about: dict[str, Any], reports: dict[str, dict[str, Any]]) -> dict[str, Any]:
        found = drift_of({"model": model, **about}, reports)
        if found:
            log.warning("%s", told(found))
            get_current_context()["outlet_events"][alias].add(drift_asset(model), extra=found)
        return {"drift": found}

    return drift(about, reports)
