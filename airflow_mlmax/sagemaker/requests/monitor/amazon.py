"""The jobs that AWS's own analyzers run in, for accounts that still have Model Monitor and Clarify.

Environment, paths and `analysis_config.json` are those that the SageMaker Python SDK (`sagemaker.model_monitor` and
`sagemaker.clarify`, version 2) gives them.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from airflow_mlmax.sagemaker.images import image_uri
from airflow_mlmax.sagemaker.requests.monitor import own
from airflow_mlmax.sagemaker.requests.monitor.arguments import MonitorArguments
from airflow_mlmax.sagemaker.requests.monitor.groups import Attribution, Bias
from airflow_mlmax.sagemaker.requests.processing import ProcessingRequest
from airflow_mlmax.sagemaker.requests.resources import ProcessingCompute
from airflow_mlmax.sagemaker.requests.values import present

_CONFIG = "analysis_config.json"
_MONITORED = {"data_quality", "model_quality"}
"""Kinds that Model Monitor's image analyzes; the others are Clarify's."""

_OWN_VARIABLES = {"monitoring_config", "min_rows", "slack", "ground_truth_source", "join_attribute"}
_OWN_BIAS = {"confidence", "min_facet_rows"}
_TYPES = {"csv": "text/csv", "json": "application/jsonlines", "parquet": "application/x-parquet"}
_ALL = {"methods": "all"}
_REPORT = {"report": {"name": "report", "title": "Analysis Report"}}


def image(kind: str, region: str) -> str:
    """URI of the image of a kind of monitor.

    :raises ValueError: for a region without one
    """
    if kind in _MONITORED:
        return image_uri("model-monitor", region, scope="monitoring")
    return image_uri("clarify", region, "1.0", scope="processing")


def body(given: MonitorArguments) -> dict[str, Any]:
    """The request."""
    return ProcessingRequest(
        role_arn=given.role_arn,
        image_uri=given.image_uri,
        inputs=own.inputs(given),
        outputs={own.OUTPUT: {"uri": given.output_uri, "local_path": own.REPORT}},
        compute=given.compute,
        environment={**_variables(given), **(given.environment or {})},
        max_runtime=given.max_runtime,
    ).body()


def attachments(given: MonitorArguments) -> dict[str, str]:
    """The configuration of Clarify's analysis; Model Monitor has none."""
    if given.kind in _MONITORED:
        return {}
    config = {"dataset_type": _dataset_type(given), **_analysis(given)}
    return {_CONFIG: json.dumps(config, sort_keys=True, indent=2, allow_nan=False)}


def faults(given: MonitorArguments) -> Iterator[str]:
    """Arguments that AWS's analyzers do not know."""
    for name in sorted(_OWN_VARIABLES & own.variables(given).keys()):
        yield f"AWS's analyzer knows no {name}; leave its argument out, or use the package's analyzer."
    if given.kind in _MONITORED:
        return
    if _dataset_type(given) is None:
        yield f"Clarify reads {', '.join(_TYPES)}; the data have the format {given.data_format!r}."
    if given.preprocessor or given.postprocessor:
        yield "Clarify runs no preprocessor and no postprocessor."
    for name in sorted(_OWN_BIAS & set(given.bias or {})):
        yield f"Clarify knows no bias[{name!r}] in a single job; leave it out, or use the package's analyzer."
    if given.kind == "feature_attribution" and not Attribution.of(given.attribution).model_name:
        yield "Clarify explains a model of SageMaker; give attribution['model_name']."


def _variables(given: MonitorArguments) -> dict[str, Any]:
    if given.kind not in _MONITORED:
        known = f"{own.BASELINE}/{own.constraints_file(given.kind)}" if given.baseline_uri else None
        return present(baseline_constraints=known, publish_cloudwatch_metrics="Disabled")
    variables = {**own.variables(given), "publish_cloudwatch_metrics": "Disabled"}
    if given.kind == "data_quality":
        del variables["analysis_type"]
    return variables


def _dataset_type(given: MonitorArguments) -> str | None:
    return _TYPES.get(next(iter(given.layout), ""))


def _analysis(given: MonitorArguments) -> dict[str, Any]:
    if given.kind == "bias":
        return _bias(Bias.of(given.bias))
    return _attribution(Attribution.of(given.attribution), ProcessingCompute.of(given.compute))


def _bias(asked: Bias) -> dict[str, Any]:
    predicted = asked.prediction or asked.probability
    return {
        **asked.config(),
        **present(predicted_label=predicted, probability_threshold=asked.probability_threshold),
        "methods": {
            "pre_training_bias": _ALL,
            **({"post_training_bias": _ALL} if predicted else {}),
            **_REPORT,
        },
    }


def _attribution(asked: Attribution, compute: ProcessingCompute) -> dict[str, Any]:
    shap: Mapping[str, Any] = present(
        num_samples=asked.num_samples, agg_method=asked.agg_method or "mean_abs", seed=asked.seed
    )
    return {
        "methods": {"shap": shap, **_REPORT},
        "predictor": {
            "model_name": asked.model_name,
            "instance_type": compute.instance_type,
            "initial_instance_count": 1,
            "accept_type": "text/csv",
            "content_type": asked.content_type or "text/csv",
        },
    }
