"""What a monitor tells others beside its verdict: an asset event with reasons, and metrics."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from airflow.providers.common.compat.sdk import Asset, AssetAlias, Context

from airflow_mlmax.exceptions import ApiError
from airflow_mlmax.hooks.metrics import put_metrics
from airflow_mlmax.hooks.monitor_report import read_files
from airflow_mlmax.hooks.s3 import S3Objects
from airflow_mlmax.sagemaker.groups import group_faults
from airflow_mlmax.sagemaker.monitor_metrics import FILES, Publishing, metric_data

if TYPE_CHECKING:
    from airflow_mlmax.operators.monitor import MonitorOperator


def refuse_telling(operator: "MonitorOperator") -> None:
    """Raises ValueError for a drift asset or metrics that could not be told of."""
    if operator.drift_asset and not _aliases(operator):
        raise ValueError("drift_asset needs outlets=[AssetAlias(...)], through which its events are emitted.")
    faults = list(group_faults(Publishing, operator.publish_metrics, "publish_metrics"))
    if operator.publish_metrics and not faults:
        faults += Publishing.of(operator.publish_metrics).faults()
    if faults:
        raise ValueError(" ".join(faults))


def emit_drift(operator: "MonitorOperator", context: Context, result: Mapping[str, Any]) -> None:
    """Adds an event of the drift asset to every alias among the outlets; Airflow emits it when the task succeeds.

    `extra`: `model`, `kind`, `violations` (up to five of `{feature, check, observed, threshold}`), `violation_count`,
    `report_uri`, `day`.
    """
    if not operator.drift_asset:
        return
    at = context.get("logical_date") or context["dag_run"].run_after
    extra = {
        "model": operator.model_name,
        "kind": operator.kind,
        "violations": result["reasons"],
        "violation_count": result["violation_count"],
        "report_uri": result["report_uri"],
        "day": at.date().isoformat(),
    }
    for alias in _aliases(operator):
        context["outlet_events"][alias].add(Asset(operator.drift_asset), extra=extra)


def publish(operator: "MonitorOperator", description: Mapping[str, Any], report_uri: str) -> None:
    """Puts the metrics of a report to CloudWatch, once for each job; a refusal is a warning, for the verdict counts more."""
    if not operator.publish_metrics:
        return
    asked, objects = Publishing.of(operator.publish_metrics), S3Objects(operator.hook)
    mark = f"{report_uri}metrics-{description['ProcessingJobName']}.json"
    try:
        if objects.exists(mark):
            return
        report = read_files(objects, report_uri, FILES[operator.kind])
        data = metric_data(operator.kind, report, asked.dimensions, description["ProcessingEndTime"])
        place = asked.place(operator.kind)
        put_metrics(operator.hook, place, data)
        objects.write_json(mark, {"namespace": place, "metrics": len(data)})
    except ApiError as error:
        operator.log.warning("No metrics, or not all, are in CloudWatch: %s", error)
        return
    operator.log.info("%d metrics are in CloudWatch's namespace %s.", len(data), place)


def _aliases(operator: "MonitorOperator") -> list[AssetAlias]:
    return [outlet for outlet in operator.outlets if isinstance(outlet, AssetAlias)]
