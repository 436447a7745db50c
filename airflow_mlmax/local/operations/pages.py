"""Filters, order and pages of the List operations."""

import base64
import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from airflow_mlmax.local.errors import validation
from airflow_mlmax.local.store import Record

Description = Mapping[str, Any]
Key = tuple[Any, str]

DEFAULT_SIZE = 10


def page(
    request: Mapping[str, Any],
    items: Sequence[Description],
    key: Callable[[Description], Key],
    *,
    descending: bool,
) -> tuple[list[Description], dict[str, str]]:
    """The items of one page in order, and the `NextToken` member if there are more.

    The token holds the key of the last item, not a count: items that come or go between two pages neither repeat nor
    hide others. `key` gives a sort value and, to make it unique, a name.
    """
    ordered = sorted(items, key=key, reverse=descending)
    if "NextToken" in request:
        last = _position(request)
        ordered = [item for item in ordered if (key(item) < last if descending else key(item) > last)]
    size = request.get("MaxResults", DEFAULT_SIZE)
    shown = ordered[:size]
    token = _token(request, key(shown[-1])) if len(ordered) > size else None
    return shown, {"NextToken": token} if token else {}


def named(
    request: Mapping[str, Any], records: Sequence[Record], member: str, order: str
) -> tuple[list[Description], dict[str, str]]:
    """One page of what has a name in `member` and a time of creation, by which it is ordered unless asked otherwise.

    `order` is the order if the request has none: `Ascending` or `Descending`.
    """
    found = [
        record.description
        for record in records
        if request.get("NameContains", "") in record.name and in_window(request, record.answer)
    ]
    by = member if request.get("SortBy") == "Name" else "CreationTime"
    is_descending = request.get("SortOrder", order) == "Descending"
    return page(request, found, lambda item: (item[by], item[member]), descending=is_descending)


def in_window(request: Mapping[str, Any], item: Description) -> bool:
    """Whether the times of an item lie within the `...After` and `...Before` filters of a request."""
    return all(
        _is_within(item.get(member), request.get(f"{member}After"), request.get(f"{member}Before"))
        for member in ("CreationTime", "LastModifiedTime", "ScheduledTime")
    )


def _is_within(moment: float | None, after: float | None, before: float | None) -> bool:
    if moment is None:
        return after is None and before is None
    return (after is None or moment > after) and (before is None or moment < before)


def _token(request: Mapping[str, Any], last: Key) -> str:
    text = json.dumps([_query(request), *last])
    return base64.urlsafe_b64encode(text.encode()).decode()


def _position(request: Mapping[str, Any]) -> Key:
    """The key in a token. Raises ValidationException for a token that is not of this query."""
    try:
        query, value, name = json.loads(base64.urlsafe_b64decode(request["NextToken"]))
    except ValueError:
        query = value = name = None
    if query != _query(request):
        raise validation("Invalid NextToken: it belongs to another request")
    return value, name


def _query(request: Mapping[str, Any]) -> str:
    """Digest of everything that must stay the same from page to page."""
    fixed = {name: value for name, value in request.items() if name not in {"NextToken", "MaxResults"}}
    return hashlib.sha256(json.dumps(fixed, sort_keys=True).encode()).hexdigest()[:16]
