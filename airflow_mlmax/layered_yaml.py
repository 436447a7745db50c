"""Two YAML files, one laid over the other, that remember which file a key came from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

BASE = "base.yaml"


class SettingsError(ValueError):
    """The files do not describe an environment. The message lists every mistake.

    :param faults: one sentence for each mistake
    """

    def __init__(self, folder: Path, faults: Sequence[str]) -> None:
        self.faults = list(faults)
        listed = "\n".join(f"  - {fault}" for fault in self.faults)
        super().__init__(f"{len(self.faults)} mistake(s) in the settings in {folder}:\n{listed}")


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
            return cls(upper_name, _read(folder / BASE), _read(folder / upper_name))
        except (OSError, yaml.YAMLError) as error:
            raise SettingsError(folder, [" ".join(str(error).split())]) from None

    @property
    def merged(self) -> dict[str, Any]:
        """Mappings merge at every depth; anything else of the upper file replaces the lower."""
        return _merged(self.lower, self.upper)

    def file_of(self, place: Sequence[str]) -> str:
        """Name of the file whose value counts at a place; the upper one if neither has it."""
        only_lower = _holds(self.lower, place) and not _holds(self.upper, place)
        return BASE if only_lower else self.upper_name


class _UniqueKeyLoader(yaml.SafeLoader):
    """Plain YAML would let the second of two equal keys win without a word."""


def _unique_keys(loader: _UniqueKeyLoader, node: yaml.MappingNode) -> dict[Any, Any]:
    keys = [loader.construct_object(key, deep=True) for key, _ in node.value]
    for index, key in enumerate(keys):
        if key in keys[:index]:
            mark = node.value[index][0].start_mark
            raise yaml.constructor.ConstructorError(None, None, f"key {key!r} stands there twice", mark)
    return loader.construct_mapping(node, deep=True)


_UniqueKeyLoader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _unique_keys)


def _read(path: Path) -> dict[str, Any]:
    with path.open(encoding="utf-8") as stream:
        content = yaml.load(stream, _UniqueKeyLoader)  # noqa: S506 - a subclass of SafeLoader
    if not isinstance(content, dict | None):
        raise yaml.YAMLError(f"{path.name} holds {type(content).__name__}; give a mapping of keys to values")
    return content or {}


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
