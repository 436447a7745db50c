"""Log groups, streams and events, as CloudWatch Logs keeps them."""

import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from airflow_mlmax.local.database import Database

_SCHEMA = """
CREATE TABLE IF NOT EXISTS groups (
    region TEXT NOT NULL, name TEXT NOT NULL, created INTEGER NOT NULL, PRIMARY KEY (region, name)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS streams (
    number INTEGER PRIMARY KEY, region TEXT NOT NULL, log_group TEXT NOT NULL, name TEXT NOT NULL,
    created INTEGER NOT NULL, UNIQUE (region, log_group, name)
);
CREATE TABLE IF NOT EXISTS events (
    number INTEGER PRIMARY KEY, stream INTEGER NOT NULL, time INTEGER NOT NULL, ingested INTEGER NOT NULL,
    message TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS events_by_stream ON events (stream, time, number);
"""


@dataclass(frozen=True)
class LogEvent:
    """One line; times in epoch milliseconds."""

    number: int
    stream: str
    time: int
    ingested: int
    message: str


@dataclass(frozen=True)
class LogStream:
    """A stream and the times of its events, in epoch milliseconds; None while it has none."""

    number: int
    name: str
    created: int
    first: int | None
    last: int | None
    ingested: int | None


@dataclass(frozen=True)
class Span:
    """Which events are wanted: times in epoch milliseconds, `start` included and `end` not; None means no bound."""

    start: int | None = None
    end: int | None = None

    def clause(self) -> tuple[str, list[int]]:
        bounds = [(" AND time >= ?", self.start), (" AND time < ?", self.end)]
        chosen = [(text, value) for text, value in bounds if value is not None]
        return "".join(text for text, _ in chosen), [value for _, value in chosen]


Position = tuple[int, int]
"""Place of an event among those of its streams: its time and its number."""


class LogStore:
    """What jobs print. Every line is readable, and survives the end of the process, when `put` returns."""

    def __init__(self, path: Path) -> None:
        self._database = Database(path, _SCHEMA)
        self._known: dict[tuple[str, str, str], int] = {}

    def put(self, region: str, group: str, stream: str, epoch_ms: int, message: str) -> None:
        """Append one line; its group and stream are made when they are new."""
        place = (region, group, stream)
        number = self._known.get(place)
        if number is None:
            self.create_group(region, group)
            self.create_stream(*place)
            number = self._known[place] = self.stream_number(*place) or 0
        self.append(number, [(epoch_ms, message)])

    def append(self, stream: int, lines: Iterable[tuple[int, str]]) -> None:
        """Append lines, each a time in epoch milliseconds and a text, to the stream of a number."""
        now = int(time.time() * 1000)
        self._database.write_many(
            "INSERT INTO events (stream, time, ingested, message) VALUES (?, ?, ?, ?)",
            [(stream, epoch_ms, now, message) for epoch_ms, message in lines],
        )

    def create_group(self, region: str, group: str) -> bool:
        """Whether the group is new."""
        with self._database.transaction():
            known = (group,) in self._database.rows("SELECT name FROM groups WHERE region = ?", region)
            if not known:
                self._database.rows(
                    "INSERT INTO groups VALUES (?, ?, ?)", region, group, int(time.time() * 1000)
                )
        return not known

    def create_stream(self, region: str, group: str, stream: str) -> bool:
        """Whether the stream is new."""
        with self._database.transaction():
            known = self.stream_number(region, group, stream) is not None
            if not known:
                self._database.rows(
                    "INSERT INTO streams (region, log_group, name, created) VALUES (?, ?, ?, ?)",
                    region, group, stream, int(time.time() * 1000),
                )  # fmt: skip
        return not known

    def stream_number(self, region: str, group: str, stream: str) -> int | None:
        row = self._database.row(
            "SELECT number FROM streams WHERE region = ? AND log_group = ? AND name = ?",
            region,
            group,
            stream,
        )
        return row[0] if row else None

    def groups(self, region: str) -> dict[str, int]:
        """Names of all groups in their order, with the times they were made, in epoch milliseconds."""
        return dict(
            self._database.rows("SELECT name, created FROM groups WHERE region = ? ORDER BY name", region)
        )

    def streams(self, region: str, group: str, prefix: str = "") -> list[LogStream]:
        """The group's streams whose names begin with the prefix, in the order of their names."""
        rows = self._database.rows(
            "SELECT number, name, created, (SELECT MIN(time) FROM events WHERE stream = streams.number),"
            " (SELECT MAX(time) FROM events WHERE stream = streams.number),"
            " (SELECT ingested FROM events WHERE stream = streams.number ORDER BY time DESC, number DESC LIMIT 1)"
            " FROM streams WHERE region = ? AND log_group = ? AND substr(name, 1, length(?)) = ? ORDER BY name",
            region, group, prefix, prefix,
        )  # fmt: skip
        return [LogStream(*row) for row in rows]

    def events(self, region: str, group: str, prefix: str = "") -> list[LogEvent]:
        """Every event of the streams whose names begin with the prefix, oldest first."""
        numbers = [stream.number for stream in self.streams(region, group, prefix)]
        return self.after(numbers, Span(), None, -1)

    def after(self, streams: list[int], span: Span, position: Position | None, count: int) -> list[LogEvent]:
        """At most `count` events behind a position, or from the beginning, oldest first; -1 means all."""
        return self._select(streams, span, position, count, forward=True)

    def before(self, streams: list[int], span: Span, position: Position | None, count: int) -> list[LogEvent]:
        """The last `count` events before a position, or before the end, oldest first."""
        return self._select(streams, span, position, count, forward=False)[::-1]

    def _select(
        self, streams: list[int], span: Span, position: Position | None, count: int, *, forward: bool
    ) -> list[LogEvent]:
        clause, values = span.clause()
        marks = ", ".join("?" * len(streams))
        sign, order = (">", "ASC") if forward else ("<", "DESC")
        bound = f" AND (time, events.number) {sign} (?, ?)" if position else ""
        rows = self._database.rows(
            "SELECT events.number, name, time, ingested, message FROM events JOIN streams ON stream = streams.number"  # noqa: S608 - texts of this module
            f" WHERE stream IN ({marks}){clause}{bound} ORDER BY time {order}, events.number {order} LIMIT ?",
            *streams, *values, *(position or ()), count,
        )  # fmt: skip
        return [LogEvent(*row) for row in rows]

    def clear(self) -> None:
        """Forget everything."""
        with self._database.transaction():
            for table in ("groups", "streams", "events"):
                self._database.rows(f"DELETE FROM {table}")  # noqa: S608 - a constant
        self._known.clear()

    def close(self) -> None:
        self._database.close()
