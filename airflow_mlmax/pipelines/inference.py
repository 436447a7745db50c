"""Daily scoring: resolve the approved model and the day's files, check them, score them, check and publish the predictions.

The gates decide what is scored and what is published. The monitor beside them only tells: that a day differs from the
training days is no reason to leave its readers without predictions, so here its violations are a warning.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from airflow.sdk import chain, get_current_context, task

from airflow_mlmax.operators.model import CreateModelOperator
from airflow_mlmax.operators.monitor import MonitorOperator
from airflow_mlmax.operators.processing import ProcessingJobOperator
from airflow_mlmax.operators.transform import TransformJobOperator
from airflow_mlmax.pipelines.access import s3_of, sagemaker_of
from airflow_mlmax.pipelines.gates import data_gate
from airflow_mlmax.pipelines.landing import pin_days, read_pins, write_pins
from airflow_mlmax.pipelines.lateness import lateness_of
from airflow_mlmax.pipelines.publishing import Publication
from airflow_mlmax.pipelines.recording import record_run
from airflow_mlmax.pipelines.registry import champion_of, champion_on, with_baselines, with_contract
from airflow_mlmax.pipelines.runs import interval_day, interval_parameters, run_uri
from airflow_mlmax.settings import Settings
from airflow_mlmax.specs import ModelSpec


def inference_pipeline(settings: Settings, spec: ModelSpec) -> None:
    """Adds the tasks to the current DAG, with the param `champion` (`newest`, or that of the day), and maybe `day` for a run
    without an interval.

    The suite of the gate in front of the model is the contract that the model was registered with, with the parameters
    `interval_start` and `interval_end`; what the gate lets through is scored. The Processing variant runs the
    spec's `inference.py`; the other serves the copy that `train.py` put into the model archive.
    """
    scored_uri = run_uri(settings, spec.name, "score")
    resolved: Any = _resolve(settings, spec)
    landed = data_gate(
        settings,
        spec,
        "data_gate",
        resolved["contract_uri"],
        data_uri=resolved["input_uri"],
        parameters=resolved["interval"],
        policy=spec.inference.gate,
    )
    score_by = {"transform": _transform, "processing": _processing}[spec.inference.variant]
    passed_on: Any = landed.output
    score = score_by(settings, spec, resolved, passed_on["data_uri"], scored_uri)
    rows = {"rows": passed_on["rows"]}
    suite = spec.path(spec.data.suites.predictions)
    scored = data_gate(settings, spec, "prediction_gate", suite, data_uri=scored_uri, parameters=rows)
    chain(landed, [score, _monitor(settings, spec, resolved)])
    chain(score, scored, _publish(settings, spec.name, resolved, passed_on, scored_uri))
    record_run(settings, spec.name)


def _monitor(settings: Settings, spec: ModelSpec, resolved: Any) -> MonitorOperator:
    return MonitorOperator(
        task_id="monitor",
        kind="data_quality",
        image_uri=resolved["image_uri"],
        data_uri=resolved["input_uri"],
        baseline_uri=resolved["data_quality_baseline"],
        output_uri=run_uri(settings, spec.name, "monitor"),
        on_violations="warn",
        **spec.machines(settings, "processing"),
    )


def _transform(
    settings: Settings, spec: ModelSpec, resolved: Any, rows_uri: Any, scored_uri: str
) -> TransformJobOperator:
    create = CreateModelOperator(
        task_id="create_model",
        name_prefix=spec.name,
        image_uri=resolved["image_uri"],
        model_data=resolved["model_data"],
        environment=resolved["environment"],
    )
    created: Any = create.output
    return TransformJobOperator(
        task_id="score",
        model_name=created["model_name"],
        input_uri=rows_uri,
        output_uri=scored_uri,
        content_type="text/csv",
        split_type="Line",
        assemble_with="Line",
        accept="text/csv",
        strategy="MultiRecord",
        filters={"join": "Input", "output": "$[0,-1]"},  # keep the row key and the prediction
        **spec.machines(settings, "transform"),
    )


def _processing(
    settings: Settings, spec: ModelSpec, resolved: Any, rows_uri: Any, scored_uri: str
) -> ProcessingJobOperator:
    return ProcessingJobOperator(
        task_id="score",
        image_uri=resolved["image_uri"],
        entry_point="inference.py",
        source_dir=spec.source_dir,
        inputs={"model": resolved["model_data"], "rows": rows_uri},
        outputs={"predictions": scored_uri},
        **spec.machines(settings, "processing"),
    )


def _resolve(settings: Settings, spec: ModelSpec) -> Any:
    """A task that finds what the run needs.

    XCom: the keys of `approved_model`, `data_quality_baseline` (S3 prefix), `day`, `interval` (parameters of a suite), `input_uri`
    (prefix of the day), `pins_uri` (its files with ETags).
    """

    @task(task_id="resolve", multiple_outputs=True)
    def resolve(model: str, source: str, pins_uri: str) -> dict[str, Any]:
        context = get_current_context()
        day, params = interval_day(context, settings.data_ends), context["params"]
        s3 = s3_of(settings)
        approved = with_contract(s3, _in_use(settings, model, day, newest=params["champion"] == "newest"))
        write_pins(s3, pins_uri, pin_days(s3, source, [day], lateness_of(spec.data)))
        return {
            **approved,
            "data_quality_baseline": with_baselines(approved, ["data_quality"])["baselines"]["data_quality"],
            "day": str(day),
            "interval": interval_parameters(day, day + timedelta(days=1)),
            "input_uri": f"{source}/date={day}/",
            "pins_uri": pins_uri,
        }

    source = spec.sources(settings)[spec.data.rows]
    return resolve(spec.name, source, run_uri(settings, spec.name, "pins", "rows.json"))


def _in_use(settings: Settings, model: str, day: date, *, newest: bool) -> Mapping[str, Any]:
    """The version that scores a day: the champion of that day, so that a backfill scores as it would have been scored."""
    sagemaker, champions_uri = sagemaker_of(settings), settings.champions_uri(model)
    current = champion_of(sagemaker, champions_uri, model) if newest else None
    return current or champion_on(sagemaker, champions_uri, model, day)


def _publish(settings: Settings, model: str, resolved: Any, passed_on: Any, scored_uri: str) -> Any:
    """A task that publishes. XCom: `manifest_uri`, `rows`, `rows_quarantined`, `day`, `model_version`."""

    @task(task_id="publish", multiple_outputs=True)
    def publish(
        resolved: dict[str, Any], rows_uri: str, quarantined: int, scored_uri: str, predictions_uri: str
    ) -> dict[str, Any]:
        s3, day = s3_of(settings), resolved["day"]
        version = {name: resolved[name] for name in ("model_version", "model_package_arn")}
        publication = Publication(s3, rows_uri, scored_uri, f"{predictions_uri}/interval={day}")
        pins = read_pins(s3, resolved["pins_uri"])
        done = publication.publish(pins, {"interval": day, **version}, quarantined=quarantined)
        return {**done, "day": day, "model_version": resolved["model_version"]}

    rows_uri, quarantined = passed_on["data_uri"], passed_on["quarantined"]
    return publish(resolved, rows_uri, quarantined, scored_uri, settings.uri(model, "predictions"))
