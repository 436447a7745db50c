"""Amazon CloudWatch Logs' operations."""

import itertools
import json
import re
from collections.abc import Iterable, Sequence
from typing import Any

from airflow_mlmax.local.errors import ServiceError
from airflow_mlmax.local.resources import ACCOUNT
from airflow_mlmax.local.services.logs import LogEvent, LogStore, LogStream, Position, Span

_MOST_EVENTS = 10_000
_MOST_BYTES = 2**20
"""Of one page of events, each counted with 26 bytes beside its message."""

_PER_EVENT = 26
_PAGE = 50
_TOKEN = re.compile(r"([fb])/(\d+)/(\d+)")
_TERM = re.compile(r'"([^"]*)"|([^\s"]+)')
_SPECIAL = re.compile(r"^\s*[\[{%]|(^|\s)[?-]")
"""Beginnings of the filter patterns that ask for more than words."""


def operations(logs: LogStore) -> dict[str, Any]:
    calls = LogCalls(logs)
    return {
        "CreateLogGroup": calls.create_log_group,
        "CreateLogStream": calls.create_log_stream,
        "DescribeLogGroups": calls.describe_log_groups,
        "DescribeLogStreams": calls.describe_log_streams,
        "FilterLogEvents": calls.filter_log_events,
        "GetLogEvents": calls.get_log_events,
        "PutLogEvents": calls.put_log_events,
    }


class LogCalls:
    """The operations over one store."""

    def __init__(self, logs: LogStore) -> None:
        self._logs = logs

    def create_log_group(self, region: str, request: dict[str, Any]) -> dict[str, Any]:
        if not self._logs.create_group(region, request["logGroupName"]):
            raise ServiceError("ResourceAlreadyExistsException", "The specified log group already exists")
        return {}

    def create_log_stream(self, region: str, request: dict[str, Any]) -> dict[str, Any]:
        group = self._group(region, request)
        if not self._logs.create_stream(region, group, request["logStreamName"]):
            raise ServiceError("ResourceAlreadyExistsException", "The specified log stream already exists")
        return {}

    def put_log_events(self, region: str, request: dict[str, Any]) -> dict[str, Any]:
        stream = self._stream(region, self._group(region, request), request["logStreamName"])
        lines = [(event["timestamp"], event["message"]) for event in request["logEvents"]]
        if any(earlier > later for (earlier, _), (later, _) in itertools.pairwise(lines)):
            raise _invalid("Log events in a single PutLogEvents request must be in chronological order.")
        self._logs.append(stream.number, lines)
        return {"nextSequenceToken": str(stream.number)}

    def describe_log_groups(self, region: str, request: dict[str, Any]) -> dict[str, Any]:
        prefix, part = request.get("logGroupNamePrefix", ""), request.get("logGroupNamePattern", "")
        groups = [
            {
                "logGroupName": name,
                "creationTime": created,
                "arn": f"{_arn(region, name)}:*",
                "logGroupArn": _arn(region, name),
                "storedBytes": 0,
                "metricFilterCount": 0,
            }
            for name, created in self._logs.groups(region).items()
            if name.startswith(prefix) and part.lower() in name.lower()
        ]
        page, token = _page(groups, request, "logGroupName")
        return {"logGroups": page, "nextToken": token}

    def describe_log_streams(self, region: str, request: dict[str, Any]) -> dict[str, Any]:
        group = self._group(region, request)
        prefix, by_time = request.get("logStreamNamePrefix", ""), request.get("orderBy") == "LastEventTime"
        if prefix and by_time:
            raise _invalid("Cannot order by LastEventTime with a logStreamNamePrefix.")
        streams = self._logs.streams(region, group, prefix)
        if by_time:
            streams.sort(key=lambda stream: (stream.last or 0, stream.name))
        if request.get("descending"):
            streams.reverse()
        told = [_told(region, group, stream) for stream in streams]
        page, token = _page(told, request, "logStreamName")
        return {"logStreams": page, "nextToken": token}

    def get_log_events(self, region: str, request: dict[str, Any]) -> dict[str, Any]:
        """At the end of the stream the forward token stays the same, which is how readers know."""
        stream = self._stream(region, self._group(region, request), request["logStreamName"])
        span = Span(request.get("startTime"), request.get("endTime"))
        limit = request.get("limit", _MOST_EVENTS)
        forward, position = _position(request)
        if forward:
            events = _within_a_page(self._logs.after([stream.number], span, position, limit))
        else:
            newest_first = self._logs.before([stream.number], span, position, limit)[::-1]
            events = _within_a_page(newest_first)[::-1]
        first, last = (_place(events[0]), _place(events[-1])) if events else (position or (0, 0),) * 2
        return {
            "events": [_event(event) for event in events],
            "nextForwardToken": f"f/{last[0]}/{last[1]}",
            "nextBackwardToken": f"b/{first[0]}/{first[1]}",
        }

    def filter_log_events(self, region: str, request: dict[str, Any]) -> dict[str, Any]:
        group = self._group(region, request)
        names, prefix = request.get("logStreamNames"), request.get("logStreamNamePrefix", "")
        if names and prefix:
            raise _invalid("Name either logStreamNames or a logStreamNamePrefix, not both.")
        found = [self._stream(region, group, name) for name in names or []]
        streams = found or self._logs.streams(region, group, prefix)
        end = request.get("endTime")
        span = Span(request.get("startTime"), None if end is None else end + 1)  # here the end is included
        limit, terms = request.get("limit", _MOST_EVENTS), _terms(request.get("filterPattern", ""))
        _, position = _position(request)
        events = self._logs.after([stream.number for stream in streams], span, position, limit)
        page = _within_a_page(events)
        more = len(page) < len(events) or len(events) == limit
        return {
            "events": [
                _event(event) | {"logStreamName": event.stream, "eventId": str(event.number)}
                for event in page
                if all(term in event.message for term in terms)
            ],
            "searchedLogStreams": [],
            "nextToken": "f/{}/{}".format(*_place(page[-1])) if more else None,
        }

    def _group(self, region: str, request: dict[str, Any]) -> str:
        """Raises ResourceNotFoundException."""
        given = request.get("logGroupName") or request.get("logGroupIdentifier")
        if not given:
            raise _invalid("Name a logGroupName or a logGroupIdentifier.")
        group = given.removesuffix(":*").rpartition(":")[2]
        if group not in self._logs.groups(region):
            raise ServiceError("ResourceNotFoundException", "The specified log group does not exist.")
        return str(group)

    def _stream(self, region: str, group: str, name: str) -> LogStream:
        """Raises ResourceNotFoundException."""
        for stream in self._logs.streams(region, group, name):
            if stream.name == name:
                return stream
        raise ServiceError("ResourceNotFoundException", "The specified log stream does not exist.")


def _arn(region: str, group: str) -> str:
    return f"arn:aws:logs:{region}:{ACCOUNT}:log-group:{group}"


def _told(region: str, group: str, stream: LogStream) -> dict[str, Any]:
    return {
        "logStreamName": stream.name,
        "creationTime": stream.created,
        "firstEventTimestamp": stream.first,
        "lastEventTimestamp": stream.last,
        "lastIngestionTime": stream.ingested,
        "arn": f"{_arn(region, group)}:log-stream:{stream.name}",
        "storedBytes": 0,
    }


def _event(event: LogEvent) -> dict[str, Any]:
    return {"timestamp": event.time, "message": event.message, "ingestionTime": event.ingested}


def _place(event: LogEvent) -> Position:
    return event.time, event.number


def _position(request: dict[str, Any]) -> tuple[bool, Position | None]:
    """Whether to read forward, and from where."""
    token = request.get("nextToken")
    if token is None:
        return request.get("startFromHead", False), None
    found = _TOKEN.fullmatch(token)
    if not found:
        raise _invalid("The specified nextToken is invalid.")
    return found[1] == "f", (int(found[2]), int(found[3]))


def _within_a_page(events: Iterable[LogEvent]) -> list[LogEvent]:
    """The first events that fit into one answer; at least one."""
    page: list[LogEvent] = []
    size = 0
    for event in events:
        size += len(event.message.encode()) + _PER_EVENT
        if page and size > _MOST_BYTES:
            break
        page.append(event)
    return page


def _page(
    items: Sequence[dict[str, Any]], request: dict[str, Any], name: str
) -> tuple[Sequence[dict[str, Any]], str | None]:
    """The items behind the one that the token names, and the next token."""
    limit = request.get("limit", _PAGE)
    token = request.get("nextToken")
    start = next((i + 1 for i, item in enumerate(items) if item[name] == token), 0)
    if token and not start:
        raise _invalid("The specified nextToken is invalid.")
    page = items[start : start + limit]
    return page, page[-1][name] if len(items) > start + limit else None


def _terms(pattern: str) -> list[str]:
    """The words or quoted phrases that a message must all contain. Raises for the richer pattern languages."""
    if _SPECIAL.search(pattern):
        raise _invalid(
            f"the local runtime filters by words and quoted phrases only, not by {json.dumps(pattern)}"
        )
    return [quoted or word for quoted, word in _TERM.findall(pattern)]


def _invalid(message: str) -> ServiceError:
    return ServiceError("InvalidParameterException", message)
