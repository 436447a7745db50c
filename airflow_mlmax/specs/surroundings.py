"""What the names in a spec refer to: files of the model's folder, columns of its suites, names of the environment.

Each kind of name is a type, so that a name which refers to nothing is a mistake at its own key, told with all others. Without
surroundings (pydantic's context) the names are taken as they are.
"""

import json
import os
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, ValidationInfo

from airflow_mlmax.settings import Settings
from airflow_mlmax.strict import close_to

SCRIPTS = ("collect.py", "evaluate.py", "folds.py", "inference.py", "preprocess.py", "train.py")
"""What the pipelines run."""

_ORDER = "expect_table_columns_to_match_ordered_list"


@dataclass(frozen=True)
class Surroundings:
    """What a spec may refer to."""

    folder: Path
    settings: Settings
    columns: Mapping[str, Collection[str]]
    """By suite the columns of data that hold it, where the suite lists them all."""

    @classmethod
    def read(cls, folder: Path, settings: Settings, content: Mapping[str, Any]) -> "Surroundings":
        """Those of a spec that may be wrong in any way."""
        data = content.get("data")
        suites = data.get("suites") if isinstance(data, dict) else None
        paths = suites if isinstance(suites, dict) else {}
        found = {name: _columns(folder / str(path)) for name, path in paths.items()}
        return cls(folder, settings, {name: columns for name, columns in found.items() if columns})


def _columns(suite: Path) -> list[str]:
    """All columns in order, or nothing where the suite does not list them or cannot be read."""
    try:
        checks = json.loads(suite.read_bytes())["expectations"]
        (columns,) = (each["kwargs"]["column_list"] for each in checks if each["type"] == _ORDER)
    except (OSError, ValueError, KeyError, TypeError):
        return []
    return [str(column) for column in columns]


def _suite(path: str, info: ValidationInfo) -> str:
    if info.context is not None:
        place = _found(path, info.context.folder)
        try:
            json.loads(place.read_bytes())["expectations"]
        except (OSError, ValueError, KeyError, TypeError):
            raise ValueError(
                "no suite; give a JSON file that is an object with a list `expectations`"
            ) from None
    return path


def _scripts(path: str, info: ValidationInfo) -> str:
    if info.context is not None:
        place = _found(path, info.context.folder)
        if missing := [name for name in SCRIPTS if not (place / name).is_file()]:
            raise ValueError(f"it has no {', '.join(missing)}")
    return path


def _found(path: str, folder: Path) -> Path:
    if Path(path).is_absolute():
        raise ValueError("give a path relative to the folder of the model")
    place = folder / path
    if not place.exists():
        there = [os.path.relpath(each, folder) for each in sorted(place.parent.glob("*"))]
        raise ValueError(f"not there in the folder of the model; {close_to(path, there)}")
    return place


def _named(name: str, info: ValidationInfo, *, setting: str) -> str:
    if info.context is None:
        return name
    settings: Settings = info.context.settings
    if name not in (known := getattr(settings, setting)):
        raise ValueError(
            f"not among the {setting} of {settings.environment}; {close_to(name, sorted(known))}"
        )
    return name


def _column(name: str, info: ValidationInfo, *, suites: Collection[str], anywhere: bool = False) -> str:
    """:param anywhere: one suite that may have the column is enough"""
    listed = {} if info.context is None else info.context.columns
    without = [suite for suite in suites if suite in listed and name not in listed[suite]]
    if without and not (anywhere and len(without) < len(suites)):
        known = dict.fromkeys(column for suite in without for column in listed[suite])
        raise ValueError(
            f"not among the columns of data.suites.{', '.join(without)}; {close_to(name, [*known])}"
        )
    return name


SuitePath = Annotated[str, AfterValidator(_suite)]
ScriptsPath = Annotated[str, AfterValidator(_scripts)]
ImageName = Annotated[str, AfterValidator(partial(_named, setting="images"))]
ChannelName = Annotated[str, AfterValidator(partial(_named, setting="channels"))]

KeyColumn = Annotated[str, AfterValidator(partial(_column, suites=("landing", "features", "predictions")))]
LabelColumn = Annotated[str, AfterValidator(partial(_column, suites=("features",)))]
ScoreColumn = Annotated[str, AfterValidator(partial(_column, suites=("predictions",)))]
LandedColumn = Annotated[str, AfterValidator(partial(_column, suites=("landing",)))]
AnyColumn = Annotated[str, AfterValidator(partial(_column, suites=("landing", "features"), anywhere=True))]
