"""Makes the tables and brings them to this version of the package, whoever else is doing the same."""

from typing import Any

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.util.exc import CommandError
from sqlalchemy import Connection, Engine, inspect, text

from airflow_mlmax.records.errors import RecordsError
from airflow_mlmax.records.tables import Base

_REVISION = "mlmax_schema"
_LOCK = 0x6D6C6D6178  # "mlmax"; any number does that nobody else takes

PATIENCE = text("SET LOCAL lock_timeout = '30s'")
"""The first statement of a transaction: who waits longer for somebody else's lock gives up, and no run waits for a hung one."""


def options() -> dict[str, Any]:
    """How Alembic looks at the database: with a table of its own, so that ours may share one with others."""
    return {"target_metadata": Base.metadata, "version_table": _REVISION, "include_name": _ours}


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Makes or migrates the tables up to a revision; does nothing where that is done.

    An advisory lock lets one at a time do it, in one transaction: the others find it done, or undone altogether.

    :raises RecordsError: the tables are of a newer version of this package
    """
    with engine.begin() as connection:
        head = revision == "head"
        if head and current(connection) == scripts().get_current_head():
            return
        connection.execute(PATIENCE)
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        config = _config()
        config.attributes["connection"] = connection
        try:
            command.upgrade(config, revision)
        except CommandError as error:
            raise RecordsError(
                f"the tables are of revision {current(connection)}, which this version of airflow-mlmax does not know: "
                "install the newer version that made them"
            ) from error


def current(connection: Connection) -> str | None:
    """The revision that the tables are of; None where there are none."""
    if not inspect(connection).has_table(_REVISION):
        return None
    revision: str | None = connection.scalar(text(f"SELECT version_num FROM {_REVISION}"))  # noqa: S608  our own name
    return revision


def scripts() -> ScriptDirectory:
    """All revisions."""
    return ScriptDirectory.from_config(_config())


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", "airflow_mlmax.records:migrations")
    config.set_main_option("path_separator", "os")
    return config


def _ours(name: str | None, kind: str, _parents: Any) -> bool:
    """Whether a table is one of ours; others may lie beside them."""
    return kind != "table" or str(name).startswith("mlmax_")
