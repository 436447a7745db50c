"""PostgreSQL starts for anybody, keeps its data and ends without a trace."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg2
import pytest
from sqlalchemy.engine import make_url

from airflow_mlmax.stack import database as module
from airflow_mlmax.stack.database import Database
from airflow_mlmax.stack.errors import StackError

LONG = "a-folder-whose-name-is-longer-than-the-path-of-a-unix-socket-may-be-" * 2


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    made = Database(tmp_path / LONG / "postgres", tmp_path / "postgres.log")
    yield made
    made.close()


def ask(database: Database, question: str) -> list[tuple[object, ...]]:
    address = make_url(database.url)
    connection = psycopg2.connect(host=address.query["host"], user=address.username, dbname=address.database)
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute(question)
        rows = list(cursor.fetchall()) if cursor.description else []
    connection.close()
    return rows


def test_data_survive_a_restart_and_nothing_is_left(database: Database) -> None:
    """A table of the first start is there at the second; no process and no socket folder stay."""
    database.start()
    database.wait_until_ready()
    ask(database, "CREATE TABLE kept AS SELECT 42 AS answer")
    sockets = Path(str(make_url(database.url).query["host"]))
    assert database.component
    family = database.component.family()
    database.close()
    assert not [process for process in family if process.is_running()]
    assert not sockets.exists()
    database.start()
    database.wait_until_ready()
    assert ask(database, "SELECT answer FROM kept") == [(42,)]


def test_a_further_database_is_made_once(database: Database) -> None:
    """Asking again leaves what is in it."""
    database.start()
    database.wait_until_ready()
    for _ in range(2):
        database.ensure("further")
    assert ask(database, "SELECT count(*) FROM pg_database WHERE datname = 'further'") == [(1,)]


def test_it_is_reached_only_through_its_socket(database: Database) -> None:
    """No port is open, so two stacks and a PostgreSQL of the machine's own never meet."""
    database.start()
    database.wait_until_ready()
    assert ask(database, "SHOW listen_addresses") == [("",)]


def test_a_server_that_does_not_start_says_why(database: Database) -> None:
    """The error carries the end of the server's log."""
    database.start()
    database.wait_until_ready()
    database.close()
    (database.folder / "postgresql.conf").write_text("no such setting = 1\n")
    database.start()
    with pytest.raises(StackError, match="postgres is not running"):
        database.wait_until_ready()


def test_root_without_a_way_out_is_told_in_one_line(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where neither namespaces nor another user work, the message says what to do."""
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(
        StackError, match=r"^PostgreSQL refuses to run as root, .*: run this as another user\.$"
    ):
        database.start()


def test_data_of_another_release_are_named(database: Database) -> None:
    """A folder made by a release that is gone is not touched."""
    database.folder.mkdir(parents=True)
    (database.folder / "PG_VERSION").write_text("9\n")
    with pytest.raises(StackError, match="was made by PostgreSQL 9, which is no longer installed: delete"):
        database.start()


@pytest.mark.parametrize(("name", "release"), [("pginstall", 16), ("pginstall18", 18)])
def test_the_release_follows_from_the_folder(name: str, release: int) -> None:
    """The package's first release carries no number."""
    assert module._release(Path(name)) == release


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be another user")
def test_root_in_a_container_runs_it_as_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where user namespaces are forbidden, the user nobody runs the server and owns the data."""
    monkeypatch.setattr(module, "_NOT_AS_ROOT", module._NOT_AS_ROOT[1:])
    with tempfile.TemporaryDirectory() as name:  # pytest's folders are closed to other users
        folder = Path(name)
        folder.chmod(0o755)
        database = Database(folder / "postgres", folder / "postgres.log")
        try:
            database.start()
            database.wait_until_ready()
            assert ask(database, "SELECT 1") == [(1,)]
            assert (database.folder / "PG_VERSION").stat().st_uid == 65534
        finally:
            database.close()
