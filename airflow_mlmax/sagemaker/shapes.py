"""Checks requests and shapes answers by the service model that comes with the installed botocore.

botocore's own validation knows required members, types and lower bounds only; this walk adds upper bounds,
enums and patterns, which AWS otherwise reports after a round trip or after minutes of waiting.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from functools import cache
from importlib import import_module
from typing import Any, Literal, cast

from airflow_mlmax.sagemaker.shape_texts import (
    Fault,
    MapEntry,
    Path,
    aws_text,
    plain_text,
    serialization_text,
)

__all__ = [
    "Fault",
    "MapEntry",
    "aws_text",
    "input_faults",
    "known_members",
    "known_request",
    "plain_text",
    "serialization_text",
    "service_model",
    "shape_answer",
]

ANSWER_ONLY = frozenset({"SelectedInstanceType", "SelectedInstanceCount"})
"""Members that stand in request shapes although only Describe ever fills them."""

_TYPES: Mapping[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "long": (int,),
    "float": (int, float),
    "double": (int, float),
    "boolean": (bool,),
    "timestamp": (int, float, datetime),
    "blob": (bytes, bytearray, str),
    "list": (list, tuple),
    "map": (Mapping,),
    "structure": (Mapping,),
}


@cache
def service_model(service: str = "sagemaker") -> Any:
    """The botocore `ServiceModel` of a service, read once per process (about 0.1 s)."""
    from botocore.loaders import Loader
    from botocore.model import ServiceModel

    return ServiceModel(Loader().load_service_model(service, "service-2"), service)


def input_faults(operation: str, request: Mapping[str, Any], *, service: str = "sagemaker") -> list[Fault]:
    """Everything the service model finds wrong with a request; an empty list means that AWS would parse it.

    `operation` is the API's name, for example `CreateTrainingJob`. An operation that the installed botocore does
    not know raises botocore's `OperationNotFoundError`.
    """
    shape = service_model(service).operation_model(operation).input_shape
    return [] if shape is None else list(_walk(shape, request, ()))


def known_members(operation: str, *path: str, service: str = "sagemaker") -> frozenset[str]:
    """Members that the installed botocore knows in a request, at a path of member names; items of lists and values
    of maps are stepped into. Empty where the path does not lead to a structure.

    `known_members("CreateTrainingJob", "InputDataConfig")` gives the members of one channel.
    """
    shape = service_model(service).operation_model(operation).input_shape
    for name in path:
        shape = _structure(shape).get(name)
    return frozenset(_structure(shape))


def _structure(shape: Any) -> Mapping[str, Any]:
    while shape is not None and shape.type_name in {"list", "map"}:
        shape = shape.member if shape.type_name == "list" else shape.value
    is_structure = shape is not None and shape.type_name == "structure"
    return cast("Mapping[str, Any]", shape.members) if is_structure else {}


def known_request(
    operation: str, request: Mapping[str, Any], *, service: str = "sagemaker"
) -> dict[str, Any]:
    """The request as AWS reads it: unknown and null members dropped on every level."""
    shape = service_model(service).operation_model(operation).input_shape
    return {} if shape is None else cast("dict[str, Any]", _shaped(shape, request, (), strict=False))


def shape_answer(
    operation: str, value: Mapping[str, Any], *, strict: bool = False, service: str = "sagemaker"
) -> dict[str, Any]:
    """The answer of an operation, ready for JSON: unknown and null members dropped, times as epoch seconds.

    `strict` raises `ValueError` for an unknown member, a missing required one and a value of the wrong type.
    """
    shape = service_model(service).operation_model(operation).output_shape
    if shape is None:
        if strict and value:
            raise ValueError(f"{operation} answers nothing, but got the members {sorted(value)}")
        return {}
    if strict:
        faults = [fault for fault in _walk(shape, value, ()) if fault.kind in {"unknown", "missing", "type"}]
        if faults:
            raise ValueError(f"{operation} cannot answer that: {'; '.join(plain_text(faults))}")
    return cast("dict[str, Any]", _shaped(shape, value, (), strict=strict))


def _shaped(shape: Any, value: Any, path: Path, *, strict: bool) -> Any:
    """A copy of a value that holds only what the shape knows; values of another type stay for the checker."""
    if isinstance(value, datetime):
        return value.timestamp()
    if shape.type_name == "structure" and isinstance(value, Mapping):
        members = shape.members
        return {
            name: _shaped(members[name], item, (*path, name), strict=strict)
            for name, item in value.items()
            if name in members and item is not None
        }
    if shape.type_name == "map" and isinstance(value, Mapping):
        return {key: _shaped(shape.value, item, (*path, key), strict=strict) for key, item in value.items()}
    if shape.type_name == "list" and isinstance(value, (list, tuple)):
        return [_shaped(shape.member, item, (*path, i), strict=strict) for i, item in enumerate(value)]
    return value


def _has_type(value: Any, kind: str) -> bool:
    return isinstance(value, _TYPES[kind]) and (kind == "boolean" or not isinstance(value, bool))


def _walk(shape: Any, value: Any, path: Path, entry: MapEntry | None = None) -> Iterator[Fault]:
    kind = shape.type_name
    if not _has_type(value, kind):
        yield Fault(path, "type", value, kind)
    elif kind == "structure":
        yield from _walk_structure(shape, value, path)
    elif kind == "map":
        yield from _bounds(shape, value, path, entry)
        for key, item in value.items():
            yield from _walk(shape.key, key, (*path, key), MapEntry("key", path, value, _rules(shape.key)))
            yield from _walk(
                shape.value, item, (*path, key), MapEntry("value", path, value, _rules(shape.value))
            )
    else:
        yield from _bounds(shape, value, path, entry)
        if kind == "list":
            for index, item in enumerate(value):
                yield from _walk(shape.member, item, (*path, index))


def _walk_structure(shape: Any, value: Mapping[str, Any], path: Path) -> Iterator[Fault]:
    members = shape.members
    for name in shape.required_members:
        if name not in value:
            yield Fault((*path, name), "missing", None, None)
    for name, item in value.items():
        if name not in members:
            yield Fault((*path, name), "unknown", item, tuple(members))
        elif name in ANSWER_ONLY:
            yield Fault((*path, name), "answer-only", item, None)
        else:
            yield from _walk(members[name], item, (*path, name))


def _bounds(shape: Any, value: Any, path: Path, entry: MapEntry | None) -> Iterator[Fault]:
    """Faults of one value against the length, range, enum and pattern of its shape."""
    metadata = shape.metadata
    sized = isinstance(value, (str, bytes, bytearray, Sequence, Mapping))
    kind: Literal["length", "range"] = "length" if sized else "range"
    size = len(value) if sized else value
    if "max" in metadata and size > metadata["max"]:
        yield Fault(path, kind, value, ("max", metadata["max"]), entry)
    if "min" in metadata and size < metadata["min"]:
        yield Fault(path, kind, value, ("min", metadata["min"]), entry)
    if not isinstance(value, str):
        return
    if metadata.get("enum") and value not in metadata["enum"]:
        yield Fault(path, "enum", value, tuple(metadata["enum"]), entry)
    pattern = _pattern(metadata["pattern"]) if "pattern" in metadata else None
    if pattern is not None and not pattern.fullmatch(value):
        yield Fault(path, "pattern", value, metadata["pattern"], entry)


def _rules(shape: Any) -> tuple[tuple[str, Any], ...]:
    """All constraints of a shape: AWS lists every one of them when an entry of a map breaks one."""
    metadata = shape.metadata
    return tuple((name, metadata[name]) for name in ("max", "min", "enum", "pattern") if name in metadata)


@cache
def _pattern(pattern: str) -> Any | None:
    r"""A compiled pattern, or None where no engine at hand reads Java's syntax: then the value is not checked.

    Java's `\d` and `\w` mean ASCII; `\p{..}` classes are Unicode and need the optional `regex` package.
    """
    with suppress(re.error):
        return re.compile(pattern, re.ASCII)
    try:
        engine = import_module("regex")
    except ImportError:
        return None
    with suppress(engine.error):
        return engine.compile(pattern)
    return None
