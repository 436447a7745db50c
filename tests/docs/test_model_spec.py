"""The page on `model.yaml` knows every key that there is."""

import re
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import BaseModel
from typing_extensions import is_typeddict

from airflow_mlmax.specs import ModelSpec

PAGE = (Path(__file__).parents[2] / "docs/how-to/model-spec.md").read_text()
FROM_FOLDER = {"name", "folder"}


def keys(kind: Any) -> set[str]:
    """Of a model and of all below it."""
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        below = (keys(field.annotation) for field in kind.model_fields.values())
        return set(kind.model_fields).union(*below)
    if is_typeddict(kind):
        return set(kind.__annotations__)
    return set().union(*map(keys, get_args(kind)))


SECTIONS = {
    name: keys(field.annotation) for name, field in ModelSpec.model_fields.items() if name not in FROM_FOLDER
}


@pytest.mark.parametrize(
    "name", [name for name, below in SECTIONS.items() if below and name != "notifications"]
)
def test_a_section_names_its_keys(name: str) -> None:
    """Each in its own part of the page."""
    _, _, rest = PAGE.partition(f"\n### `{name}`\n")
    named = set(re.findall(r"`(\w+)`", rest.partition("\n### ")[0]))
    assert SECTIONS[name] <= named


def test_the_other_keys_are_named() -> None:
    """In the table at the top."""
    top = PAGE.partition("\n## Keys\n")[2].partition("\n### ")[0]
    wanted = {name for name, below in SECTIONS.items() if not below} | SECTIONS["notifications"]
    assert wanted <= set(re.findall(r"`(\w+)`", top))
