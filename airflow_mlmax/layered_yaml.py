"""Two YAML files, one laid over the other, that remember which file a key came from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from airflow_mlmax.strict import MistakesError
from airflow_mlmax.yaml_files import read_yaml

BASE = "base.yaml"


class SettingsError(MistakesError):
    """The files do not describe an environment. The message lists every mistake.

    :param faults: one sentence for each mistake
    """

    def __init__(self, folder: Path, faults: Sequence[str]) -> None:
        super().__init__(f"the settings in {folder}", faults)


@dataclass(frozen=True)
class Layers:
    """The content of `base.yaml` and of an environment's file."""

    upper_name: str
    lower: Mapping[str, Any]
    upper: Mapping[str, Any]

    @classmethod
    def read(cls, folder: Path, environment: str) -> "Layers":
        """Raises SettingsError if the environment has no file or a file is not one mapping with unique keys."""
        upper_name = f"{environment}.yaml"
        known = sorted(path.stem for path in folder.glob("*.yaml") if path.name != BASE)
        if environment not in known:
            allowed = ", ".join(known) or "none"
            raise SettingsError(
                folder, [f"environment {environment!r} has no {upper_name}; there is {allowed}"]
            )
        try:
            return cls(upper_name, read_yaml(folder / BASE), read_yaml(folder / upper_name))
        except ValueError as error:
            raise SettingsError(folder, [str(error)]) from None

    @property
    def merged(self) -> dict[str, Any]:
        """Mappings merge at every depth; anything else of the upper file replaces the lower."""
        return _merged(self.lower, self.upper)

    def file_of(self, place: Sequence[str]) -> str:
        """Name of the file whose value counts at a place; the upper one if neither has it."""
        only_lower = _holds(self.lower, place) and not _holds(self.upper, place)
        return BASE if only_lower else self.upper_name


def _merged(lower: Mapping[str, Any], upper: Mapping[str, Any]) -> dict[str, Any]:
    result = dict(lower)
    for key, value in upper.items():
        below = lower.get(key)
        nested = isinstance(below, Mapping) and isinstance(value, Mapping)
        result[key] = _merged(below, value) if nested else value  # type: ignore[arg-type]  # narrowed by `nested`
    return result


def _holds(layer: Any, place: Sequence[str]) -> bool:
    for key in place:
        if not isinstance(layer, Mapping) or key not in layer:
            return False
        layer = layer[key]
    return True
