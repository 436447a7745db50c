"""What is in the wheel, and that it is enough."""

import sys
import zipfile
from email.parser import HeaderParser
from pathlib import Path
from typing import Any

import pytest

REPOSITORY = Path(__file__).parents[2]


def test_the_wheel_carries_every_module_and_data_file(wheel: Path) -> None:
    """Everything git knows below the package is in the wheel, and nothing else."""
    package = REPOSITORY / "airflow_mlmax"
    expected = {
        path.relative_to(REPOSITORY).as_posix()
        for path in package.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    with zipfile.ZipFile(wheel) as archive:
        packed = {name for name in archive.namelist() if not name.split("/")[0].endswith(".dist-info")}
    assert packed == expected


def test_the_wheel_registers_the_provider(wheel: Path) -> None:
    """Airflow finds the package by its entry point, and the metadata state the supported versions."""
    with zipfile.ZipFile(wheel) as archive:
        [points] = [name for name in archive.namelist() if name.endswith("entry_points.txt")]
        [metadata] = [name for name in archive.namelist() if name.endswith(".dist-info/METADATA")]
        assert (
            "provider_info = airflow_mlmax.provider_info:get_provider_info" in archive.read(points).decode()
        )
        headers = HeaderParser().parsestr(archive.read(metadata).decode())
    assert headers["Requires-Python"] == ">=3.11"
    assert "apache-airflow<4,>=3.2.1" in headers.get_all("Requires-Dist", [])


@pytest.mark.slow
def test_the_wheel_alone_imports_the_dags(wheel: Path, environment: Any) -> None:
    """A clean environment with only the wheel on the newest Airflow lists the provider and imports the DAGs."""
    environment.create(sys.executable)
    environment.install(str(wheel), constraints=[REPOSITORY / "constraints/latest.txt"])
    assert "airflow-mlmax" in environment.providers()
    assert {"flights_training", "flights_inference"} <= set(environment.dags())
