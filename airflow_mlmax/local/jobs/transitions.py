"""Secondary states of a training job. Every transition carries a message and closes the one before."""

from collections.abc import Mapping
from typing import Any

_CLOSING = {
    "Completed": "Training job completed",
    "Failed": "Training job failed",
    "Stopped": "Training job stopped",
    "MaxRuntimeExceeded": "Training job runtime exceeded MaxRuntimeInSeconds",
    "MaxWaitTimeExceeded": "Training job waited longer than MaxWaitTimeInSeconds",
}


def moved(answer: Mapping[str, Any], secondary: str, message: str, now: float) -> dict[str, Any]:
    """Describe members after a move to `secondary` at `now` (epoch seconds); the transition before ends then.

    Within one status only the message changes.
    """
    past = [dict(transition) for transition in answer.get("SecondaryStatusTransitions", ())]
    if past and past[-1]["Status"] == secondary:
        past[-1]["StatusMessage"] = message
    else:
        if past:
            past[-1].setdefault("EndTime", now)
        past.append({"Status": secondary, "StartTime": now, "StatusMessage": message})
    return {"SecondaryStatus": secondary, "SecondaryStatusTransitions": past, "LastModifiedTime": now}


def closed(answer: Mapping[str, Any], secondary: str, now: float, *, stale: bool = False) -> dict[str, Any]:
    """Describe members after the last move; `stale` repeats the message before, which AWS does not promise to avoid."""
    past = answer.get("SecondaryStatusTransitions")
    message = past[-1]["StatusMessage"] if stale and past else _CLOSING[secondary]
    members = moved(answer, secondary, message, now)
    members["SecondaryStatusTransitions"][-1]["EndTime"] = now
    return members
