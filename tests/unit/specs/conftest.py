"""A folder of models to spoil, each like the flights."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from airflow_mlmax.settings import Settings, load

DAGS = Path(__file__).parents[3] / "dags"
Copy = Callable[..., Path]


@pytest.fixture(scope="session")
def dags() -> Path:
    return DAGS


@pytest.fixture(scope="session")
def settings() -> Settings:
    return load(DAGS / "config", "prod")


@pytest.fixture
def copy(tmp_path: Path) -> Copy:
    """Copies the flights to another name, with values of its spec changed by `section.key`; None takes a key away."""

    def made(name: str, changes: dict[str, Any] | None = None) -> Path:
        folder = tmp_path / "models" / name
        shutil.copytree(DAGS / "models/flights", folder, ignore=shutil.ignore_patterns("__pycache__"))
        content = yaml.safe_load((folder / "model.yaml").read_text())
        for place, value in (changes or {}).items():
            *path, last = place.split("/")
            section = content
            for key in path:
                section = section[key]
            section[last] = value
            if value is None:
                del section[last]
        (folder / "model.yaml").write_text(yaml.safe_dump(content))
        return folder

    return made
