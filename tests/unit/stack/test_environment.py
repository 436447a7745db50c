"""The stack's settings keep it to itself: own database, own secrets, own ports, loopback only."""

import json
import socket
import stat
from pathlib import Path

import pytest

from airflow_mlmax.stack import environment
from airflow_mlmax.stack.environment import (
    Layout,
    airflow_environment,
    free_port,
    generated_secrets,
    records_connection,
)


def variables(root: Path) -> dict[str, str]:
    layout = Layout(root)
    return airflow_environment(
        layout,
        dags=root,
        database="postgresql://db",
        records=records_connection("/sockets", "postgres"),
        endpoint="http://127.0.0.1:4566",
        port=8080,
        overrides={"A": "b"},
    )


def test_secrets_are_made_once_and_readable_by_the_owner_only(tmp_path: Path) -> None:
    """The second start has the password of the first."""
    first, second = generated_secrets(Layout(tmp_path)), generated_secrets(Layout(tmp_path))
    assert first == second
    assert json.loads(Layout(tmp_path).passwords.read_text()) == {"admin": first["password"]}
    for path in (Layout(tmp_path).secrets, Layout(tmp_path).passwords):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_two_stacks_share_no_secret(tmp_path: Path) -> None:
    """Nothing is derived from the machine or the time."""
    one, two = generated_secrets(Layout(tmp_path / "1")), generated_secrets(Layout(tmp_path / "2"))
    assert not set(one.values()) & set(two.values())


def test_nothing_of_another_airflow_or_account_gets_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A developer's own Airflow settings, AWS profile and bytecode switch stay outside."""
    monkeypatch.setenv("AIRFLOW__CORE__EXECUTOR", "CeleryExecutor")
    monkeypatch.setenv("AIRFLOW_CONN_AWS_DEFAULT", "aws://real")
    monkeypatch.setenv("AWS_PROFILE", "production")
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    made = variables(tmp_path)
    assert made["AIRFLOW__CORE__EXECUTOR"] == "airflow_mlmax.stack.executor.PreloadedLocalExecutor"
    assert json.loads(made["AIRFLOW_CONN_AWS_DEFAULT"])["extra"]["endpoint_url"] == "http://127.0.0.1:4566"
    assert not {"AWS_PROFILE", "PYTHONDONTWRITEBYTECODE"} & set(made)


def test_overrides_win_and_only_loopback_is_bound(tmp_path: Path) -> None:
    """A test can change any setting; nothing listens on an outside address."""
    made = variables(tmp_path)
    assert made["A"] == "b"
    assert made["AIRFLOW__API__HOST"] == environment.HOST == "127.0.0.1"


def test_records_have_a_database_of_their_own(tmp_path: Path) -> None:
    """In the same server, reached by an Airflow connection."""
    assert json.loads(variables(tmp_path)["AIRFLOW_CONN_MLMAX_RECORDS"]) == {
        "conn_type": "postgres",
        "host": "/sockets",
        "login": "postgres",
        "schema": "mlmax_records",
    }


def test_a_taken_port_is_replaced() -> None:
    """The preferred port is used when it is free, another one when it is not."""
    with socket.create_server((environment.HOST, 0)) as taken:
        port = taken.getsockname()[1]
        assert free_port(port) not in {0, port}
    assert free_port(port) == port
