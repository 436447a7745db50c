"""One boto3 client per connection, region, service and config in a process: building one costs about 0.1 s of CPU."""

import hashlib
import threading
from collections.abc import Callable, Hashable
from typing import Any

from airflow.providers.amazon.aws.utils.connection_wrapper import AwsConnectionWrapper
from botocore.config import Config

_clients: dict[Hashable, Any] = {}
_lock = threading.RLock()  # re-entrant: a signal that kills the task may arrive while a client is being built


def shared_client(key: Hashable, build: Callable[[], Any]) -> Any:
    """The process's client for `key`, built at the first call."""
    with _lock:
        if key not in _clients:
            _clients[key] = build()
        return _clients[key]


def forget(client: Any) -> None:
    """Drops a client whose credentials have ended; others that share its key get a new one."""
    with _lock:
        for key in [key for key, known in _clients.items() if known is client]:
            del _clients[key]


def client_key(connection: AwsConnectionWrapper, service: str, config: Config) -> Hashable:
    """What makes two clients the same: a changed connection gets a client of its own. Secrets enter as a hash."""
    parts = (
        connection.conn_id,
        connection.login,
        connection.password,
        connection.extra_config,
        connection.region_name,
        connection.verify,
        vars(config).get("_user_provided_options"),
    )
    return service, hashlib.sha256(repr(parts).encode()).hexdigest()
