"""The folder of all models: the specs that are right, and the mistakes of the others."""

import logging
from collections.abc import Iterator, Sequence
from pathlib import Path

from pydantic import ValidationError

from airflow_mlmax.settings import Settings
from airflow_mlmax.specs.model import ModelSpec
from airflow_mlmax.specs.surroundings import Surroundings
from airflow_mlmax.strict import MistakesError, mistakes
from airflow_mlmax.yaml_files import read_yaml

FILE = "model.yaml"
_FROM_FOLDER = ("name", "folder")

log = logging.getLogger(__name__)


class SpecError(MistakesError):
    """Files do not describe models. The message lists every mistake.

    :param faults: one sentence for each mistake
    """

    def __init__(self, folder: Path, faults: Sequence[str]) -> None:
        super().__init__(f"the specs in {folder}", faults)


def models(folder: Path, settings: Settings) -> list[ModelSpec]:
    """The models of a folder whose spec is right, in order of their names.

    The others are left out, so that one of them does not take the DAGs of all along; `refuse_broken` tells of them.

    :param folder: beside the DAG files, with a folder for each model; names that begin with `.` or `_` are none
    :param settings: the environment that the specs are checked against
    """
    found = list(_read_all(folder, settings))
    for each in found:
        if isinstance(each, SpecError):
            log.warning("left out: %s", each)
    return [each for each in found if isinstance(each, ModelSpec)]


def refuse_broken(folder: Path, settings: Settings) -> None:
    """Does nothing where all specs of a folder are right.

    :raises SpecError: names file, key, value and what is allowed, for all mistakes of all models at once
    """
    broken = [each for each in _read_all(folder, settings) if isinstance(each, SpecError)]
    if faults := [fault for each in broken for fault in each.faults]:
        raise SpecError(folder, faults)


def read_spec(folder: Path, settings: Settings) -> ModelSpec:
    """The spec in the folder of one model.

    :raises SpecError: with all its mistakes
    """
    relative = f"{folder.parent.name}/{folder.name}"
    file = f"{relative}/{FILE}"
    try:
        content = read_yaml(folder / FILE)
    except ValueError as error:
        raise SpecError(folder, [f"{file}: {error}"]) from None
    faults = [
        f"{file}: {key}: unknown key; the name of the folder is the model's"
        for key in _FROM_FOLDER
        if key in content
    ]
    named = {**content, "name": folder.name, "folder": relative}
    try:
        spec = ModelSpec.model_validate(named, context=Surroundings.read(folder, settings, content))
    except ValidationError as error:
        faults += [f"{file}: {text}" for _, text in mistakes(ModelSpec, error)]
    if faults:
        raise SpecError(folder, faults)
    return spec


def _read_all(folder: Path, settings: Settings) -> Iterator[ModelSpec | SpecError]:
    for each in sorted(folder.iterdir()):
        if each.is_dir() and each.name[0] not in "._":
            try:
                yield read_spec(each, settings)
            except SpecError as error:
                yield error
