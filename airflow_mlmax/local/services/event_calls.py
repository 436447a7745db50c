"""Amazon EventBridge's operations."""

import json
from typing import Any

from airflow_mlmax.local.services.events import EventStore

_REQUIRED = ("Source", "DetailType", "Detail")


def operations(events: EventStore) -> dict[str, Any]:
    def put_events(region: str, request: dict[str, Any]) -> dict[str, Any]:
        """Each entry succeeds or fails by itself."""
        answers = [_put(events, region, entry) for entry in request["Entries"]]
        return {"FailedEntryCount": sum("ErrorCode" in answer for answer in answers), "Entries": answers}

    return {"PutEvents": put_events}


def _put(events: EventStore, region: str, entry: dict[str, Any]) -> dict[str, str]:
    """The event's id, or what is wrong with the entry."""
    for name in _REQUIRED:
        if not entry.get(name):
            return _refused(
                "InvalidArgument", f"Parameter {name} is not valid. Reason: {name} is a required argument."
            )
    if entry["Source"].startswith("aws."):
        return _refused("NotAuthorizedForSourceException", "Not authorized for the source.")
    try:
        detail = json.loads(entry["Detail"])
    except ValueError:
        detail = None
    if not isinstance(detail, dict):
        return _refused("MalformedDetail", "Detail is malformed.")
    number = events.put(
        region,
        entry["Source"],
        entry["DetailType"],
        detail,
        entry.get("Resources", []),
        bus=entry.get("EventBusName", "default"),
        epoch=entry.get("Time"),
    )
    return {"EventId": number}


def _refused(code: str, message: str) -> dict[str, str]:
    return {"ErrorCode": code, "ErrorMessage": message}
