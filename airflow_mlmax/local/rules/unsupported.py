"""Members that ask for something only AWS has. They are refused at Create, never ignored.

Members without a meaning on one machine (keys, networks, tags, instance types, experiments) are accepted and echoed.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from airflow_mlmax.sagemaker.monitoring import MONITOR_TYPES

ANY = object()


@dataclass(frozen=True)
class Refusal:
    """A member, or some of its values, that the local runtime does not have."""

    path: str
    """Member names joined by dots; `[]` behind the name of a list."""

    values: tuple[Any, ...] = (ANY,)
    instead: str = ""


_NO_PIPE = "use File or FastFile"
_S3_ONLY = "use S3DataSource"
_TRAINING = (
    Refusal("AlgorithmSpecification.AlgorithmName", instead="give TrainingImage"),
    Refusal("AlgorithmSpecification.TrainingInputMode", ("Pipe",), _NO_PIPE),
    Refusal("InputDataConfig[].InputMode", ("Pipe",), _NO_PIPE),
    Refusal("InputDataConfig[].RecordWrapperType", ("RecordIO",), "it is for Pipe mode"),
    Refusal("InputDataConfig[].CompressionType", ("Gzip",), "it is for Pipe mode"),
    Refusal("InputDataConfig[].ShuffleConfig"),
    Refusal("InputDataConfig[].DataSource.FileSystemDataSource", instead=_S3_ONLY),
    Refusal("InputDataConfig[].DataSource.DatasetSource", instead=_S3_ONLY),
    Refusal("InputDataConfig[].DataSource.S3DataSource.S3DataType", ("AugmentedManifestFile", "Converse")),
    Refusal("InputDataConfig[].DataSource.S3DataSource.AttributeNames"),
    Refusal("InputDataConfig[].DataSource.S3DataSource.ModelAccessConfig"),
    Refusal("InputDataConfig[].DataSource.S3DataSource.HubAccessConfig"),
)
_TRAINING_JOB = (
    Refusal("DebugRuleConfigurations"),
    Refusal("ProfilerRuleConfigurations"),
    Refusal("TensorBoardOutputConfig"),
    Refusal("RemoteDebugConfig.EnableRemoteDebug", (True,)),
    Refusal("ServerlessJobConfig"),
    Refusal("MlflowConfig"),
    Refusal("ModelPackageConfig"),
)
_PROCESSING = (
    Refusal("ProcessingInputs[].AppManaged", (True,)),
    Refusal("ProcessingInputs[].DatasetDefinition", instead="use S3Input"),
    Refusal("ProcessingInputs[].S3Input.S3InputMode", ("Pipe",), "use File"),
    Refusal("ProcessingInputs[].S3Input.S3CompressionType", ("Gzip",), "it is for Pipe mode"),
    Refusal("ProcessingOutputConfig.Outputs[].AppManaged", (True,)),
    Refusal("ProcessingOutputConfig.Outputs[].FeatureStoreOutput", instead="use S3Output"),
)
_TRANSFORM = (
    Refusal("TransformInput.SplitType", ("RecordIO", "TFRecord"), "use Line"),
    Refusal("TransformInput.DataSource.S3DataSource.S3DataType", ("AugmentedManifestFile", "Converse")),
)
_TUNING = (
    Refusal("HyperParameterTuningJobConfig.Strategy", ("Hyperband",), "use Bayesian, Random or Grid"),
    Refusal("HyperParameterTuningJobConfig.ParameterRanges.AutoParameters"),
    Refusal(
        "HyperParameterTuningJobConfig.TuningJobCompletionCriteria.ConvergenceDetected.CompleteOnConvergence",
        ("Enabled",),
        "use TargetObjectiveMetricValue or BestObjectiveNotImproving",
    ),
    Refusal("Autotune"),
    *(
        Refusal(f"{prefix}.{refusal.path}", refusal.values, refusal.instead)
        for prefix in ("TrainingJobDefinition", "TrainingJobDefinitions[]")
        for refusal in (*_TRAINING, Refusal("HyperParameterRanges.AutoParameters"))
    ),
)
_MODEL = (
    Refusal("Containers", instead="use PrimaryContainer"),
    Refusal("InferenceExecutionConfig"),
    Refusal("PrimaryContainer.Mode", ("MultiModel",)),
    Refusal("PrimaryContainer.MultiModelConfig"),
    Refusal("PrimaryContainer.AdditionalModelDataSources"),
    Refusal("PrimaryContainer.InferenceSpecificationName"),
)
_PACKAGE = (
    Refusal("ValidationSpecification"),
    Refusal("SourceAlgorithmSpecification", instead="use InferenceSpecification"),
)
_CAPTURED = "endpoints are not there; give BatchTransformInput, the data that a transform job captured"
_SCHEDULE = (
    Refusal(
        "MonitoringScheduleConfig.MonitoringJobDefinition.MonitoringInputs[].EndpointInput", instead=_CAPTURED
    ),
    Refusal(
        "MonitoringScheduleConfig.MonitoringJobDefinition.MonitoringInputs[].BatchTransformInput.S3InputMode",
        ("Pipe",),
        "use File",
    ),
)

_REFUSALS: Mapping[str, tuple[Refusal, ...]] = {
    "CreateTrainingJob": _TRAINING + _TRAINING_JOB,
    "CreateProcessingJob": _PROCESSING,
    "CreateTransformJob": _TRANSFORM,
    "CreateHyperParameterTuningJob": _TUNING,
    "CreateModel": _MODEL,
    "CreateModelPackage": _PACKAGE,
    "UpdateModelPackage": (Refusal("AdditionalInferenceSpecificationsToAdd"),),
    "CreateMonitoringSchedule": _SCHEDULE,
    "UpdateMonitoringSchedule": _SCHEDULE,
    **{
        each.operation("Create"): (
            Refusal(f"{each.area}JobInput.EndpointInput", instead=_CAPTURED),
            Refusal(f"{each.area}JobInput.BatchTransformInput.S3InputMode", ("Pipe",), "use File"),
        )
        for each in MONITOR_TYPES.values()
    },
}


def refusal(operation: str, request: Mapping[str, Any]) -> str | None:
    """What to say to a request that asks for too much; None if there is nothing of that kind in it."""
    for refused in _REFUSALS.get(operation, ()):
        for path, value in _found(request, refused.path.split("."), ""):
            if ANY in refused.values or value in refused.values:
                what = path if ANY in refused.values else f"{path} {value}"
                advice = f": {refused.instead}" if refused.instead else ""
                return f"The local runtime does not implement {what}{advice}."
    return None


def _found(value: Any, names: list[str], path: str) -> Iterator[tuple[str, Any]]:
    """Path and value of every member that a dotted path leads to."""
    if not names:
        yield path, value
        return
    name, is_list = names[0].removesuffix("[]"), names[0].endswith("[]")
    if name not in value:
        return
    here = f"{path}.{name}" if path else name
    if not is_list:
        yield from _found(value[name], names[1:], here)
        return
    for index, item in enumerate(value[name]):
        yield from _found(item, names[1:], f"{here}[{index}]")
