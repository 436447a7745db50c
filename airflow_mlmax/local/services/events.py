"""Events, as Amazon EventBridge takes them; here they are kept to be read."""

import json
import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from airflow_mlmax.local.database import Database
from airflow_mlmax.local.resources import ACCOUNT

_SCHEMA = """
CREATE TABLE IF NOT EXISTS events (
    number INTEGER PRIMARY KEY, id TEXT NOT NULL, region TEXT NOT NULL, bus TEXT NOT NULL, source TEXT NOT NULL,
    detail_type TEXT NOT NULL, detail TEXT NOT NULL, resources TEXT NOT NULL, time REAL NOT NULL
);
"""


@dataclass(frozen=True)
class Event:
    """One event; `time` in epoch seconds."""

    id: str
    region: str
    bus: str
    source: str
    detail_type: str
    detail: dict[str, Any]
    resources: list[str]
    time: float

    def envelope(self) -> dict[str, Any]:
        """The form in which a rule's target receives it."""
        return {
            "version": "0",
            "id": self.id,
            "detail-type": self.detail_type,
            "source": self.source,
            "account": ACCOUNT,
            "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(self.time)),
            "region": self.region,
            "resources": self.resources,
            "detail": self.detail,
        }


class EventStore:
    """What was put, in the order in which it came."""

    def __init__(self, path: Path) -> None:
        self._database = Database(path, _SCHEMA)

    def put(
        self,
        region: str,
        source: str,
        detail_type: str,
        detail: Mapping[str, Any],
        resources: Sequence[str],
        *,
        bus: str = "default",
        epoch: float | None = None,
    ) -> str:
        """Keep an event and give its id; `epoch` in seconds, now if it is left out."""
        number = str(uuid.uuid4())
        self._database.rows(
            "INSERT INTO events (id, region, bus, source, detail_type, detail, resources, time)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            number, region, bus, source, detail_type, json.dumps(detail), json.dumps(list(resources)),
            time.time() if epoch is None else epoch,
        )  # fmt: skip
        return number

    def events(
        self, region: str | None = None, *, source: str | None = None, resource: str | None = None
    ) -> list[Event]:
        """Events in the order in which they came; what is left out is not asked for. `resource` is an ARN."""
        rows = self._database.rows(
            "SELECT id, region, bus, source, detail_type, detail, resources, time FROM events"
            " WHERE (? IS NULL OR region = ?) AND (? IS NULL OR source = ?) ORDER BY number",
            region, region, source, source,
        )  # fmt: skip
        found = [
            Event(number, place, bus, origin, kind, json.loads(detail), json.loads(arns), epoch)
            for number, place, bus, origin, kind, detail, arns, epoch in rows
        ]
        return [event for event in found if resource is None or resource in event.resources]

    def clear(self) -> None:
        """Forget everything."""
        self._database.rows("DELETE FROM events")

    def close(self) -> None:
        self._database.close()
