"""sts and iam through boto3."""

from typing import Any

import pytest
from botocore.exceptions import ClientError


def test_caller(runtime: Any) -> None:
    """Every caller is of the one account."""
    caller = runtime.client("sts").get_caller_identity()
    assert caller["Account"] == "123456789012"
    assert caller["Arn"].startswith("arn:aws:sts::123456789012:assumed-role/")


def test_role(runtime: Any) -> None:
    """A role's name has an ARN."""
    role = runtime.client("iam").get_role(RoleName="mlmax-local")["Role"]
    assert role["Arn"] == "arn:aws:iam::123456789012:role/mlmax-local"


@pytest.mark.parametrize(
    ("service", "operation", "arguments"),
    [
        ("iam", "list_roles", {}),
        ("sts", "assume_role", {"RoleArn": "arn:aws:iam::123456789012:role/x", "RoleSessionName": "me"}),
    ],
    ids=["iam", "sts"],
)
def test_other_operations(runtime: Any, service: str, operation: str, arguments: dict[str, str]) -> None:
    """Everything else is refused by name, in a form that boto3 reads."""
    with pytest.raises(ClientError) as caught:
        getattr(runtime.client(service), operation)(**arguments)
    error = caught.value.response["Error"]
    assert error["Code"] == "UnknownOperationException"
    assert operation.replace("_", "") in error["Message"].lower()


def test_bad_request(runtime: Any) -> None:
    """A request that breaks the model is refused with the service's own code."""
    with pytest.raises(ClientError, match="ValidationError"):
        runtime.client("iam").get_role(RoleName="x" * 65)
