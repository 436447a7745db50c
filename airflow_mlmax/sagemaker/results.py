"""What a finished job gives to the tasks after it: small flat JSON, never the whole description.

Every function takes an answer of Describe and gives the same keys for every job of a family; what the answer does not
hold is None.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from airflow_mlmax.sagemaker.code import code_sha256
from airflow_mlmax.sagemaker.data_flow import output_folder
from airflow_mlmax.sagemaker.jobs import TRAINING
from airflow_mlmax.sagemaker.measures import billable_seconds
from airflow_mlmax.sagemaker.rules.reading import part, structures

_LONGEST_MESSAGE = 500
_MOST_VALUES = 40
_WORST = 5
_LONGEST_NAME = 64


def processing_result(description: Mapping[str, Any]) -> dict[str, Any]:
    """`exit_message` (up to 500 characters) and, under each output's own name, its S3 URI."""
    outputs = {
        str(item.get("OutputName")): part(item, "S3Output", "S3Uri")
        for item in structures(description, "ProcessingOutputConfig", "Outputs")
    }
    message = description.get("ExitMessage")
    return {**outputs, "exit_message": None if message is None else str(message)[:_LONGEST_MESSAGE]}


def monitor_result(description: Mapping[str, Any], output: str, constraints: str) -> dict[str, Any]:
    """`report_uri` (S3 prefix of the analyzer's output of that name), the URIs of files in it, `exit_message`.

    The files are `statistics_uri` (None where the kind of monitor has none), `constraints_uri`, `verdict_uri`.

    :param constraints: name of the file that a later monitor compares with
    """
    result = processing_result(description)
    report = str(result[output]).rstrip("/")
    return {
        "report_uri": f"{report}/",
        "statistics_uri": f"{report}/statistics.json" if constraints == "constraints.json" else None,
        "constraints_uri": f"{report}/{constraints}",
        "verdict_uri": f"{report}/verdict.json",
        "exit_message": result["exit_message"],
    }


def says_clean(exit_message: str | None) -> bool:
    """Whether an analyzer's message says that it found no violations."""
    return str(exit_message).startswith("Completed:")


def violations_result(violations: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """`violation_count`, `worst_features` and `reasons`.

    `worst_features` are up to five features or metrics, the most violations first, and of attributions the features that
    fell farthest; `reasons` up to five violations, the farthest beyond their threshold first, each
    `{feature, check, observed, threshold}`.
    """
    ordered = farthest_first(violations)
    subjects = Counter(subject for each in ordered for subject in _subjects(each))
    worst = [subject[:_LONGEST_NAME] for subject, _ in subjects.most_common(_WORST) if subject]
    reasons = [_reason(each) for each in ordered[:_WORST]]
    return {"violation_count": len(violations), "worst_features": worst, "reasons": reasons}


def farthest_first(violations: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Violations by how far they are beyond their threshold, which a reader wants to see first."""
    return sorted(violations, key=_excess, reverse=True)


def violated(violation: Mapping[str, Any]) -> str:
    """What a row of a monitor's violations is about: a feature, a metric, or a metric of a facet or a label."""
    names = ("facet", "facet_value", "label", "feature_name", "metric_name")
    return " ".join(str(violation[name]) for name in names if violation.get(name))


def training_result(description: Mapping[str, Any]) -> dict[str, Any]:
    """`model_artifacts`, `output_uri`, `checkpoint_uri` (S3 URIs), `code_sha256` and `metric_<name>` for each final metric."""
    return {
        "model_artifacts": part(description, "ModelArtifacts", "S3ModelArtifacts"),
        "output_uri": output_folder(description),
        "checkpoint_uri": part(description, "CheckpointConfig", "S3Uri"),
        "code_sha256": code_sha256(description),
        **_metrics(description),
    }


def tuning_result(
    description: Mapping[str, Any], best_training_job: Mapping[str, Any] | None
) -> dict[str, Any]:
    """The winner of a search.

    `best_training_job` (name), `best_objective`, `best_hyperparameters` (the tuned ones, texts),
    `model_artifacts` (S3 URI), `code_sha256`, `completed_jobs`, `failed_jobs`. The second argument describes the winner.
    """
    best = part(description, "BestTrainingJob")
    tuned = part(best, "TunedHyperParameters") or {}
    counters = part(description, "TrainingJobStatusCounters") or {}
    return {
        "best_training_job": part(best, "TrainingJobName"),
        "best_objective": _finite(part(best, "FinalHyperParameterTuningJobObjectiveMetric", "Value")),
        "best_hyperparameters": dict(list(tuned.items())[:_MOST_VALUES]),
        "model_artifacts": part(best_training_job, "ModelArtifacts", "S3ModelArtifacts"),
        "code_sha256": code_sha256(best_training_job),
        "completed_jobs": int(counters.get("Completed") or 0),
        "failed_jobs": sum(int(counters.get(key) or 0) for key in ("NonRetryableError", "RetryableError")),
    }


def transform_result(description: Mapping[str, Any]) -> dict[str, Any]:
    """`output_uri` (S3 prefix of the predictions), `model_name` and `capture_uri` of captured data."""
    return {
        "output_uri": part(description, "TransformOutput", "S3OutputPath"),
        "model_name": description.get("ModelName"),
        "capture_uri": part(description, "DataCaptureConfig", "DestinationS3Uri"),
    }


def children_billable_seconds(children: Iterable[Mapping[str, Any]]) -> int:
    """Instance seconds of a search: the sum over its training jobs, since its own run time is a wall clock."""
    return sum(billable_seconds(TRAINING, child) for child in children)


def _excess(violation: Mapping[str, Any]) -> float:
    """How far beyond the threshold, relative to both figures; without figures, as of a column that is gone, farthest."""
    reason = _reason(violation)
    observed, threshold = reason["observed"], reason["threshold"]
    if observed is None or threshold is None:
        return float("inf")
    return float(abs(observed - threshold) / (max(abs(observed), abs(threshold)) or 1.0))


def _subjects(violation: Mapping[str, Any]) -> list[str]:
    worst = (violation.get("details") or {}).get("worst") or ()
    return [str(each["feature"]) for each in worst] or [violated(violation)]


def _reason(violation: Mapping[str, Any]) -> dict[str, Any]:
    details = violation.get("details") or {}
    return {
        "feature": violated(violation)[:_LONGEST_NAME],
        "check": str(violation.get("constraint_check_type"))[:_LONGEST_NAME],
        "observed": _finite(details.get("observed")),
        "threshold": _finite(details.get("threshold")),
    }


def _metrics(description: Mapping[str, Any]) -> dict[str, float | None]:
    final = structures(description, "FinalMetricDataList")
    return {f"metric_{item.get('MetricName')}": _finite(item.get("Value")) for item in final[:_MOST_VALUES]}


def _finite(value: Any) -> float | None:
    """A number that JSON can say; NaN and infinity are no numbers."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    return float(value) if abs(value) < float("inf") else None
