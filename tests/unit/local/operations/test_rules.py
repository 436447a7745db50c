"""What the service refuses beyond its model: each rule broken once, over HTTP."""

from typing import Any

import pytest

KEY = "1234abcd-12ab-34cd-56ef-1234567890ab"
SOURCE = "InputDataConfig.0.DataSource.S3DataSource"
CLUSTER = "ProcessingResources.ClusterConfig"
OUTPUT = "ProcessingOutputConfig.Outputs.0.S3Output"
CONFIG = "HyperParameterTuningJobConfig"
DEFINITION = "TrainingJobDefinition"
RANGE = f"{CONFIG}.ParameterRanges.ContinuousParameterRanges.0"


def groups(count: int) -> list[dict[str, Any]]:
    return [{"InstanceType": "ml.m5.large", "InstanceCount": count, "InstanceGroupName": "one"}]


TRAINING: dict[str, tuple[dict[str, Any], str]] = {
    "neither image nor algorithm": (
        {"AlgorithmSpecification.TrainingImage": None},
        "exactly one of TrainingImage, AlgorithmName",
    ),
    "no stopping condition": (
        {"StoppingCondition": None},
        "StoppingCondition is missing",
    ),
    "29 days": ({"StoppingCondition.MaxRuntimeInSeconds": 29 * 86400}, "at most 28 days"),
    "no resources": (
        {"ResourceConfig": None},
        "ResourceConfig is missing",
    ),
    "size unknown": ({"ResourceConfig.VolumeSizeInGB": None}, "ResourceConfig needs VolumeSizeInGB."),
    "no type": ({"ResourceConfig.InstanceType": None}, "is needed, found none"),
    "no instance": ({"ResourceConfig.InstanceCount": 0}, "ResourceConfig.InstanceCount must be at least 1."),
    "empty group": (
        {"ResourceConfig.InstanceType": None, "ResourceConfig.InstanceGroups": groups(0)},
        "an InstanceCount of at least 1 for each kind",
    ),
    "no volume": ({"ResourceConfig.VolumeSizeInGB": 0}, "VolumeSizeInGB is 0; it must be at least 1."),
    "type and groups": (
        {"ResourceConfig.InstanceGroups": groups(1)},
        "found InstanceType and InstanceGroups",
    ),
    "type and preferences": (
        {"ResourceConfig.InstancePreferences": [{"InstanceType": "ml.m5.large"}]},
        "found InstanceType and InstancePreferences",
    ),
    "preferences and spot": (
        {
            "ResourceConfig.InstanceType": None,
            "ResourceConfig.InstancePreferences": [{"InstanceType": "ml.m5.large"}],
            "EnableManagedSpotTraining": True,
            "StoppingCondition.MaxWaitTimeInSeconds": 60,
        },
        "InstancePreferences excludes EnableManagedSpotTraining",
    ),
    "preferences and placement": (
        {
            "ResourceConfig.InstanceType": None,
            "ResourceConfig.InstancePreferences": [{"InstanceType": "ml.m5.large"}],
            "ResourceConfig.InstancePlacementConfig": {"EnableMultipleJobs": True},
        },
        "InstancePreferences excludes InstancePlacementConfig",
    ),
    "spot without wait": ({"EnableManagedSpotTraining": True}, "MaxWaitTimeInSeconds is missing"),
    "spot waits too short": (
        {"EnableManagedSpotTraining": True, "StoppingCondition.MaxWaitTimeInSeconds": 59},
        "MaxWaitTimeInSeconds is 59; it includes the runtime and must be at least 60",
    ),
    "wait without spot": (
        {"StoppingCondition.MaxWaitTimeInSeconds": 60},
        "allowed only with EnableManagedSpotTraining",
    ),
    "key on local storage": (
        {"ResourceConfig.InstanceType": "ml.g5.xlarge", "ResourceConfig.VolumeKmsKeyId": KEY},
        "VolumeKmsKeyId is refused for ml.g5.xlarge",
    ),
    "channel twice": (
        {
            "InputDataConfig": [
                {
                    "ChannelName": "a",
                    "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://bucket/data"}},
                }
            ]
            * 2
        },
        "the channel 'a' occurs more than once",
    ),
    "empty source": ({"InputDataConfig.0.DataSource": {}}, "DataSource of the channel train is empty"),
    "missing data": (
        {f"{SOURCE}.S3Uri": "s3://bucket/none/"},
        'No S3 objects found under S3 URL "s3://bucket/none/" given in input data source.',
    ),
    "missing bucket": ({f"{SOURCE}.S3Uri": "s3://nobody/x"}, "No S3 objects found under S3 URL"),
    "missing manifest": (
        {f"{SOURCE}.S3DataType": "ManifestFile", f"{SOURCE}.S3Uri": "s3://bucket/data.manif"},
        "No S3 objects found under S3 URL",
    ),
    "https input": ({f"{SOURCE}.S3Uri": "https://bucket/data"}, "give an s3:// URI"),
    "local is no type": ({"ResourceConfig.InstanceType": "local"}, "Member must satisfy enum value set"),
    "newline in a hyperparameter": ({"HyperParameters": {"a": "b\nc"}}, "Map value must satisfy constraint"),
}
PROCESSING: dict[str, tuple[dict[str, Any], str]] = {
    "path outside": ({"ProcessingInputs.0.S3Input.LocalPath": "/data"}, "must lie below /opt/ml/processing/"),
    "no path": ({"ProcessingInputs.0.S3Input.LocalPath": None}, "LocalPath of an input or output is missing"),
    "no source": ({"ProcessingInputs.0.S3Input": None}, "The processing input in needs an S3Input"),
    "no target": ({OUTPUT: None}, "The processing output out needs an S3Output"),
    "relative output": ({f"{OUTPUT}.LocalPath": "out"}, "LocalPath 'out' must lie below"),
    "output is input": ({f"{OUTPUT}.LocalPath": "/opt/ml/processing/in"}, "is an input and an output"),
    "no instances": (
        {f"{CLUSTER}.InstanceType": None},
        "is needed, found none",
    ),
    "preferences without count": (
        {
            f"{CLUSTER}.InstanceType": None,
            f"{CLUSTER}.InstanceCount": None,
            f"{CLUSTER}.InstancePreferences": [{"InstanceType": "ml.m5.large"}],
        },
        "ClusterConfig needs an InstanceCount.",
    ),
    "two kinds of instances": (
        {f"{CLUSTER}.InstancePreferences": [{"InstanceType": "ml.m5.large"}]},
        "found InstanceType and InstancePreferences",
    ),
    "no count": ({f"{CLUSTER}.InstanceCount": None}, "ClusterConfig.InstanceCount must be at least 1"),
    "key on local storage": (
        {f"{CLUSTER}.InstanceType": "ml.r5d.large", f"{CLUSTER}.VolumeKmsKeyId": KEY},
        "VolumeKmsKeyId is refused for ml.r5d.large",
    ),
    "newline in arguments": (
        {"AppSpecification.ContainerArguments": ["a\nb"]},
        "Member must satisfy regular expression pattern: .*",
    ),
    "empty arguments": ({"AppSpecification.ContainerArguments": []}, "length greater than or equal to 1"),
}
TRANSFORM: dict[str, tuple[dict[str, Any], str]] = {
    "payload": ({"MaxPayloadInMB": 101}, "MaxPayloadInMB is 101; at most 100"),
    "payload times concurrency": (
        {"MaxPayloadInMB": 10, "MaxConcurrentTransforms": 11},
        "MaxPayloadInMB (10) x MaxConcurrentTransforms (11) is 110",
    ),
    "default payload times concurrency": (
        {"MaxConcurrentTransforms": 17},
        "MaxPayloadInMB (6) x MaxConcurrentTransforms (17)",
    ),
    "strategy without split": (
        {"BatchStrategy": "MultiRecord"},
        "BatchStrategy needs TransformInput.SplitType",
    ),
    "filter of an image": (
        {"TransformInput.ContentType": "image/png", "DataProcessing": {"InputFilter": "$[1:]"}},
        "TransformInput.ContentType is 'image/png'",
    ),
    "join without content type": (
        {"TransformInput.ContentType": None, "DataProcessing": {"JoinSource": "Input"}},
        "TransformInput.ContentType is None",
    ),
    "no model": ({"ModelName": "none"}, 'Could not find model "arn:aws:sagemaker:us-east-1:'),
    "no input": (
        {"TransformInput.DataSource.S3DataSource.S3Uri": "s3://bucket/none"},
        "No S3 objects found under S3 URL",
    ),
    "key on local storage": (
        {
            "TransformResources.InstanceType": "ml.g4dn.xlarge",
            "TransformResources.VolumeKmsKeyId": KEY,
        },
        "VolumeKmsKeyId is refused for ml.g4dn.xlarge",
    ),
}
TUNING: dict[str, tuple[dict[str, Any], str]] = {
    "no definition": ({DEFINITION: None}, "exactly one of TrainingJobDefinition, TrainingJobDefinitions"),
    "endless": (
        {f"{CONFIG}.ResourceLimits": {"MaxParallelTrainingJobs": 1}},
        "ResourceLimits needs MaxNumberOfTrainingJobs unless",
    ),
    "no metric definitions": (
        {f"{DEFINITION}.AlgorithmSpecification.MetricDefinitions": None},
        "the local runtime reads the objective from the log",
    ),
    "no objective": ({f"{CONFIG}.HyperParameterTuningJobObjective": None}, "no objective metric is named"),
    "unmeasured objective": (
        {f"{CONFIG}.HyperParameterTuningJobObjective.MetricName": "f1"},
        "'f1' is not among the metric definitions ['auc']",
    ),
    "nothing tuned": ({f"{CONFIG}.ParameterRanges": {}}, "at least one hyperparameter range"),
    "words as bounds": ({f"{RANGE}.MinValue": "low"}, "the bounds of 'rate' must be numbers"),
    "empty range": ({f"{RANGE}.MinValue": "0.9"}, "MinValue 0.9 of 'rate' is above MaxValue 0.5"),
    "not a number": ({f"{RANGE}.MinValue": "nan"}, "MinValue nan of 'rate'"),
    "fraction as integer": (
        {
            f"{CONFIG}.ParameterRanges": {
                "IntegerParameterRanges": [{"Name": "n", "MinValue": "1", "MaxValue": "2.5"}]
            }
        },
        "The range of n is not one of integers",
    ),
    "logarithm of zero": (
        {f"{RANGE}.MinValue": "0", f"{RANGE}.ScalingType": "Logarithmic"},
        "Logarithmic scaling of rate needs values above 0",
    ),
    "reverse logarithm of one": (
        {f"{RANGE}.MaxValue": "1", f"{RANGE}.ScalingType": "ReverseLogarithmic"},
        "ReverseLogarithmic scaling of rate needs a range within",
    ),
    "static and tuned": ({f"{DEFINITION}.StaticHyperParameters": {"rate": "1"}}, "'rate' is a fixed hyperparameter and a tuned one"),
    "grid of numbers": ({f"{CONFIG}.Strategy": "Grid"}, "Grid takes categorical ranges only, 'rate' is numeric"),
    "no instances": ({f"{DEFINITION}.ResourceConfig.InstanceCount": 0}, "InstanceCount must be at least 1"),
    "two resource forms": (
        {f"{DEFINITION}.HyperParameterTuningResourceConfig": {"InstanceType": "ml.m5.large"}},
        "found ResourceConfig and HyperParameterTuningResourceConfig",
    ),
    "tuning form without type": (
        {f"{DEFINITION}.ResourceConfig": None, f"{DEFINITION}.HyperParameterTuningResourceConfig": {"InstanceCount": 1}},
        "HyperParameterTuningResourceConfig: exactly one of InstanceType",
    ),
    "tuning form without volume": (
        {
            f"{DEFINITION}.ResourceConfig": None,
            f"{DEFINITION}.HyperParameterTuningResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1},
        },
        "needs InstanceCount and VolumeSizeInGB of at least 1",
    ),
    "missing data": ({f"{DEFINITION}.{SOURCE}.S3Uri": "s3://bucket/none"}, "No S3 objects found under S3 URL"),
    "unknown parent": (
        {
            "WarmStartConfig": {
                "WarmStartType": "TransferLearning",
                "ParentHyperParameterTuningJobs": [{"HyperParameterTuningJobName": "none"}],
            }
        },
        "Could not find the parent tuning job 'none'",
    ),
}  # fmt: skip


def broken(rules: dict[str, tuple[dict[str, Any], str]]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize(("changes", "text"), list(rules.values()), ids=list(rules))


@broken(TRAINING)
def test_training(api: Any, changes: dict[str, Any], text: str) -> None:
    """A training job that breaks one rule is refused with the text of that rule, and not stored."""
    assert text in api.refusal("TrainingJob", changes)
    assert api.server.store.records(None, "TrainingJob") == []


@broken(PROCESSING)
def test_processing(api: Any, changes: dict[str, Any], text: str) -> None:
    """The same for a processing job."""
    assert text in api.refusal("ProcessingJob", changes)


@pytest.mark.parametrize(
    ("second", "text"),
    [
        ({"InputName": "in"}, "ProcessingInputs: the name 'in' occurs more than once."),
        ({"InputName": "b"}, "LocalPath '/opt/ml/processing/in' occurs more than once."),
    ],
    ids=["name", "path"],
)
def test_processing_inputs_are_distinct(api: Any, second: dict[str, Any], text: str) -> None:
    """Neither a name nor a path stands twice."""
    first = api.request("ProcessingJob")["ProcessingInputs"][0]
    assert text in api.refusal("ProcessingJob", {"ProcessingInputs": [first, {**first, **second}]})


def test_processing_output_names_are_distinct(api: Any) -> None:
    """A name stands once among the outputs."""
    outputs = api.request("ProcessingJob")["ProcessingOutputConfig"]["Outputs"]
    text = api.refusal("ProcessingJob", {"ProcessingOutputConfig.Outputs": outputs * 2})
    assert text == "ProcessingOutputConfig.Outputs: the name 'out' occurs more than once."


def test_missing_processing_input_is_no_error_of_create(api: Any) -> None:
    """The job fails later; Create answers the ARN."""
    api.create("ProcessingJob", {"ProcessingInputs.0.S3Input.S3Uri": "s3://bucket/none"})


@broken(TRANSFORM)
def test_transform(families: Any, changes: dict[str, Any], text: str) -> None:
    """The same for a transform job."""
    assert text in families.refusal("TransformJob", changes)


@pytest.mark.parametrize(
    ("container", "text"),
    [
        ({"PrimaryContainer.ModelDataUrl": None}, "The model bare has no ModelDataUrl"),
        (
            {"PrimaryContainer.ModelDataUrl": "s3://bucket/none.tar.gz"},
            "Could not find model data at s3://bucket/none.tar.gz.",
        ),
    ],
    ids=["no archive", "missing archive"],
)
def test_transform_loads_one_archive(api: Any, container: dict[str, Any], text: str) -> None:
    """The model names an archive, and it is there."""
    api.create("Model", {"ModelName": "bare", **container})
    assert text in api.refusal("TransformJob", {"ModelName": "bare"})


@pytest.mark.parametrize(
    "content_type", ["text/csv; header=absent", "application/json", "application/jsonlines"]
)
def test_transform_filters_known_formats(families: Any, content_type: str) -> None:
    """Parameters of the content type do not matter."""
    changes = {"TransformInput.ContentType": content_type, "DataProcessing": {"JoinSource": "Input"}}
    families.create("TransformJob", changes)


@broken(TUNING)
def test_tuning(api: Any, changes: dict[str, Any], text: str) -> None:
    """The same for a tuning job."""
    assert text in api.refusal("HyperParameterTuningJob", changes)


def several(api: Any, *names: str) -> dict[str, Any]:
    """Changes that give a tuning job several definitions."""
    request = api.request("HyperParameterTuningJob")
    config = request["HyperParameterTuningJobConfig"]
    own = {
        "TuningObjective": config["HyperParameterTuningJobObjective"],
        "HyperParameterRanges": config["ParameterRanges"],
    }
    definitions = [{"DefinitionName": name, **own, **request["TrainingJobDefinition"]} for name in names]
    return {
        DEFINITION: None,
        "TrainingJobDefinitions": definitions,
        f"{CONFIG}.ParameterRanges": None,
        f"{CONFIG}.HyperParameterTuningJobObjective": None,
    }


def test_tuning_takes_several_definitions(api: Any) -> None:
    """Each with a name, an objective and ranges of its own, and distinct names."""
    twice = several(api, "a", "a")
    assert "Definition names must be distinct: a" in api.refusal("HyperParameterTuningJob", twice)
    nameless = several(api, "a")
    del nameless["TrainingJobDefinitions"][0]["HyperParameterRanges"]
    assert "needs HyperParameterRanges" in api.refusal("HyperParameterTuningJob", nameless)
    api.create("HyperParameterTuningJob", several(api, "a", "b"))


def test_grid_of_categories_needs_no_number_of_jobs(api: Any) -> None:
    """The grid itself bounds it."""
    ranges = {"CategoricalParameterRanges": [{"Name": "kind", "Values": ["a", "b"]}]}
    limits = {"MaxParallelTrainingJobs": 1}
    api.create(
        "HyperParameterTuningJob",
        {
            f"{CONFIG}.Strategy": "Grid",
            f"{CONFIG}.ParameterRanges": ranges,
            f"{CONFIG}.ResourceLimits": limits,
        },
    )


REFUSED: list[tuple[str, dict[str, Any], str]] = [
    ("TrainingJob", {"AlgorithmSpecification.TrainingInputMode": "Pipe"}, "TrainingInputMode Pipe"),
    ("TrainingJob", {"AlgorithmSpecification.AlgorithmName": "algo"}, "AlgorithmName"),
    ("TrainingJob", {"InputDataConfig.0.InputMode": "Pipe"}, "InputDataConfig[0].InputMode Pipe"),
    ("TrainingJob", {"InputDataConfig.0.RecordWrapperType": "RecordIO"}, "RecordWrapperType RecordIO"),
    ("TrainingJob", {"InputDataConfig.0.CompressionType": "Gzip"}, "CompressionType Gzip"),
    ("TrainingJob", {"InputDataConfig.0.ShuffleConfig": {"Seed": 1}}, "ShuffleConfig"),
    (
        "TrainingJob",
        {
            "InputDataConfig.0.DataSource": {
                "FileSystemDataSource": {
                    "FileSystemId": "fs-0123456789",
                    "FileSystemAccessMode": "ro",
                    "FileSystemType": "EFS",
                    "DirectoryPath": "/data",
                }
            }
        },
        "FileSystemDataSource: use S3DataSource",
    ),
    ("TrainingJob", {f"{SOURCE}.S3DataType": "AugmentedManifestFile"}, "S3DataType AugmentedManifestFile"),
    ("TrainingJob", {"RemoteDebugConfig": {"EnableRemoteDebug": True}}, "EnableRemoteDebug True"),
    (
        "TrainingJob",
        {"TensorBoardOutputConfig": {"S3OutputPath": "s3://bucket/x"}},
        "TensorBoardOutputConfig",
    ),
    (
        "TrainingJob",
        {"DebugRuleConfigurations": [{"RuleConfigurationName": "r", "RuleEvaluatorImage": "i"}]},
        "DebugRuleConfigurations",
    ),
    ("ProcessingJob", {"ProcessingInputs.0.AppManaged": True}, "ProcessingInputs[0].AppManaged True"),
    ("ProcessingJob", {"ProcessingInputs.0.DatasetDefinition": {}}, "DatasetDefinition: use S3Input"),
    ("ProcessingJob", {"ProcessingInputs.0.S3Input.S3InputMode": "Pipe"}, "S3InputMode Pipe"),
    ("ProcessingJob", {"ProcessingInputs.0.S3Input.S3CompressionType": "Gzip"}, "S3CompressionType Gzip"),
    (
        "ProcessingJob",
        {"ProcessingOutputConfig.Outputs.0.FeatureStoreOutput": {"FeatureGroupName": "f"}},
        "FeatureStoreOutput: use S3Output",
    ),
    ("TransformJob", {"TransformInput.SplitType": "RecordIO"}, "SplitType RecordIO: use Line"),
    ("TransformJob", {"TransformInput.SplitType": "TFRecord"}, "SplitType TFRecord: use Line"),
    (
        "TransformJob",
        {"TransformInput.DataSource.S3DataSource.S3DataType": "AugmentedManifestFile"},
        "S3DataType AugmentedManifestFile",
    ),
    ("HyperParameterTuningJob", {f"{CONFIG}.Strategy": "Hyperband"}, "Strategy Hyperband"),
    ("HyperParameterTuningJob", {"Autotune": {"Mode": "Enabled"}}, "Autotune"),
    (
        "HyperParameterTuningJob",
        {f"{DEFINITION}.AlgorithmSpecification.TrainingInputMode": "Pipe"},
        "TrainingJobDefinition.AlgorithmSpecification.TrainingInputMode Pipe",
    ),
    (
        "Model",
        {"ModelName": "other", "Containers": [{"Image": "a"}, {"Image": "b"}]},
        "Containers: use PrimaryContainer",
    ),
    (
        "Model",
        {"ModelName": "other", "PrimaryContainer.Mode": "MultiModel"},
        "PrimaryContainer.Mode MultiModel",
    ),
    (
        "ModelPackage",
        {"SourceAlgorithmSpecification": {"SourceAlgorithms": [{"AlgorithmName": "a"}]}},
        "SourceAlgorithmSpecification: use InferenceSpecification",
    ),
]


@pytest.mark.parametrize(
    ("kind", "changes", "what"), REFUSED, ids=[what for _kind, _changes, what in REFUSED]
)
def test_what_only_aws_has_is_refused(families: Any, kind: str, changes: dict[str, Any], what: str) -> None:
    """Never ignored: the text names the member and, where there is one, the way out."""
    text = families.refusal(kind, changes)
    assert text.startswith("The local runtime does not implement ")
    assert what in text


@pytest.mark.parametrize(
    ("kind", "changes"),
    [
        ("TrainingJob", {"AlgorithmSpecification.TrainingInputMode": "FastFile"}),
        ("TrainingJob", {"ResourceConfig.InstanceCount": 3}),
        ("TrainingJob", {f"{SOURCE}.S3DataDistributionType": "ShardedByS3Key"}),
        (
            "TrainingJob",
            {f"{SOURCE}.S3DataType": "ManifestFile", f"{SOURCE}.S3Uri": "s3://bucket/data.manifest"},
        ),
        ("TrainingJob", {"EnableManagedSpotTraining": True, "StoppingCondition.MaxWaitTimeInSeconds": 60}),
        ("TrainingJob", {"ResourceConfig.VolumeKmsKeyId": KEY, "OutputDataConfig.KmsKeyId": KEY}),
        ("TrainingJob", {"VpcConfig": {"SecurityGroupIds": ["sg-1"], "Subnets": ["subnet-1"]}}),
        ("TrainingJob", {"DebugHookConfig": {"S3OutputPath": "s3://bucket/debug"}}),
        ("TrainingJob", {"RetryStrategy": {"MaximumRetryAttempts": 2}}),
        ("ProcessingJob", {f"{CLUSTER}.InstanceCount": 3}),
        ("ProcessingJob", {"ProcessingInputs.0.AppManaged": False}),
        ("ProcessingJob", {f"{OUTPUT}.S3UploadMode": "Continuous"}),
        ("TransformJob", {"TransformInput.SplitType": "Line", "BatchStrategy": "SingleRecord"}),
        ("TransformJob", {"DataCaptureConfig": {"DestinationS3Uri": "s3://bucket/capture"}}),
        ("HyperParameterTuningJob", {f"{CONFIG}.Strategy": "Bayesian"}),
    ],
    ids=str,
)
def test_the_rest_is_accepted_and_echoed(families: Any, kind: str, changes: dict[str, Any]) -> None:
    """What works here, and what has no meaning on one machine."""
    families.create(kind, changes)
    found = families.describe(kind)
    for name, value in families.request(kind, changes).items():
        assert found[name] == value
