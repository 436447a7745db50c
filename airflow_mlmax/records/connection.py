"""From an Airflow connection to PostgreSQL."""

from typing import Any, Protocol

from sqlalchemy import URL, Engine, create_engine
from sqlalchemy.pool import NullPool

from airflow_mlmax.records.errors import RecordsError

_KINDS = frozenset({"postgres", "postgresql"})
_PASSED_ON = ("sslmode", "sslrootcert", "sslcert", "sslkey", "options", "connect_timeout")
_PATIENCE = {
    "connect_timeout": "10",
    "tcp_user_timeout": "30000",
    "keepalives_idle": "30",
    "keepalives_interval": "10",
    "keepalives_count": "3",
}
"""For the database to answer, in libpq's words; a pipeline's last task has little to gain by waiting longer."""


class Connection(Protocol):
    """An Airflow connection, as far as it matters here. An absolute path as `host` is the folder of a unix socket."""

    conn_id: Any
    conn_type: Any
    host: Any
    port: Any
    login: Any
    password: Any
    schema: Any

    @property
    def extra_dejson(self) -> dict[str, Any]: ...


def engine_of(connection: Connection) -> Engine:
    """The database of a connection; nothing is opened yet.

    :raises RecordsError: the connection is none to PostgreSQL, or its driver is not installed
    """
    if connection.conn_type not in _KINDS:
        raise RecordsError(
            f"the connection {connection.conn_id} is of type {connection.conn_type!r}; records need postgres"
        )
    extra = connection.extra_dejson
    query = {name: str(extra[name]) for name in _PASSED_ON if extra.get(name)}
    url = URL.create(
        "postgresql+psycopg2",
        username=connection.login,
        password=connection.password,
        host=connection.host,
        port=connection.port,
        database=connection.schema,
        query={**_PATIENCE, **query},
    )
    try:
        return create_engine(url, poolclass=NullPool)
    except ModuleNotFoundError as error:
        raise RecordsError(f"records need {error.name}; install airflow-mlmax[records]") from error
