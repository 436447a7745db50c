"""The processing job of one execution, as SageMaker would create it: inputs, paths, variables, output folder.

Names and paths are those that AWS documents for containers of one's own, in "Container Contract Inputs" of SageMaker's
developer guide, and those that the SageMaker Python SDK gives to a baseline job.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import PurePosixPath
from typing import Any

from airflow_mlmax.local.monitoring.captured import Window, s3_input
from airflow_mlmax.local.monitoring.definition import Definition

_ROOT = "/opt/ml/processing"
_BASELINE = {"ConstraintsResource": "constraints", "StatisticsResource": "stats"}
_SCRIPTS = {
    "RecordPreprocessorSourceUri": "record_preprocessor_script",
    "PostAnalyticsProcessorSourceUri": "post_analytics_processor_script",
}
_ANALYSES = {"ModelQuality": "MODEL_QUALITY", "ModelBias": "BIAS"}
_ATTRIBUTES = {
    "FeaturesAttribute": "features_attribute",
    "InferenceAttribute": "inference_attribute",
    "ProbabilityAttribute": "probability_attribute",
    "ProbabilityThresholdAttribute": "probability_threshold_attribute",
    "ExcludeFeaturesAttribute": "exclude_features_attribute",
}
_CONFIG = f"{_ROOT}/input/config"
_LABELS = f"{_ROOT}/groundtruth"
_LONGEST_RUN = 86400


def processing_request(
    definition: Definition, schedule: str, scheduled: datetime, window: Window, captured: list[dict[str, Any]]
) -> dict[str, Any]:
    """A `CreateProcessingJob` request without its name."""
    given = definition.application
    words = ("ImageUri", "ContainerEntrypoint", "ContainerArguments")
    return {
        "StoppingCondition": {"MaxRuntimeInSeconds": _LONGEST_RUN},
        **definition.shared,
        "AppSpecification": {word: given[word] for word in words if word in given},
        "ProcessingInputs": [*captured, *_more_inputs(definition)],
        "ProcessingOutputConfig": {"Outputs": [_output(definition, schedule, scheduled)]},
        "Environment": {**_environment(definition, schedule, window), **definition.environment},
    }


def _more_inputs(definition: Definition) -> list[dict[str, Any]]:
    """Baseline, scripts, configuration and labels, as far as the definition names them."""
    found = [
        s3_input(folder, definition.baseline[member]["S3Uri"], f"{_ROOT}/baseline/{folder}")
        for member, folder in _BASELINE.items()
        if definition.baseline.get(member, {}).get("S3Uri")
    ]
    application = definition.application
    found += [
        s3_input(variable.replace("_", "-"), application[member], f"{_ROOT}/code/{variable}")
        for member, variable in _SCRIPTS.items()
        if member in application
    ]
    if "ConfigUri" in application:
        found.append(s3_input("analysis-config", application["ConfigUri"], _CONFIG))
    if definition.labels:
        found.append(s3_input("groundtruth", definition.labels, _LABELS))
    return found


def _output(definition: Definition, schedule: str, scheduled: datetime) -> dict[str, Any]:
    hour = scheduled.astimezone(UTC).strftime("%Y/%m/%d/%H")
    target = {"S3UploadMode": "EndOfJob", **definition.output}
    target["S3Uri"] = f"{target['S3Uri'].rstrip('/')}/{schedule}/{hour}"
    return {"OutputName": "monitoring_output", "S3Output": target}


def _environment(definition: Definition, schedule: str, window: Window) -> dict[str, str]:
    captured, application = definition.captured, definition.application
    given = {
        "dataset_format": json.dumps(_layout(captured["DatasetFormat"])),
        "dataset_source": captured["LocalPath"],
        "output_path": definition.output["LocalPath"],
        "start_time": _text(window.start),
        "end_time": _text(window.end),
        "publish_cloudwatch_metrics": "Disabled",
        "sagemaker_monitoring_schedule_name": schedule,
        "analysis_type": _ANALYSES.get(definition.area),
        "problem_type": application.get("ProblemType"),
        "ground_truth_source": _LABELS if definition.labels else None,
        "bias_config": _below(_CONFIG, application.get("ConfigUri")),
        **{variable: captured.get(member) for member, variable in _ATTRIBUTES.items()},
        **{f"baseline_{name}": _file(definition.baseline, name) for name in ("constraints", "statistics")},
        **{
            variable: _below(f"{_ROOT}/code/{variable}", application.get(member))
            for member, variable in _SCRIPTS.items()
        },
    }
    return {name: str(value) for name, value in given.items() if value is not None}


def _layout(given: Mapping[str, Any]) -> dict[str, Any]:
    """`dataset_format` in the container's spelling: `{"csv": {"header": true}}`."""
    return {kind.lower(): {key.lower(): value for key, value in how.items()} for kind, how in given.items()}


def _file(baseline: Mapping[str, Any], name: str) -> str | None:
    member = f"{name.capitalize()}Resource"
    return _below(f"{_ROOT}/baseline/{_BASELINE[member]}", baseline.get(member, {}).get("S3Uri"))


def _below(folder: str, uri: str | None) -> str | None:
    """Where an input that is one object lies."""
    return f"{folder}/{PurePosixPath(uri).name}" if uri else None


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
