"""YAML files that hold one mapping, in which no key stands twice."""

from pathlib import Path
from typing import Any

import yaml

try:
    from yaml import CSafeLoader as SafeLoader  # ten times as fast
except ImportError:
    from yaml import SafeLoader  # type: ignore[assignment]  # the same but for its base


class _UniqueKeyLoader(SafeLoader):
    """Plain YAML would let the second of two equal keys win without a word."""


def _unique_keys(loader: Any, node: yaml.MappingNode) -> dict[Any, Any]:
    keys = [loader.construct_object(key, deep=True) for key, _ in node.value]
    for index, key in enumerate(keys):
        if key in keys[:index]:
            mark = node.value[index][0].start_mark
            raise yaml.constructor.ConstructorError(None, None, f"key {key!r} stands there twice", mark)
    content: dict[Any, Any] = loader.construct_mapping(node, deep=True)
    return content


_UniqueKeyLoader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _unique_keys)


def read_yaml(path: Path) -> dict[str, Any]:
    """The mapping in a file; an empty file holds an empty one.

    :raises ValueError: in one line, if there is no such file, or no mapping with unique keys in it
    """
    try:
        return _mapping(path)
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ValueError(" ".join(str(error).split())) from None


def _mapping(path: Path) -> dict[str, Any]:
    with path.open(encoding="utf-8") as stream:
        content = yaml.load(stream, _UniqueKeyLoader)  # noqa: S506 - a subclass of SafeLoader
    if not isinstance(content, dict | None):
        raise yaml.YAMLError(f"{path.name} holds {type(content).__name__}; give a mapping of keys to values")
    return content or {}
