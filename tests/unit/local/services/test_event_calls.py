"""EventBridge through boto3."""

import json
import uuid
from typing import Any

import pytest
from botocore.exceptions import ClientError


def test_events_are_kept(runtime: Any) -> None:
    """What was put can be read, in the form in which a rule's target would get it."""
    source = f"test.{uuid.uuid4().hex}"
    entry = {"Source": source, "DetailType": "Done", "Detail": json.dumps({"a": [1]}), "Resources": ["arn:x"]}
    answer = runtime.client("events").put_events(Entries=[entry])
    (event,) = runtime.server.events.events("us-east-1", source=source)
    assert answer["FailedEntryCount"] == 0
    assert answer["Entries"] == [{"EventId": event.id}]
    told = event.envelope()
    assert (told["detail-type"], told["detail"], told["resources"]) == ("Done", {"a": [1]}, ["arn:x"])
    assert runtime.server.events.events(resource="arn:x", source=source) == [event]
    assert runtime.server.events.events("eu-west-1", source=source) == []


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"Detail": "no json"}, "MalformedDetail"),
        ({"Detail": "[1]"}, "MalformedDetail"),
        ({"Detail": ""}, "InvalidArgument"),
        ({"DetailType": ""}, "InvalidArgument"),
        ({"Source": "aws.sagemaker"}, "NotAuthorizedForSourceException"),
    ],
    ids=["text", "list", "no-detail", "no-type", "of-aws"],
)
def test_entries_fail_alone(runtime: Any, change: dict[str, str], code: str) -> None:
    """A bad entry is told in its place, and the good one beside it is kept."""
    good = {"Source": f"test.{uuid.uuid4().hex}", "DetailType": "Done", "Detail": "{}"}
    answer = runtime.client("events").put_events(Entries=[{**good, **change}, good])
    assert answer["FailedEntryCount"] == 1
    assert [entry.get("ErrorCode") for entry in answer["Entries"]] == [code, None]
    assert len(runtime.server.events.events(source=good["Source"])) == 1


def test_other_operations(runtime: Any) -> None:
    """Everything else is refused by name."""
    with pytest.raises(ClientError, match=r"UnknownOperationException.*ListRules"):
        runtime.client("events").list_rules()
