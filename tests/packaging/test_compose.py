"""The compose file for self-hosted Airflow; no engine is needed to read it."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

FILE = Path(__file__).parents[2] / "docker-compose.yaml"
SERVICES: dict[str, dict[str, Any]] = yaml.safe_load(FILE.read_text())["services"]
AIRFLOW = {"api-server", "scheduler", "dag-processor", "triggerer", "worker"}
LASTING = sorted(AIRFLOW | {"postgres", "redis"})


def test_the_file_follows_the_compose_specification() -> None:
    """Every key is one that Compose knows."""
    program = Path(sys.executable).with_name("check-jsonschema")
    command = [program, "--builtin-schema", "vendor.compose-spec", FILE]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_the_services_are_airflows_five_with_database_broker_and_init() -> None:
    """Nothing is missing and nothing else runs."""
    assert set(SERVICES) == AIRFLOW | {"postgres", "redis", "init"}


@pytest.mark.parametrize("name", LASTING)
def test_a_lasting_service_has_a_health_check_and_comes_back(name: str) -> None:
    """Compose can wait for it and starts it again."""
    assert SERVICES[name]["healthcheck"]["test"]
    assert SERVICES[name]["restart"] == "unless-stopped"


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_an_image_is_pinned(name: str) -> None:
    """No image is whatever is newest today, also not the one Airflow's is built from."""
    assert re.search(r":\d+\.\d+", SERVICES[name]["image"])
    base = SERVICES[name].get("build", {}).get("dockerfile_inline", "FROM x:1.0")
    assert re.search(r"^FROM \S+:\d+\.\d+", base)


@pytest.mark.parametrize("name", sorted(AIRFLOW))
def test_airflow_waits_for_its_database(name: str) -> None:
    """No component starts on a database without tables."""
    waits = {other: rule["condition"] for other, rule in SERVICES[name]["depends_on"].items()}
    assert waits["init"] == "service_completed_successfully"
    assert waits["postgres"] == waits["redis"] == "service_healthy"


def test_every_secret_is_required_and_none_is_in_the_file() -> None:
    """Compose refuses to start without each secret; values come only from variables."""
    text = FILE.read_text()
    for name in ("FERNET_KEY", "SECRET_KEY", "JWT_SECRET", "ADMIN_PASSWORD"):
        assert f"${{AIRFLOW_{name}:?" in text
    for name in ("POSTGRES_PASSWORD", "REDIS_PASSWORD"):
        assert f"${{{name}:?" in text
    values = [str(value) for service in SERVICES.values() for value in service.get("environment", {}).items()]
    assert not [value for value in values if re.search(r"(PASSWORD|SECRET|_KEY)', '(?!\$\{)", value)]


def test_all_components_share_the_same_secrets() -> None:
    """A token signed by one component is accepted by the others."""
    for name in ("AIRFLOW__CORE__FERNET_KEY", "AIRFLOW__API__SECRET_KEY", "AIRFLOW__API_AUTH__JWT_SECRET"):
        assert len({SERVICES[service]["environment"][name] for service in AIRFLOW}) == 1


def test_only_the_ui_is_published_and_only_on_loopback() -> None:
    """Nothing listens on an outside address."""
    published = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}
    assert published == {"api-server": ["127.0.0.1:8080:8080"]}
