"""Tags over HTTP."""

from typing import Any

import pytest


def tags(**pairs: str) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in pairs.items()]


@pytest.fixture
def arn(api: Any) -> str:
    """A training job that was created with two tags."""
    return str(api.create("TrainingJob", {"Tags": tags(a="1", b="1")})["TrainingJobArn"])


def listed(api: Any, arn: str) -> dict[str, str]:
    pages = api.client.get_paginator("list_tags").paginate(ResourceArn=arn)
    return {tag["Key"]: tag["Value"] for page in pages for tag in page["Tags"]}


def test_tags_of_a_job(api: Any, arn: str) -> None:
    """Those of Create are there; Add overwrites, Delete removes."""
    assert listed(api, arn) == {"a": "1", "b": "1"}
    answer = api.call("AddTags", ResourceArn=arn, Tags=tags(b="2", c="3"))
    assert sorted(tag["Key"] for tag in answer["Tags"]) == ["a", "b", "c"]
    assert api.call("DeleteTags", ResourceArn=arn, TagKeys=["a", "none"]) == {}
    assert listed(api, arn) == {"b": "2", "c": "3"}
    assert "Tags" not in api.describe("TrainingJob")


@pytest.mark.parametrize("kind", ["Model", "ModelPackageGroup", "ProcessingJob", "HyperParameterTuningJob"])
def test_everything_with_an_arn_has_tags(api: Any, kind: str) -> None:
    """Whatever the runtime keeps can be tagged."""
    answer = api.create(kind, {"Tags": tags(a="1")})
    assert listed(api, next(iter(answer.values()))) == {"a": "1"}


@pytest.mark.parametrize("arn", ["arn:aws:sagemaker:us-east-1:123456789012:training-job/none",
                                 "arn:aws:sagemaker:us-east-1:123456789012:endpoint/e"])  # fmt: skip
def test_an_unknown_resource(api: Any, arn: str) -> None:
    """A ValidationException with the ARN."""
    code, text = api.refused("ListTags", ResourceArn=arn)
    assert (code, text) == ("ValidationException", f"Could not find the resource {arn}")


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ([*tags(a="1"), *tags(a="2")], "Duplicate tag keys: a"),
        ([{"Key": "aws:x", "Value": ""}], "must not begin with aws:"),
        ([{"Key": f"k{n}", "Value": ""} for n in range(49)], "would have 51 tags, the limit is 50"),
    ],
    ids=["twice", "reserved", "too many"],
)
def test_rules_of_tags(api: Any, arn: str, given: list[dict[str, str]], text: str) -> None:
    """Keys are distinct, not reserved, and not too many."""
    code, message = api.refused("AddTags", ResourceArn=arn, Tags=given)
    assert code == "ValidationException"
    assert text in message


def test_create_checks_tags_too(api: Any) -> None:
    """The same rules hold when a resource is created."""
    text = api.refusal("TrainingJob", {"Tags": [*tags(a="1"), *tags(a="2")]})
    assert text == "Duplicate tag keys: a"
