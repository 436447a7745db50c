"""The sqlite file that threads share."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from airflow_mlmax.local.database import Database


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database(tmp_path / "new" / "x.db", "CREATE TABLE IF NOT EXISTS t (n INTEGER UNIQUE)")
    yield database
    database.close()


def test_failed_transaction_leaves_nothing(database: Database) -> None:
    """All of a transaction takes effect or none, an inner one with the outer."""
    database.rows("INSERT INTO t VALUES (1)")
    with pytest.raises(sqlite3.IntegrityError), database.transaction():
        database.write_many("INSERT INTO t VALUES (?)", [(2,), (3,), (1,)])
    assert database.rows("SELECT n FROM t") == [(1,)]
    assert database.row("SELECT n FROM t WHERE n = 2") is None


def test_written_rows_are_there_for_another_process(database: Database, tmp_path: Path) -> None:
    """What was written can be read by another connection at once."""
    database.write_many("INSERT INTO t VALUES (?)", [(1,), (2,)])
    other = Database(tmp_path / "new" / "x.db", "")
    assert other.rows("SELECT n FROM t ORDER BY n") == [(1,), (2,)]
    other.close()
