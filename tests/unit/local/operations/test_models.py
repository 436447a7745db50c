"""Models and model packages over HTTP."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

ARN = "arn:aws:sagemaker:us-east-1:123456789012"


def test_a_model_lives_and_dies(api: Any) -> None:
    """Create, Describe, Delete; both unknown and duplicate are ValidationExceptions with AWS's texts."""
    assert api.create("Model") == {"ModelArn": f"{ARN}:model/model"}
    found = api.describe("Model", "model")
    assert found["PrimaryContainer"] == api.request("Model")["PrimaryContainer"]
    assert api.refused("CreateModel", **api.request("Model")) == (
        "ValidationException",
        f'Cannot create already existing model "{ARN}:model/model".',
    )
    assert api.call("DeleteModel", ModelName="model") == {}
    for operation in ("DescribeModel", "DeleteModel"):
        code, text = api.refused(operation, ModelName="model")
        assert (code, text) == ("ValidationException", f'Could not find model "{ARN}:model/model".')


def test_models_are_listed_newest_first(api: Any) -> None:
    """By time downwards unless told otherwise, in pages."""
    for name in ("b", "a", "c"):
        api.create("Model", {"ModelName": name})
    pages = api.client.get_paginator("list_models").paginate(PaginationConfig={"PageSize": 2})
    assert [model["ModelName"] for page in pages for model in page["Models"]] == ["c", "a", "b"]
    found = api.call("ListModels", SortBy="Name", SortOrder="Ascending", NameContains="b")["Models"]
    assert [model["ModelName"] for model in found] == ["b"]


def test_a_group_lives_and_dies(api: Any) -> None:
    """Describe by name or ARN; a group with packages is not deleted."""
    arn = api.create("ModelPackageGroup")["ModelPackageGroupArn"]
    assert arn == f"{ARN}:model-package-group/group"
    for name in ("group", arn):
        found = api.call("DescribeModelPackageGroup", ModelPackageGroupName=name)
        assert found["ModelPackageGroupStatus"] == "Completed"
    code, text = api.refused("CreateModelPackageGroup", ModelPackageGroupName="group")
    assert (code, text) == ("ValidationException", f"Model Package Group already exists: {arn}")
    package = api.create("ModelPackage")["ModelPackageArn"]
    assert api.refused("DeleteModelPackageGroup", ModelPackageGroupName="group")[0] == "ConflictException"
    api.call("DeleteModelPackage", ModelPackageName=package)
    api.call("DeleteModelPackageGroup", ModelPackageGroupName="group")
    code, text = api.refused("DescribeModelPackageGroup", ModelPackageGroupName="group")
    assert (code, text) == ("ValidationException", f"ModelPackageGroup {arn} does not exist.")


def test_groups_are_listed(api: Any) -> None:
    """Oldest first; nothing is shared from other accounts."""
    for name in ("b", "a"):
        api.create("ModelPackageGroup", {"ModelPackageGroupName": name})

    def names(**query: Any) -> list[str]:
        found = api.call("ListModelPackageGroups", **query)["ModelPackageGroupSummaryList"]
        return [group["ModelPackageGroupName"] for group in found]

    assert names() == ["b", "a"]
    assert names(SortBy="Name") == ["a", "b"]
    assert names(NameContains="a", SortOrder="Descending") == ["a"]
    assert names(CrossAccountFilterOption="CrossAccount") == []


def test_versions_count_up_and_are_never_reused(api: Any) -> None:
    """Each Create is the next version of the group, pending approval."""
    api.create("ModelPackageGroup")
    arns = [api.create("ModelPackage")["ModelPackageArn"] for _ in range(2)]
    assert arns == [f"{ARN}:model-package/group/1", f"{ARN}:model-package/group/2"]
    api.call("DeleteModelPackage", ModelPackageName=arns[1])
    group = {"ModelPackageGroupName": f"{ARN}:model-package-group/group"}
    assert api.create("ModelPackage", group)["ModelPackageArn"].endswith("/3")
    found = api.describe("ModelPackage", arns[0])
    assert (found["ModelPackageVersion"], found["ModelApprovalStatus"]) == (1, "PendingManualApproval")
    assert (found["ModelPackageStatus"], found["ModelPackageGroupName"]) == ("Completed", "group")
    code, text = api.refused("DescribeModelPackage", ModelPackageName=arns[1])
    assert (code, text) == ("ValidationException", f"ModelPackage {arns[1]} does not exist.")


def test_the_same_token_is_the_same_package(api: Any) -> None:
    """However often and from however many threads it is asked for."""
    api.create("ModelPackageGroup")

    def create(token: str) -> str:
        return str(api.create("ModelPackage", {"ClientToken": token})["ModelPackageArn"])

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(create, ["same"] * 8))
    assert set(found) == {f"{ARN}:model-package/group/1"}
    assert create("other").endswith("/2")


def test_a_package_without_a_group(api: Any) -> None:
    """It has a name of its own and no version."""
    single = {"ModelPackageGroupName": None, "ModelPackageName": "alone"}
    arn = api.create("ModelPackage", single)["ModelPackageArn"]
    assert arn == f"{ARN}:model-package/alone"
    found = api.describe("ModelPackage", "alone")
    assert found["ModelPackageArn"] == arn
    assert "ModelPackageVersion" not in found
    assert api.refusal("ModelPackage", single) == f"Model Package already exists: {arn}"


def test_approval_is_kept_and_told(api: Any) -> None:
    """Update changes the approval, merges properties, and sends an event to whoever waits."""
    api.create("ModelPackageGroup")
    arn = api.create("ModelPackage", {"CustomerMetadataProperties": {"a": "1", "b": "1"}})["ModelPackageArn"]
    api.call(
        "UpdateModelPackage",
        ModelPackageArn=arn,
        ModelApprovalStatus="Approved",
        ApprovalDescription="good",
        CustomerMetadataProperties={"b": "2", "c": "3"},
        CustomerMetadataPropertiesToRemove=["a"],
    )
    found = api.describe("ModelPackage", arn)
    assert (found["ModelApprovalStatus"], found["ApprovalDescription"]) == ("Approved", "good")
    assert found["CustomerMetadataProperties"] == {"b": "2", "c": "3"}
    assert found["InferenceSpecification"] == api.request("ModelPackage")["InferenceSpecification"]
    events = api.server.events.events(resource=arn)
    assert [event.detail["ModelApprovalStatus"] for event in events] == ["PendingManualApproval", "Approved"]
    assert {event.detail_type for event in events} == {"SageMaker Model Package State Change"}


def test_a_package_keeps_its_model_card(api: Any) -> None:
    """As it was given; a new one takes its place, and one that does not follow AWS's schema is refused."""
    api.create("ModelPackageGroup")
    card = {"ModelCardContent": '{"intended_uses":{"risk_rating":"Low"}}', "ModelCardStatus": "Draft"}
    arn = api.create("ModelPackage", {"ModelCard": card})["ModelPackageArn"]
    assert api.call("DescribeModelPackage", ModelPackageName=arn)["ModelCard"] == card
    approved = {**card, "ModelCardStatus": "Approved"}
    api.call("UpdateModelPackage", ModelPackageArn=arn, ModelCard=approved)
    assert api.call("DescribeModelPackage", ModelPackageName=arn)["ModelCard"] == approved
    broken = {**card, "ModelCardContent": '{"intended_uses":{"risk_rating":"low"}}'}
    for operation, place in {
        "CreateModelPackage": {"ModelPackageGroupName": "group"},
        "UpdateModelPackage": {"ModelPackageArn": arn},
    }.items():
        code, text = api.refused(operation, ModelCard=broken, **place)
        assert code == "ValidationException"
        assert "ModelCard.ModelCardContent.intended_uses.risk_rating: Input should be 'High'" in text


def test_packages_are_listed(api: Any) -> None:
    """Versions of a group by time or number, by approval; without a group only those that have no version."""
    api.create("ModelPackageGroup")
    for status in ("Approved", "Rejected", "Approved"):
        api.create("ModelPackage", {"ModelApprovalStatus": status})
    api.create("ModelPackage", {"ModelPackageGroupName": None, "ModelPackageName": "alone"})

    def names(**query: Any) -> list[str]:
        found = api.call("ListModelPackages", **query)["ModelPackageSummaryList"]
        return [package["ModelPackageArn"].rpartition("/")[2] for package in found]

    assert names() == ["alone"]
    assert names(ModelPackageType="Both") == ["1", "2", "3", "alone"]
    assert names(ModelPackageType="Versioned") == ["1", "2", "3"]
    assert names(ModelPackageGroupName="group") == ["1", "2", "3"]
    newest = {"SortBy": "CreationTime", "SortOrder": "Descending", "MaxResults": 1}
    assert names(ModelPackageGroupName="group", ModelApprovalStatus="Approved", **newest) == ["3"]
    assert names(ModelPackageGroupName="group", SortBy="Name", SortOrder="Descending") == ["3", "2", "1"]
    pages = api.client.get_paginator("list_model_packages").paginate(
        ModelPackageGroupName="group", SortBy="Name", PaginationConfig={"PageSize": 2}
    )
    assert [item["ModelPackageVersion"] for page in pages for item in page["ModelPackageSummaryList"]] == [
        1,
        2,
        3,
    ]


def test_a_model_of_a_package_takes_its_container(api: Any) -> None:
    """The archive comes from the package, and the model's own environment wins."""
    api.create("ModelPackageGroup")
    arn = api.create("ModelPackage")["ModelPackageArn"]
    container = {"ModelPackageName": arn, "Environment": {"B": "2"}}
    api.create("Model", {"PrimaryContainer": container})
    assert api.describe("Model", "model")["PrimaryContainer"] == container
    both = {
        "ModelName": "both",
        "PrimaryContainer": {**container, "ModelDataUrl": "s3://bucket/model.tar.gz"},
    }
    assert "come from the ModelPackageName" in api.refusal("Model", both)
    api.create("TransformJob")
    record = api.server.store.get("us-east-1", "Model", "model")
    assert record.answer["Container"]["ModelDataUrl"] == "s3://bucket/model.tar.gz"
    assert record.answer["Container"]["Environment"] == {"A": "1", "B": "2"}


@pytest.mark.parametrize(
    ("kind", "changes", "text"),
    [
        ("Model", {"PrimaryContainer": None}, "exactly one of PrimaryContainer, Containers"),
        ("Model", {"PrimaryContainer.Image": None}, "exactly one of Image, ModelPackageName"),
        ("Model", {"PrimaryContainer": {"ModelPackageName": "x"}}, "Could not find model package"),
        (
            "ModelPackage",
            {"ModelPackageName": "x"},
            "exactly one of ModelPackageGroupName, ModelPackageName",
        ),
        ("ModelPackage", {"ModelPackageGroupName": "none"}, "ModelPackageGroup"),
        ("ModelPackage", {"ModelPackageGroupName": None}, "is needed, found none"),
    ],
)
def test_rules_of_models(api: Any, kind: str, changes: dict[str, Any], text: str) -> None:
    """One source for the image, one for the data, and both must be there."""
    assert text in api.refusal(kind, changes)


def test_a_package_without_a_container_makes_no_model(api: Any) -> None:
    """There is nothing to load."""
    alone = {"ModelPackageGroupName": None, "ModelPackageName": "alone", "InferenceSpecification": None}
    api.create("ModelPackage", alone)
    text = api.refusal("Model", {"PrimaryContainer": {"ModelPackageName": "alone"}})
    assert "has no InferenceSpecification" in text
