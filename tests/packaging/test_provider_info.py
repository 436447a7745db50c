"""The provider's metadata, as Airflow reads them."""

import importlib
import json
from importlib.metadata import distribution
from pathlib import Path

import airflow
import jsonschema
import pytest

from airflow_mlmax.provider_info import get_provider_info

INFO = get_provider_info()
CLASSES = [*INFO["extra-links"]]
MODULES = [
    module
    for part in ("hooks", "operators", "sensors", "triggers")
    for entry in INFO[part]
    for module in entry["python-modules"]
]


def test_the_metadata_match_airflows_schema() -> None:
    """Airflow accepts the metadata, and they carry the distribution's own name."""
    schema = json.loads((Path(airflow.__path__[0]) / "provider_info.schema.json").read_text())
    jsonschema.validate(INFO, schema)
    assert INFO["package-name"] == distribution("airflow-mlmax").name


@pytest.mark.parametrize("name", CLASSES)
def test_every_listed_class_imports(name: str) -> None:
    """A class path leads to a class."""
    module, _, attribute = name.rpartition(".")
    assert isinstance(getattr(importlib.import_module(module), attribute), type)


@pytest.mark.parametrize("part", ["hooks", "operators", "sensors", "triggers"])
def test_every_module_of_a_kind_is_listed(part: str) -> None:
    """A module that defines a public class of its kind is listed, and every listed one imports."""
    kind = {"hooks": "Hook", "operators": "Operator", "sensors": "Sensor", "triggers": "Trigger"}[part]
    listed = {module for entry in INFO[part] for module in entry["python-modules"]}
    package = importlib.import_module(f"airflow_mlmax.{part}")
    present = {f"{package.__name__}.{path.stem}" for path in Path(package.__path__[0]).glob("[a-z]*.py")}
    defining = {name for name in present if _defines(name, kind)}
    assert listed == defining


def _defines(name: str, kind: str) -> bool:
    module = importlib.import_module(name)
    return any(
        isinstance(value, type) and value.__module__ == name and attribute.endswith(kind)
        for attribute, value in vars(module).items()
        if not attribute.startswith("_")
    )
