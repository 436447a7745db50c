"""The walk over botocore's model: what it finds, and how it says so in AWS's words and in plain ones."""

import subprocess
import sys
from datetime import UTC, datetime
from typing import Any

import pytest

from airflow_mlmax.sagemaker import shapes

ROLE = "arn:aws:iam::123456789012:role/mlmax-local"


def training(**changes: Any) -> dict[str, Any]:
    request = {
        "TrainingJobName": "job-1",
        "AlgorithmSpecification": {"TrainingImage": "image", "TrainingInputMode": "File"},
        "RoleArn": ROLE,
        "OutputDataConfig": {"S3OutputPath": "s3://bucket/out"},
        "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1},
        "StoppingCondition": {"MaxRuntimeInSeconds": 60},
    }
    return {**request, **changes}


def compute(**changes: Any) -> dict[str, Any]:
    return {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1, **changes}


def faults(**changes: Any) -> list[shapes.Fault]:
    return shapes.input_faults("CreateTrainingJob", training(**changes))


def test_a_good_request_has_no_fault() -> None:
    """What AWS accepts passes."""
    assert faults() == []


@pytest.mark.parametrize(
    ("changes", "path", "kind"),
    [
        ({"TrainingJobNam": "x"}, "TrainingJobNam", "unknown"),
        ({"ResourceConfig": compute(InstanceTyp="x")}, "ResourceConfig.InstanceTyp", "unknown"),
        ({"OutputDataConfig": {}}, "OutputDataConfig.S3OutputPath", "missing"),
        ({"HyperParameters": {"depth": 5}}, "HyperParameters.depth", "type"),
        ({"ResourceConfig": compute(InstanceCount="1")}, "ResourceConfig.InstanceCount", "type"),
        ({"ResourceConfig": compute(InstanceCount=True)}, "ResourceConfig.InstanceCount", "type"),
        ({"ResourceConfig": compute(InstanceCount=-1)}, "ResourceConfig.InstanceCount", "range"),
        ({"RoleArn": "short"}, "RoleArn", "length"),
        ({"ResourceConfig": compute(InstanceType="local")}, "ResourceConfig.InstanceType", "enum"),
        ({"TrainingJobName": "a_b"}, "TrainingJobName", "pattern"),
        ({"TrainingJobName": "a" * 70}, "TrainingJobName", "length"),
        ({"OutputDataConfig": {"S3OutputPath": "bucket/out"}}, "OutputDataConfig.S3OutputPath", "pattern"),
        ({"HyperParameters": {"text": "a\nb"}}, "HyperParameters.text", "pattern"),
        ({"HyperParameters": {"text": "x" * 3000}}, "HyperParameters.text", "length"),
        ({"Tags": [{"Key": "a", "Value": "bad\u0007"}]}, "Tags[0].Value", "pattern"),
        ({"ResourceConfig": compute(SelectedInstanceCount=1)}, "ResourceConfig.SelectedInstanceCount", "answer-only"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_one_fault_is_found(changes: dict[str, Any], path: str, kind: str) -> None:
    """Each kind of mistake is found once or more, at its own path."""
    assert (path, kind) in [(fault.dotted, fault.kind) for fault in faults(**changes)]


def test_digits_are_ascii_and_tags_are_unicode() -> None:
    """Java's word characters mean ASCII, its property classes mean Unicode."""
    assert [fault.kind for fault in faults(TrainingJobName="jöb")] == ["pattern"]
    assert faults(Tags=[{"Key": "größe", "Value": "número 5"}]) == []


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        (
            {"TrainingJobName": "a_b"},
            (
                "1 validation error detected: Value 'a_b' at 'trainingJobName' failed to satisfy constraint: "
                "Member must satisfy regular expression pattern: [a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}"
            ),
        ),
        (
            {"TrainingJobName": "a" * 64, "OutputDataConfig": {}},
            (
                f"3 validation errors detected: Value '{'a' * 64}' at 'trainingJobName' failed to satisfy constraint: "
                "Member must have length less than or equal to 63; "
                f"Value '{'a' * 64}' at 'trainingJobName' failed to satisfy constraint: Member must satisfy regular "
                "expression pattern: [a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}; "
                "Value null at 'outputDataConfig.s3OutputPath' failed to satisfy constraint: Member must not be null"
            ),
        ),
        (
            {"Environment": {"a": "b", "c": "x" * 600}},
            (
                f"1 validation error detected: Value '{{a=b, c={'x' * 600}}}' at 'environment' failed to satisfy "
                "constraint: Map value must satisfy constraint: [Member must have length less than or equal to 512, "
                "Member must have length greater than or equal to 0, "
                r"Member must satisfy regular expression pattern: [\S\s]*]"
            ),
        ),
        (
            {"Tags": [{"Key": "k"}]},
            (
                "1 validation error detected: Value null at 'tags.1.member.value' failed to satisfy constraint: "
                "Member must not be null"
            ),
        ),
    ],
    ids=["pattern", "several", "map value", "list item"],
)
def test_the_words_of_aws(changes: dict[str, Any], text: str) -> None:
    """The text is the one that real accounts were seen to answer."""
    assert shapes.aws_text(faults(**changes)) == text


def test_aws_ignores_what_it_does_not_know() -> None:
    """Unknown members are nothing to AWS; a wrong type is a serialization error before all else."""
    assert shapes.aws_text(faults(Surprise=1)) == ""
    assert shapes.serialization_text(faults(Surprise=1)) is None
    found = faults(ResourceConfig=compute(InstanceCount="1"))
    assert (
        shapes.serialization_text(found)
        == "Expected integer at 'resourceConfig.instanceCount' but found string"
    )


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"Hyperparameters": {}}, "Hyperparameters: the installed botocore"),
        ({"Hyperparameters": {}}, "did you mean HyperParameters?"),
        ({"ResourceConfig": compute(InstanceType="ml.m5.larg")}, "did you mean 'ml.m5.large'?"),
        ({"TrainingJobName": "a" * 64}, "TrainingJobName: this has 64 characters, allowed are at most 63"),
        (
            {"HyperParameters": {"a": "b\nc"}},
            "HyperParameters.a: 'b\\nc' (it holds a line break) does not match",
        ),
        ({"HyperParameters": {"a": 1}}, "HyperParameters.a: must be a string, not 1 (number)"),
        ({"RoleArn": None}, "RoleArn: must be a string, not None (null)"),
        ({"OutputDataConfig": {}}, "OutputDataConfig.S3OutputPath: this required member is missing"),
        ({"ResourceConfig": compute(SelectedInstanceCount=1)}, "take it out of the request"),
        (
            {"ResourceConfig": compute(InstanceCount=-1)},
            "ResourceConfig.InstanceCount: -1 must be at least 0",
        ),
        ({"HyperParameters": {"k" * 300: "v"}}, "the key of this entry has 300 characters"),
    ],
)
def test_plain_words_say_what_to_do(changes: dict[str, Any], words: str) -> None:
    """A person reads where, what and the way out."""
    assert words in "\n".join(shapes.plain_text(faults(**changes)))


def test_known_members_step_into_lists() -> None:
    """The path leads through lists; a path to nowhere has no members."""
    assert "ChannelName" in shapes.known_members("CreateTrainingJob", "InputDataConfig")
    assert "S3Uri" in shapes.known_members(
        "CreateTrainingJob", "InputDataConfig", "DataSource", "S3DataSource"
    )
    assert shapes.known_members("CreateTrainingJob", "Nothing", "Deeper") == frozenset()


def test_known_request_drops_what_aws_ignores() -> None:
    """Unknown and null members vanish on every level; wrong types stay for the checker."""
    request = {
        "TrainingJobName": 1,
        "X": 1,
        "ResourceConfig": {"Y": 1, "InstanceCount": 1, "KeepAlive": None},
    }
    assert shapes.known_request("CreateTrainingJob", request) == {
        "TrainingJobName": 1,
        "ResourceConfig": {"InstanceCount": 1},
    }


def test_answers_hold_epoch_seconds_and_known_members() -> None:
    """Datetimes turn into numbers, unknown and null members vanish."""
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    answer = {"CreationTime": moment, "FailureReason": None, "Invented": 1}
    assert shapes.shape_answer("DescribeTrainingJob", answer) == {"CreationTime": moment.timestamp()}
    assert shapes.shape_answer("StopTrainingJob", {"X": 1}) == {}


@pytest.mark.parametrize(
    ("operation", "answer", "words"),
    [
        ("CreateTrainingJob", {}, "TrainingJobArn: this required member is missing"),
        ("CreateTrainingJob", {"TrainingJobArn": "arn", "Invented": 1}, "Invented"),
        ("StopTrainingJob", {"Invented": 1}, "answers nothing"),
    ],
    ids=["missing", "invented", "no members"],
)
def test_a_strict_answer_invents_nothing(operation: str, answer: dict[str, Any], words: str) -> None:
    """Strict mode raises for anything that the model does not have or asks for."""
    with pytest.raises(ValueError, match=words):
        shapes.shape_answer(operation, answer, strict=True)


def test_every_pattern_of_the_model_is_usable_or_skipped() -> None:
    """No pattern of the installed model raises, with or without the optional engine."""
    model = shapes.service_model()
    patterns = {model.shape_for(name).metadata.get("pattern") for name in model.shape_names} - {None}
    unusable = [pattern for pattern in patterns if shapes._pattern(pattern) is None]
    assert len(unusable) <= 1
    code = (
        "import sys; sys.modules['regex'] = None\n"
        "from airflow_mlmax.sagemaker import shapes\n"
        "assert 'botocore' not in sys.modules\n"
        "print([f.dotted for f in shapes.input_faults('AddTags', {'ResourceArn': 'arn:a', 'Tags': "
        "[{'Key': '\\a', 'Value': 'x' * 300}]}) if f.kind != 'pattern'])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "['Tags[0].Value']"
