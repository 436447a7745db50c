"""Everything the runtime knows about jobs, models and packages: one sqlite database that survives a restart."""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from airflow_mlmax.local.database import Database

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
_SELECT = "SELECT region, kind, name, request, answer, created FROM resources"
_ONE = "region = ? AND kind = ? AND key = ?"
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
        self._database = Database(path, _SCHEMA)

    def insert(
        self, region: str, kind: str, name: str, request: Mapping[str, Any], answer: Mapping[str, Any]
    ) -> Record:
        """Keep a new resource. Raises AlreadyExists when the name is taken in this region and kind."""
        row = (region, kind, _key(kind, name), name, json.dumps(request), json.dumps(answer), time.time())
        with self._database.transaction():
            taken = self.get(region, kind, name)
            if taken:
                raise AlreadyExists(taken)
            self._database.rows(
                "INSERT INTO resources (region, kind, key, name, request, answer, created)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                *row,
            )
        return Record(region, kind, name, dict(request), dict(answer), row[-1])

    def get(self, region: str, kind: str, name: str) -> Record | None:
        row = self._database.row(f"{_SELECT} WHERE {_ONE}", region, kind, _key(kind, name))
        return _record(row) if row else None

    def update(self, region: str, kind: str, name: str, changes: Mapping[str, Any]) -> Record:
        """Merge members into the answer, in one transaction. Raises KeyError for a resource that is not there."""
        with self._database.transaction():
            record = self.get(region, kind, name)
            if record is None:
                raise KeyError(f"{kind} {name} in {region}")
            answer = {**record.answer, **changes}
            self._database.rows(
                f"UPDATE resources SET answer = ? WHERE {_ONE}",  # noqa: S608 - a constant
                json.dumps(answer), region, kind, _key(kind, name),
            )  # fmt: skip
        return Record(region, kind, record.name, record.request, answer, record.created)

    def records(self, region: str | None, kind: str) -> list[Record]:
        """All resources of a kind in the order of their creation; `None` means every region."""
        rows = self._database.rows(
            f"{_SELECT} WHERE kind = ? AND (? IS NULL OR region = ?) ORDER BY number", kind, region, region
        )
        return [_record(row) for row in rows]

    def delete(self, region: str, kind: str, name: str) -> None:
        self._database.rows(f"DELETE FROM resources WHERE {_ONE}", region, kind, _key(kind, name))  # noqa: S608 - a constant

    def clear(self) -> None:
        """Forget everything."""
        self._database.rows("DELETE FROM resources")

    def close(self) -> None:
        self._database.close()


def _key(kind: str, name: str) -> str:
    return name.lower() if kind in _CASELESS else name


def _record(row: tuple[Any, ...]) -> Record:
    region, kind, name, request, answer, created = row
    return Record(region, kind, name, json.loads(request), json.loads(answer), created)
