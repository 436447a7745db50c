"""Everything the runtime knows about jobs, models and packages: one sqlite database that survives a restart."""

import json
import sqlite3
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_SCHEMA = """
CREATE TABLE IF NOT EXISTS resources (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    region TEXT NOT NULL,
    kind TEXT NOT NULL,
    key TEXT NOT NULL,
    name TEXT NOT NULL,
    request TEXT NOT NULL,
    answer TEXT NOT NULL,
    created REAL NOT NULL,
    UNIQUE (region, kind, key)
)
"""
_COLUMNS = "region, kind, name, request, answer, created"
_CASELESS = frozenset({"HyperParameterTuningJob"})
"""Kinds whose names AWS documents as not case sensitive."""


class AlreadyExists(Exception):  # noqa: N818 - it is told to clients as ResourceInUse, not as an error of ours
    """The name is taken; `record` is the one that has it."""

    def __init__(self, record: "Record") -> None:
        super().__init__(f"{record.kind} {record.name} already exists in {record.region}")
        self.record = record


@dataclass(frozen=True)
class Record:
    """One stored resource."""

    region: str
    kind: str
    name: str
    request: dict[str, Any]
    """The Create request, known members only."""

    answer: dict[str, Any]
    """What Describe adds to the request or overrides in it; times are epoch seconds."""

    created: float

    @property
    def description(self) -> dict[str, Any]:
        """Request and answer together, as Describe tells them."""
        return {**self.request, **self.answer}


class Store:
    """Thread-safe; a write is on disk before the call returns, so a client that has an ARN finds it after a crash."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.RLock()
        self._database = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._database.execute("PRAGMA journal_mode=WAL")
        self._database.execute("PRAGMA synchronous=NORMAL")
        self._database.execute(_SCHEMA)

    def insert(
        self, region: str, kind: str, name: str, request: Mapping[str, Any], answer: Mapping[str, Any]
    ) -> Record:
        """Keep a new resource. Raises AlreadyExists when the name is taken in this region and kind."""
        row = (region, kind, _key(kind, name), name, json.dumps(request), json.dumps(answer), time.time())
        with self._transaction():
            taken = self.get(region, kind, name)
            if taken:
                raise AlreadyExists(taken)
            self._database.execute(
                "INSERT INTO resources (region, kind, key, name, request, answer, created)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                row,
            )
        return Record(region, kind, name, dict(request), dict(answer), row[-1])

    def get(self, region: str, kind: str, name: str) -> Record | None:
        with self._lock:
            row = self._database.execute(
                f"SELECT {_COLUMNS} FROM resources WHERE region = ? AND kind = ? AND key = ?",  # noqa: S608 - a constant
                (region, kind, _key(kind, name)),
            ).fetchone()
        return _record(row) if row else None

    def update(self, region: str, kind: str, name: str, changes: Mapping[str, Any]) -> Record:
        """Merge members into the answer, in one transaction. Raises KeyError for a resource that is not there."""
        with self._transaction():
            record = self.get(region, kind, name)
            if record is None:
                raise KeyError(f"{kind} {name} in {region}")
            answer = {**record.answer, **changes}
            self._database.execute(
                "UPDATE resources SET answer = ? WHERE region = ? AND kind = ? AND key = ?",
                (json.dumps(answer), region, kind, _key(kind, name)),
            )
        return Record(region, kind, record.name, record.request, answer, record.created)

    def records(self, region: str | None, kind: str) -> list[Record]:
        """All resources of a kind in the order of their creation; `None` means every region."""
        with self._lock:
            rows = self._database.execute(
                f"SELECT {_COLUMNS} FROM resources WHERE kind = ? AND (? IS NULL OR region = ?) ORDER BY number",  # noqa: S608 - a constant
                (kind, region, region),
            ).fetchall()
        return [_record(row) for row in rows]

    def delete(self, region: str, kind: str, name: str) -> None:
        with self._transaction():
            self._database.execute(
                "DELETE FROM resources WHERE region = ? AND kind = ? AND key = ?",
                (region, kind, _key(kind, name)),
            )

    def clear(self) -> None:
        """Forget everything."""
        with self._transaction():
            self._database.execute("DELETE FROM resources")

    def close(self) -> None:
        with self._lock:
            self._database.close()

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        """One transaction; inside another one it is part of that."""
        with self._lock:
            if self._database.in_transaction:
                yield
                return
            self._database.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._database.execute("ROLLBACK")
                raise
            self._database.execute("COMMIT")


def _key(kind: str, name: str) -> str:
    return name.lower() if kind in _CASELESS else name


def _record(row: tuple[Any, ...]) -> Record:
    region, kind, name, request, answer, created = row
    return Record(region, kind, name, json.loads(request), json.loads(answer), created)
