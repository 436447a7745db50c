from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest

from airflow_mlmax.sagemaker.checks import examine, refuse
from airflow_mlmax.sagemaker.requests import RequestError

TRAINING: dict[str, Any] = {
    "TrainingJobName": "late-1",
    "RoleArn": "arn:aws:iam::123456789012:role/mlmax",
    "AlgorithmSpecification": {"TrainingImage": "image", "TrainingInputMode": "File"},
    "InputDataConfig": [
        {
            "ChannelName": "train",
            "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://b/train"}},
        }
    ],
    "OutputDataConfig": {"S3OutputPath": "s3://b/models"},
    "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 30},
    "StoppingCondition": {"MaxRuntimeInSeconds": 3600},
    "HyperParameters": {"depth": "3"},
}
PROCESSING: dict[str, Any] = {
    "ProcessingJobName": "late-1",
    "RoleArn": "arn:aws:iam::123456789012:role/mlmax",
    "AppSpecification": {"ImageUri": "image"},
    "ProcessingResources": {
        "ClusterConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 30}
    },
    "ProcessingInputs": [
        {
            "InputName": "raw",
            "S3Input": {
                "S3Uri": "s3://b/raw",
                "S3DataType": "S3Prefix",
                "S3InputMode": "File",
                "LocalPath": "/opt/ml/processing/raw",
            },
        }
    ],
    "ProcessingOutputConfig": {
        "Outputs": [
            {
                "OutputName": "train",
                "S3Output": {
                    "S3Uri": "s3://b/train",
                    "S3UploadMode": "EndOfJob",
                    "LocalPath": "/opt/ml/processing/train",
                },
            }
        ]
    },
}
TRANSFORM: dict[str, Any] = {
    "TransformJobName": "late-1",
    "ModelName": "late",
    "TransformInput": {
        "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://b/in"}},
        "ContentType": "text/csv",
        "SplitType": "Line",
    },
    "TransformOutput": {"S3OutputPath": "s3://b/out"},
    "TransformResources": {"InstanceType": "ml.m5.large", "InstanceCount": 1},
}
DEFINITION = {
    key: TRAINING[key]
    for key in (
        "RoleArn",
        "AlgorithmSpecification",
        "InputDataConfig",
        "OutputDataConfig",
        "ResourceConfig",
        "StoppingCondition",
    )
}
TUNING: dict[str, Any] = {
    "HyperParameterTuningJobName": "late-1",
    "HyperParameterTuningJobConfig": {
        "Strategy": "Random",
        "HyperParameterTuningJobObjective": {"Type": "Maximize", "MetricName": "auc"},
        "ResourceLimits": {"MaxParallelTrainingJobs": 1, "MaxNumberOfTrainingJobs": 2},
        "ParameterRanges": {
            "IntegerParameterRanges": [{"Name": "depth", "MinValue": "1", "MaxValue": "9"}],
            "CategoricalParameterRanges": [{"Name": "kind", "Values": ["a"]}],
        },
    },
    "TrainingJobDefinition": DEFINITION,
}
MODEL: dict[str, Any] = {"ModelName": "late", "PrimaryContainer": {"Image": "image"}}
PACKAGE: dict[str, Any] = {"ModelPackageGroupName": "late"}
REQUESTS = {
    "CreateTrainingJob": TRAINING,
    "CreateProcessingJob": PROCESSING,
    "CreateTransformJob": TRANSFORM,
    "CreateHyperParameterTuningJob": TUNING,
    "CreateModel": MODEL,
    "CreateModelPackage": PACKAGE,
}

CHANNEL = TRAINING["InputDataConfig"][0]
SOURCE = "InputDataConfig.0.DataSource.S3DataSource"
SEARCH = "HyperParameterTuningJobConfig"
REMOVED = object()


def broken(operation: str, changes: dict[str, Any]) -> dict[str, Any]:
    """The good request with values put at dotted paths."""
    request = deepcopy(REQUESTS[operation])
    for path, value in changes.items():
        *parents, last = [int(key) if key.isdigit() else key for key in path.split(".")]
        part: Any = request
        for key in parents:
            part = part[key]
        if value is REMOVED:
            del part[last]
        else:
            part[last] = value
    return request


@pytest.mark.parametrize("operation", REQUESTS)
def test_a_good_request_has_no_findings(operation: str) -> None:
    """What the broken ones start from is good."""
    found = examine(operation, REQUESTS[operation], strict=True)
    assert (found.errors, found.warnings) == ([], [])


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"RolArn": "x"}, "did you mean RoleArn"),
        ({"ResourceConfig.InstanceTyp": "x"}, "did you mean InstanceType"),
        ({"RoleArn": REMOVED}, "RoleArn: this required member is missing"),
        ({"HyperParameters.depth": 3}, "HyperParameters.depth: must be a string"),
        ({"ResourceConfig.InstanceCount": "one"}, "ResourceConfig.InstanceCount: must be a integer"),
        ({"RoleArn": "arn"}, "RoleArn: this has 3 characters"),
        ({"ResourceConfig.InstanceType": "ml.m5.huge"}, "'ml.m5.huge' is not an allowed value"),
        ({f"{SOURCE}.S3DataType": "Prefix"}, "'Prefix' is not an allowed value"),
        ({"TrainingJobName": "late_1"}, "TrainingJobName: 'late_1' does not match"),
        ({"TrainingJobName": "a" * 70}, "TrainingJobName: this has 70 characters"),
        ({"OutputDataConfig.S3OutputPath": "/models"}, "OutputDataConfig.S3OutputPath"),
        ({"InputDataConfig": [{**CHANNEL, "ChannelName": f"c{i}"} for i in range(21)]}, "21 items"),
        ({"HyperParameters.depth": "3" * 3000}, "3000 characters"),
        (
            {"EnableManagedSpotTraining": True, "CheckpointConfig": {"S3Uri": "s3://b/c"}},
            "MaxWaitTimeInSeconds is missing",
        ),
        ({"AlgorithmSpecification.TrainingImage": REMOVED}, "TrainingImage, AlgorithmName is needed"),
        ({"InputDataConfig": [CHANNEL, CHANNEL]}, "the channel 'train' occurs more than once"),
        ({"ResourceConfig.VolumeSizeInGB": 0}, "VolumeSizeInGB is 0"),
        ({"StoppingCondition.MaxRuntimeInSeconds": 28 * 86400 + 1}, "at most 28 days"),
    ],
    ids=[
        *("typo", "nested-typo", "missing", "number-as-text", "text-as-number", "short", "type", "data-type"),
        *("underscore", "long-name", "no-uri", "channels", "long-value", "spot", "no-image", "twice"),
        *("volume", "runtime"),
    ],
)
def test_eighteen_broken_training_requests_are_caught(changes: dict[str, Any], words: str) -> None:
    """Botocore alone finds six of these; the checker finds each, and nothing that is not there."""
    errors = examine("CreateTrainingJob", broken("CreateTrainingJob", changes), strict=True).errors
    assert words in errors[0]
    assert len({error.split(":")[0] for error in errors}) == 1


@pytest.mark.parametrize(
    ("operation", "changes", "words"),
    [
        ("CreateTrainingJob", {"ResourceConfig.SelectedInstanceType": "ml.m5.large"}, "fills this member"),
        ("CreateTrainingJob", {"ResourceConfig": REMOVED}, "ResourceConfig is missing"),
        ("CreateTrainingJob", {"StoppingCondition": REMOVED}, "StoppingCondition is missing"),
        ("CreateTrainingJob", {"ResourceConfig.InstanceCount": 0}, "InstanceCount must be at least 1"),
        (
            "CreateTrainingJob",
            {"StoppingCondition.MaxWaitTimeInSeconds": 9000},
            "only with EnableManagedSpot",
        ),
        (
            "CreateTrainingJob",
            {"EnableManagedSpotTraining": True, "StoppingCondition.MaxWaitTimeInSeconds": 60},
            "must be at least 3600",
        ),
        (
            "CreateTrainingJob",
            {"ResourceConfig.InstancePreferences": [{"InstanceType": "ml.m5.large", "InstanceCount": 1}]},
            "found InstanceType and InstancePreferences",
        ),
        (
            "CreateTrainingJob",
            {"ResourceConfig.InstanceType": "ml.g5.xlarge", "ResourceConfig.VolumeKmsKeyId": "k"},
            "refused for ml.g5.xlarge",
        ),
        ("CreateTrainingJob", {f"{SOURCE}.S3DataType": "AugmentedManifestFile"}, "only with input mode Pipe"),
        ("CreateTrainingJob", {"InputDataConfig.0.CompressionType": "Gzip"}, "only with input mode Pipe"),
        ("CreateTrainingJob", {"AlgorithmSpecification.AlgorithmName": "a"}, "found TrainingImage and"),
        ("CreateTrainingJob", {"HyperParameters.depth": "a\nb"}, "line break"),
        ("CreateProcessingJob", {"ProcessingInputs.0.S3Input.LocalPath": "/data"}, "must lie below"),
        ("CreateProcessingJob", {"ProcessingInputs.0.S3Input.LocalPath": REMOVED}, "is missing"),
        (
            "CreateProcessingJob",
            {"ProcessingInputs.0.S3Input.LocalPath": "/opt/ml/processing/train"},
            "is an input and an output",
        ),
        ("CreateProcessingJob", {"ProcessingInputs.0.S3Input.S3CompressionType": "Gzip"}, "S3InputMode Pipe"),
        (
            "CreateProcessingJob",
            {"ProcessingOutputConfig.Outputs": PROCESSING["ProcessingOutputConfig"]["Outputs"] * 2},
            "the name 'train' occurs more than once",
        ),
        ("CreateTransformJob", {"MaxPayloadInMB": 101}, "at most 100"),
        ("CreateTransformJob", {"MaxPayloadInMB": 20, "MaxConcurrentTransforms": 6}, "is 120"),
        ("CreateTransformJob", {"MaxConcurrentTransforms": 20}, "is 120"),
        (
            "CreateTransformJob",
            {"BatchStrategy": "MultiRecord", "TransformInput.SplitType": "None"},
            "needs TransformInput.SplitType",
        ),
        (
            "CreateTransformJob",
            {"DataProcessing": {"JoinSource": "Input"}, "TransformInput.ContentType": "image/png"},
            "'image/png'",
        ),
        (
            "CreateTransformJob",
            {"TransformInput.DataSource.S3DataSource.S3DataType": "AugmentedManifestFile"},
            "not possible",
        ),
        ("CreateHyperParameterTuningJob", {"TrainingJobDefinitions": [DEFINITION]}, "exactly one of"),
        ("CreateHyperParameterTuningJob", {f"{SEARCH}.Strategy": "Grid"}, "'depth' is numeric"),
        (
            "CreateHyperParameterTuningJob",
            {f"{SEARCH}.ParameterRanges.IntegerParameterRanges.0.MinValue": "10"},
            "MinValue 10 of 'depth' is above",
        ),
        (
            "CreateHyperParameterTuningJob",
            {f"{SEARCH}.ParameterRanges.IntegerParameterRanges.0.MinValue": "few"},
            "must be numbers",
        ),
        (
            "CreateHyperParameterTuningJob",
            {f"{SEARCH}.ParameterRanges.CategoricalParameterRanges.0.Name": "depth"},
            "the range of 'depth'",
        ),
        (
            "CreateHyperParameterTuningJob",
            {"TrainingJobDefinition.StaticHyperParameters": {"depth": "3"}},
            "a fixed hyperparameter and a tuned one",
        ),
        (
            "CreateHyperParameterTuningJob",
            {
                "TrainingJobDefinition.AlgorithmSpecification": {
                    **TRAINING["AlgorithmSpecification"],
                    "MetricDefinitions": [{"Name": "loss", "Regex": "loss=(.*)"}],
                }
            },
            "'auc' is not among",
        ),
        (
            "CreateHyperParameterTuningJob",
            {f"{SEARCH}.HyperParameterTuningJobObjective": REMOVED},
            "no objective metric",
        ),
        (
            "CreateHyperParameterTuningJob",
            {f"{SEARCH}.Strategy": "Hyperband", f"{SEARCH}.TrainingJobEarlyStoppingType": "Auto"},
            "wants TrainingJobEarlyStoppingType Off",
        ),
        ("CreateModel", {"PrimaryContainer": REMOVED}, "found none"),
        ("CreateModel", {"PrimaryContainer.ModelPackageName": "late"}, "found Image and ModelPackageName"),
        ("CreateModelPackage", {"Tags": [{"Key": "a", "Value": "b"}]}, "tags of its group"),
        ("CreateModelPackage", {"ModelCard": {"ModelCardContent": "{"}}, "ModelCardContent is no JSON"),
    ],
)
def test_rules_that_no_model_knows(operation: str, changes: dict[str, Any], words: str) -> None:
    """What the service refuses although botocore's model allows it is one error, in words."""
    errors = examine(operation, broken(operation, changes), strict=True).errors
    assert len(errors) == 1
    assert words in errors[0]


def test_an_unlisted_value_is_a_warning_at_run_time() -> None:
    """AWS adds instance types faster than a deployment updates botocore, so the call is left to decide."""
    request = broken("CreateTrainingJob", {"ResourceConfig.InstanceType": "ml.m99.large"})
    found = examine("CreateTrainingJob", request)
    assert found.errors == []
    assert "ml.m99.large" in found.warnings[0]


def test_an_unknown_member_names_the_installed_botocore() -> None:
    """A member of a newer API cannot be sent; the error says which botocore does not know it."""
    import botocore

    request = broken("CreateTrainingJob", {"QuantumConfig": {}})
    with pytest.raises(RequestError, match=botocore.__version__):
        refuse("CreateTrainingJob", request)


def test_all_faults_are_told_at_once() -> None:
    """A request with several faults is refused once, with all of them."""
    changes = {"RoleArn": REMOVED, "ResourceConfig.VolumeSizeInGB": 0, "InputDataConfig": [CHANNEL, CHANNEL]}
    with pytest.raises(RequestError) as refused:
        refuse("CreateTrainingJob", broken("CreateTrainingJob", changes))
    assert len(refused.value.faults) == 3
    assert all(fault in str(refused.value) for fault in refused.value.faults)


def test_a_nameless_request_is_checked_before_it_is_named() -> None:
    """A plan has no job name yet; that alone is forgiven."""
    nameless = broken("CreateTrainingJob", {"TrainingJobName": REMOVED, "RoleArn": REMOVED})
    assert len(examine("CreateTrainingJob", nameless, named=False).errors) == 1


def test_spot_without_a_checkpoint_is_a_warning() -> None:
    """It works, but each interruption costs all the work so far."""
    changes = {"EnableManagedSpotTraining": True, "StoppingCondition.MaxWaitTimeInSeconds": 7200}
    warnings = refuse("CreateTrainingJob", broken("CreateTrainingJob", changes))
    assert "starts from zero" in warnings[0]


@pytest.mark.parametrize("operation", REQUESTS)
@pytest.mark.parametrize(
    "spoil", [lambda value: [value], lambda _: None, lambda _: "x"], ids=["list", "null", "text"]
)
def test_a_value_of_a_wrong_type_never_breaks_the_checker(
    operation: str, spoil: Callable[[Any], Any]
) -> None:
    """Whatever a config holds, the answer is a list of faults, not a traceback."""
    good = REQUESTS[operation]
    for key in good:
        assert examine(operation, {**good, key: spoil(good[key])}, strict=True) is not None
