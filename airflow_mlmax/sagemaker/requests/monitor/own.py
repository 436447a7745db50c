"""The job that the package's own analyzer runs in."""

from collections.abc import Iterator, Mapping
from typing import Any

from airflow_mlmax.sagemaker.requests.monitor.arguments import ANALYSES, MonitorArguments
from airflow_mlmax.sagemaker.requests.monitor.groups import LABELS, MODEL
from airflow_mlmax.sagemaker.requests.processing import ProcessingRequest
from airflow_mlmax.sagemaker.requests.values import present, texts

OUTPUT = "report"
"""Name of the job's one output."""

DATA = "/opt/ml/processing/input/data"
BASELINE = "/opt/ml/processing/baseline"
REPORT = "/opt/ml/processing/output"
CONFIG = "/opt/ml/processing/input/config"

_ENTRY_POINT = "analyze.py"
_JSON, _ARCHIVE = ".json", ".tar.gz"
_LONGEST_VALUE = 256
"""Characters that SageMaker allows in a variable of a processing job."""


def constraints_file(kind: str) -> str:
    """The file of a baseline that a monitor compares with."""
    return "constraints.json" if kind.endswith("_quality") else "analysis.json"


def body(given: MonitorArguments) -> dict[str, Any]:
    """The request."""
    attached = {name.removesuffix(_JSON): f"{CONFIG}/{name}" for name in attachments(given)}
    return ProcessingRequest(
        role_arn=given.role_arn,
        image_uri=given.image_uri,
        entry_point=_ENTRY_POINT,
        source_uri=given.source_uri,
        inputs=inputs(given),
        outputs={OUTPUT: {"uri": given.output_uri, "local_path": REPORT}},
        compute=given.compute,
        environment={**variables(given), **attached, **(given.environment or {})},
        max_runtime=given.max_runtime,
    ).body()


def attachments(given: MonitorArguments) -> dict[str, str]:
    """Values that are too long for a variable, as files: the variable then holds the file's path."""
    values = texts(variables(given)) or {}
    return {f"{name}{_JSON}": value for name, value in values.items() if len(value) > _LONGEST_VALUE}


def faults(given: MonitorArguments) -> Iterator[str]:
    """What this analyzer lacks in the arguments."""
    if given.kind == "feature_attribution" and not str(given.model_uri or "").endswith(_ARCHIVE):
        yield f"attribution needs model_uri, the S3 URI of the model's archive (it ends in {_ARCHIVE})."


def inputs(given: MonitorArguments) -> dict[str, Any]:
    """What is mounted where; only what there is."""
    folders: Mapping[str, tuple[str | None, str]] = {
        "data": (given.data_uri, DATA),
        "labels": (given.labels_uri, LABELS),
        "model": (given.model_uri, MODEL),
        "baseline": (given.baseline_uri, BASELINE),
        "config": (given.attachments_uri, CONFIG),
    }
    return {name: {"uri": uri, "local_path": path} for name, (uri, path) in folders.items() if uri}


def variables(given: MonitorArguments) -> dict[str, Any]:
    """What the analyzer's environment says; only what was asked for."""
    known = bool(given.baseline_uri)
    statistics = known and given.kind == "data_quality"
    return present(
        analysis_type=ANALYSES[given.kind],
        dataset_format=given.layout,
        dataset_source=DATA,
        output_path=REPORT,
        start_time=given.start_time,
        end_time=given.end_time,
        baseline_constraints=f"{BASELINE}/{constraints_file(given.kind)}" if known else None,
        baseline_statistics=f"{BASELINE}/statistics.json" if statistics else None,
        record_preprocessor_script=script(given.preprocessor),
        post_analytics_processor_script=script(given.postprocessor),
        monitoring_config=given.monitoring_config,
        categorical_drift_method=given.categorical_drift_method,
        min_rows=given.min_rows,
        **({} if given.group is None else given.group.environment()),
    )


def script(name: str | None) -> str | None:
    """Where an attached script lies in the container."""
    return f"{CONFIG}/{name.rpartition('/')[2]}" if name else None
