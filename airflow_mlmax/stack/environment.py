"""Where the stack keeps its things, and the settings that make an Airflow out of them."""

import json
import os
import secrets
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

HOST = "127.0.0.1"
USER = "admin"
REGION = "us-east-1"
RECORDS = "mlmax_records"
"""The Airflow connection to the database of run records, and that database's name."""

POOL, SLOTS = "sagemaker", 8
"""The Airflow pool of tasks that run jobs, and how many of them may run or wait at a time."""

PLUGINS = Path(__file__).parents[2] / "plugins"
"""Airflow's plugins folder, in a clone of the repository."""
# Airflow hides a connection's password in every log line, so it must be no word that logs need.
CREDENTIALS = {
    "aws_access_key_id": "AKIALOCALRUNTIME0000",
    "aws_secret_access_key": "the-local-runtime-asks-for-none",
}

_SECRETS = ("password", "jwt", "session")
# Bytecode is written even where the caller's shell forbids it: without it every process compiles Airflow anew.
_NOT_INHERITED = ("PYTHONDONTWRITEBYTECODE", "AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_DEFAULT_REGION")


@dataclass(frozen=True)
class Layout:
    """The folders and files of one stack."""

    root: Path

    @property
    def airflow(self) -> Path:
        return self.root / "airflow"

    @property
    def runtime(self) -> Path:
        return self.root / "runtime"

    @property
    def database(self) -> Path:
        return self.root / "postgres"

    @property
    def logs(self) -> Path:
        return self.root / "logs"

    @property
    def register(self) -> Path:
        return self.root / "processes.json"

    @property
    def addresses(self) -> Path:
        """Where Airflow and the local runtime listen, as JSON, while the stack is up."""
        return self.root / "addresses.json"

    @property
    def lock(self) -> Path:
        return self.root / "lock"

    @property
    def migrated(self) -> Path:
        """Written once Airflow's tables exist; holds the Airflow version they belong to."""
        return self.database / "airflow-version"

    @property
    def passwords(self) -> Path:
        return self.airflow / "passwords.json"

    @property
    def secrets(self) -> Path:
        return self.airflow / "secrets.json"


def private_text(path: Path, text: str) -> None:
    """Writes a file that only its owner may read."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)


def generated_secrets(layout: Layout) -> dict[str, str]:
    """The stack's own password and keys, made at the first start and kept."""
    if not layout.secrets.is_file():
        layout.airflow.mkdir(parents=True, exist_ok=True)
        made = {name: secrets.token_urlsafe(12 if name == "password" else 48) for name in _SECRETS}
        private_text(layout.secrets, json.dumps(made))
        private_text(layout.passwords, json.dumps({USER: made["password"]}))
    known: dict[str, str] = json.loads(layout.secrets.read_text())
    return known


def free_port(preferred: int = 0) -> int:
    """The preferred port of this machine's loopback when nobody listens there, else any free one."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, preferred))
        except OSError:
            return free_port()
        port: int = probe.getsockname()[1]
        return port


def aws_connection(endpoint: str) -> str:
    """The Airflow connection that leads to the local runtime, as JSON."""
    return json.dumps(
        {
            "conn_type": "aws",
            "login": CREDENTIALS["aws_access_key_id"],
            "password": CREDENTIALS["aws_secret_access_key"],
            "extra": {"endpoint_url": endpoint, "region_name": REGION},
        }
    )


def records_connection(host: str, user: str) -> str:
    """The Airflow connection to the database of run records, as JSON.

    host: the folder of the server's socket.
    """
    return json.dumps({"conn_type": "postgres", "host": host, "login": user, "schema": RECORDS})


def base_environment() -> dict[str, str]:
    """The caller's environment without what would lead the stack to another Airflow or a real AWS account."""
    return {
        name: value
        for name, value in os.environ.items()
        if name not in _NOT_INHERITED and not name.startswith("AIRFLOW_")
    }


def airflow_environment(
    layout: Layout,
    *,
    dags: Path,
    database: str,
    records: str,
    endpoint: str,
    port: int,
    overrides: Mapping[str, str],
) -> dict[str, str]:
    """The environment of every Airflow process of the stack.

    database: SQLAlchemy's address; records: the connection to the database of run records, as JSON; endpoint: the local runtime's; port: the API server's;
    overrides: further variables, they win.
    """
    keys = generated_secrets(layout)
    url = f"http://{HOST}:{port}"
    settings = {
        "AIRFLOW_HOME": str(layout.airflow),
        "AIRFLOW__CORE__DAGS_FOLDER": str(dags),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(PLUGINS),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__EXECUTOR": "airflow_mlmax.stack.executor.PreloadedLocalExecutor",
        "AIRFLOW__CORE__PARALLELISM": "4",
        "AIRFLOW__CORE__EXECUTE_TASKS_NEW_PYTHON_INTERPRETER": "False",
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{url}/execution/",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": f"{USER}:admin",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(layout.passwords),
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": database,
        "AIRFLOW__API__HOST": HOST,
        "AIRFLOW__API__PORT": str(port),
        "AIRFLOW__API__BASE_URL": url,
        "AIRFLOW__API__WORKERS": "1",
        "AIRFLOW__API__SECRET_KEY": keys["session"],
        "AIRFLOW__API_AUTH__JWT_SECRET": keys["jwt"],
        "AIRFLOW__SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": "0.2",
        # A task that was cut off by the end of the stack is tried again soon after the next start.
        "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "60",
        "AIRFLOW__DAG_PROCESSOR__PARSING_PROCESSES": "1",
        "AIRFLOW__DAG_PROCESSOR__REFRESH_INTERVAL": "10",
        # A DAG file that is changed is read at once all the same, a changed model.yaml after this time.
        "AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "120",
        "AIRFLOW__TRIGGERER__JOB_HEARTBEAT_SEC": "2",
        "AIRFLOW__LOGGING__BASE_LOG_FOLDER": str(layout.logs / "tasks"),
        "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
        "AIRFLOW_CONN_AWS_DEFAULT": aws_connection(endpoint),
        f"AIRFLOW_CONN_{RECORDS.upper()}": records,
        "MLMAX_ENVIRONMENT": "local",
        "NO_PROXY": f"{HOST},localhost",
    }
    return {**base_environment(), **settings, **overrides}
