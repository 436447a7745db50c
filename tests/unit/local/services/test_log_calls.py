"""CloudWatch Logs through boto3."""

import uuid
from typing import Any

import pytest
from botocore.exceptions import ClientError


@pytest.fixture
def logs(runtime: Any) -> Any:
    return runtime.client("logs")


@pytest.fixture
def group(logs: Any) -> str:
    name = f"/test/{uuid.uuid4().hex}"
    logs.create_log_group(logGroupName=name)
    return name


@pytest.fixture
def stream(logs: Any, group: str) -> dict[str, str]:
    """A stream with the lines 0 to 9, one each second."""
    names = {"logGroupName": group, "logStreamName": "job/algo-1"}
    logs.create_log_stream(**names)
    events = [{"timestamp": 1000 * number, "message": f"line {number}"} for number in range(10)]
    logs.put_log_events(**names, logEvents=events)
    return names


def lines(answer: dict[str, Any]) -> list[int]:
    return [int(event["message"].removeprefix("line ")) for event in answer["events"]]


def test_forward_to_the_end(logs: Any, stream: dict[str, str]) -> None:
    """Reading from the head ends when the forward token stays the same, and goes on when a line comes later."""
    found, tokens = [], [""]
    while len(tokens) < 2 or tokens[-1] != tokens[-2]:
        token = {"nextToken": tokens[-1]} if tokens[-1] else {}
        answer = logs.get_log_events(**stream, limit=4, startFromHead=True, **token)
        found += lines(answer)
        tokens.append(answer["nextForwardToken"])
    assert found == list(range(10))
    logs.put_log_events(**stream, logEvents=[{"timestamp": 9000, "message": "line 10"}])
    assert lines(logs.get_log_events(**stream, nextToken=tokens[-1], startFromHead=True)) == [10]


def test_backward_from_the_end(logs: Any, stream: dict[str, str]) -> None:
    """Without `startFromHead` the newest lines come first, in order, and the backward token leads to the older."""
    newest = logs.get_log_events(**stream, limit=4)
    older = logs.get_log_events(**stream, limit=4, nextToken=newest["nextBackwardToken"])
    assert (lines(newest), lines(older)) == ([6, 7, 8, 9], [2, 3, 4, 5])
    assert lines(logs.get_log_events(**stream, nextToken=older["nextForwardToken"])) == [6, 7, 8, 9]


def test_tokens_of_an_empty_stream(logs: Any, group: str) -> None:
    """A stream without lines has tokens that lead to the first line when it comes."""
    names = {"logGroupName": group, "logStreamName": "empty"}
    logs.create_log_stream(**names)
    token = logs.get_log_events(**names)["nextForwardToken"]
    assert logs.get_log_events(**names, nextToken=token)["nextForwardToken"] == token
    logs.put_log_events(**names, logEvents=[{"timestamp": 1, "message": "line 1"}])
    assert lines(logs.get_log_events(**names, nextToken=token)) == [1]


def test_times(logs: Any, stream: dict[str, str]) -> None:
    """The end is not part of what GetLogEvents gives, and part of what FilterLogEvents gives."""
    times = {"startTime": 2000, "endTime": 4000}
    assert lines(logs.get_log_events(**stream, **times, startFromHead=True)) == [2, 3]
    assert lines(logs.filter_log_events(logGroupName=stream["logGroupName"], **times)) == [2, 3, 4]


def test_pages_stay_below_a_megabyte(logs: Any, group: str) -> None:
    """Long lines come in more pages, none of them lost."""
    names = {"logGroupName": group, "logStreamName": "long"}
    logs.create_log_stream(**names)
    for number in range(3):
        events = [{"timestamp": number * 10 + i, "message": "x" * 200_000} for i in range(4)]
        logs.put_log_events(**names, logEvents=events)
    pages = list(logs.get_paginator("filter_log_events").paginate(logGroupName=group))
    assert [len(page["events"]) for page in pages] == [5, 5, 2]
    assert len(logs.get_log_events(**names)["events"]) == 5


@pytest.mark.parametrize("size", [1, 3, 100], ids=lambda size: f"page-of-{size}")
def test_filter(logs: Any, stream: dict[str, str], size: int) -> None:
    """Lines of all streams of a prefix come in the order of their times, page by page, each with its stream."""
    group = stream["logGroupName"]
    for name in ("job/algo-2", "other/algo-1"):
        logs.create_log_stream(logGroupName=group, logStreamName=name)
        event = {"timestamp": 4500, "message": "line 99"}
        logs.put_log_events(logGroupName=group, logStreamName=name, logEvents=[event])
    pages = logs.get_paginator("filter_log_events").paginate(
        logGroupName=group, logStreamNamePrefix="job/", PaginationConfig={"PageSize": size}
    )
    found = [event for page in pages for event in page["events"]]
    assert lines({"events": found}) == [0, 1, 2, 3, 4, 99, 5, 6, 7, 8, 9]
    assert {event["logStreamName"] for event in found} == {"job/algo-1", "job/algo-2"}
    named = logs.filter_log_events(logGroupName=group, logStreamNames=["other/algo-1"])
    assert lines(named) == [99]


@pytest.mark.parametrize(
    ("pattern", "found"), [("line 3", [3]), ('"line 3"', [3]), ("7", [7]), ("LINE", [])], ids=str
)
def test_filter_pattern(logs: Any, stream: dict[str, str], pattern: str, found: list[int]) -> None:
    """All words and quoted phrases of a pattern must be in the line, in upper and lower case as given."""
    answer = logs.filter_log_events(logGroupName=stream["logGroupName"], filterPattern=pattern)
    assert lines(answer) == found


def test_streams_in_order(logs: Any, group: str) -> None:
    """Streams come by name or by their last line, from either end, page by page."""
    for name, when in (("a", 3), ("b", 1), ("c", 2)):
        logs.create_log_stream(logGroupName=group, logStreamName=name)
        event = {"timestamp": when, "message": "x"}
        logs.put_log_events(logGroupName=group, logStreamName=name, logEvents=[event])

    def names(**arguments: Any) -> str:
        pages = logs.get_paginator("describe_log_streams").paginate(
            logGroupName=group, PaginationConfig={"PageSize": 2}, **arguments
        )
        return "".join(stream["logStreamName"] for page in pages for stream in page["logStreams"])

    assert names() == "abc"
    assert names(descending=True) == "cba"
    assert names(orderBy="LastEventTime") == "bca"
    assert names(orderBy="LastEventTime", descending=True) == "acb"
    assert names(logStreamNamePrefix="b") == "b"


def test_groups(logs: Any, group: str) -> None:
    """Groups are found by prefix and by a part of their names, and a group's ARN names it too."""
    (found,) = logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"]
    assert (found["logGroupName"], found["arn"]) == (group, f"{found['logGroupArn']}:*")
    assert logs.describe_log_groups(logGroupNamePattern=group[-8:].upper())["logGroups"] == [found]
    assert logs.describe_log_streams(logGroupIdentifier=found["logGroupArn"])["logStreams"] == []


@pytest.mark.parametrize("operation", ["describe_log_streams", "filter_log_events"])
def test_missing_group(logs: Any, operation: str) -> None:
    """A missing group has AWS's own code, which readers of young jobs wait upon."""
    with pytest.raises(logs.exceptions.ResourceNotFoundException):
        getattr(logs, operation)(logGroupName="/not/there")


def test_missing_stream(logs: Any, group: str) -> None:
    """A missing stream has the same code, for readers and writers."""
    names = {"logGroupName": group, "logStreamName": "nope"}
    with pytest.raises(logs.exceptions.ResourceNotFoundException):
        logs.get_log_events(**names)
    with pytest.raises(logs.exceptions.ResourceNotFoundException):
        logs.put_log_events(**names, logEvents=[{"timestamp": 1, "message": "x"}])


def test_made_twice(logs: Any, stream: dict[str, str]) -> None:
    """Groups and streams are made once."""
    with pytest.raises(logs.exceptions.ResourceAlreadyExistsException):
        logs.create_log_group(logGroupName=stream["logGroupName"])
    with pytest.raises(logs.exceptions.ResourceAlreadyExistsException):
        logs.create_log_stream(**stream)


@pytest.mark.parametrize(
    ("operation", "arguments"),
    [
        ("get_log_events", {"logStreamName": "job/algo-1", "nextToken": "x"}),
        ("filter_log_events", {"filterPattern": "{ $.a = 1 }"}),
        ("filter_log_events", {"filterPattern": "?a ?b"}),
        ("filter_log_events", {"logStreamNames": ["job/algo-1"], "logStreamNamePrefix": "job"}),
        ("describe_log_streams", {"orderBy": "LastEventTime", "logStreamNamePrefix": "x"}),
        ("describe_log_streams", {"nextToken": "nobody"}),
        ("describe_log_streams", {"limit": 51}),
        (
            "put_log_events",
            {
                "logStreamName": "job/algo-1",
                "logEvents": [{"timestamp": 2, "message": "x"}, {"timestamp": 1, "message": "y"}],
            },
        ),
    ],
    ids=["token", "json", "any", "names-and-prefix", "prefix-by-time", "page", "limit", "disorder"],
)
def test_refusals(logs: Any, stream: dict[str, str], operation: str, arguments: dict[str, Any]) -> None:
    """What means nothing, or is not done here, is refused as AWS refuses it."""
    with pytest.raises(logs.exceptions.InvalidParameterException):
        getattr(logs, operation)(logGroupName=stream["logGroupName"], **arguments)


def test_other_operations(logs: Any) -> None:
    """Everything else is refused by name."""
    with pytest.raises(ClientError, match=r"UnknownOperationException.*DescribeQueries"):
        logs.describe_queries()
