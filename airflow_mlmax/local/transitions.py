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
    """Describe members after a move to `secondary`; the open transition ends at `now` (epoch seconds)."""
    past = [dict(transition) for transition in answer.get("SecondaryStatusTransitions", ())]
    if past:
        past[-1].setdefault("EndTime", now)
    transition = {"Status": secondary, "StartTime": now, "StatusMessage": message}
    return {
        "SecondaryStatus": secondary,
        "SecondaryStatusTransitions": [*past, transition],
        "LastModifiedTime": now,
    }


def closed(answer: Mapping[str, Any], secondary: str, now: float, *, stale: bool = False) -> dict[str, Any]:
    """Describe members after the last move; `stale` repeats the message before, which AWS does not promise to avoid."""
    past = answer.get("SecondaryStatusTransitions")
    message = past[-1]["StatusMessage"] if stale and past else _CLOSING[secondary]
    members = moved(answer, secondary, message, now)
    members["SecondaryStatusTransitions"][-1]["EndTime"] = now
    return members
