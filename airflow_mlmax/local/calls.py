"""The log of API calls, so that a test states how often something was asked for."""

import threading
from collections import deque
from dataclasses import asdict, dataclass
from typing import Any

_KEPT = 50_000
"""A day of polling fits; older calls are forgotten."""


@dataclass(frozen=True)
class Call:
    """One answered API call."""

    time: float
    """Seconds since the epoch."""

    region: str
    service: str
    """Name in the signature's scope: `sagemaker`, `s3`, `logs`, `monitoring`, ..."""

    operation: str
    """API operation; empty if the request named none."""

    name: str
    """Job or resource name in the request; for S3 the path; else empty."""

    status: int
    """HTTP status of the answer; 0 if the connection was closed without one."""


class Calls:
    """Thread-safe, bounded, oldest first."""

    def __init__(self) -> None:
        self._calls: deque[Call] = deque(maxlen=_KEPT)
        self._lock = threading.Lock()

    def add(self, call: Call) -> None:
        with self._lock:
            self._calls.append(call)

    def list(self, operation: str | None = None, **fields: Any) -> list[Call]:
        """Calls of an operation, or all, whose other fields have the given values."""
        wanted = fields if operation is None else {**fields, "operation": operation}
        with self._lock:
            calls = list(self._calls)
        return [call for call in calls if wanted.items() <= asdict(call).items()]

    def count(self, operation: str | None = None, **fields: Any) -> int:
        """How many calls `list` finds: `count("CreateTrainingJob", name="job-1", status=200)`."""
        return len(self.list(operation, **fields))

    def clear(self) -> None:
        with self._lock:
            self._calls.clear()
