"""Texts from templates become the types that SageMaker wants: a rendered `"3600"` is the number 3600."""

import re
from collections.abc import Mapping
from typing import Any

from airflow_mlmax.sagemaker.shapes import service_model

_WHOLE = re.compile(r"\s*[+-]?\d+\s*")
_BOOLEANS = {"true": True, "false": False}


def converted(operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
    """A copy of the request with numeric and boolean texts converted by the model's types.

    What cannot be converted stays as it is, for the checker to name it.
    """
    shape = service_model().operation_model(operation).input_shape
    return {**_converted(shape, request)}


def whole_number(value: Any) -> int | None:
    """The whole number that a value or a rendered template says; None if it says none."""
    if isinstance(value, str) and _WHOLE.fullmatch(value):
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _converted(shape: Any, value: Any) -> Any:
    kind = shape.type_name
    if kind == "structure" and isinstance(value, Mapping):
        members = shape.members
        return {
            name: _converted(members[name], item) if name in members else item for name, item in value.items()
        }
    if kind == "map" and isinstance(value, Mapping):
        return {key: _converted(shape.value, item) for key, item in value.items()}
    if kind == "list" and isinstance(value, list | tuple):
        return [_converted(shape.member, item) for item in value]
    return _scalar(kind, value) if isinstance(value, str) else value


def _scalar(kind: str, value: str) -> Any:
    if kind in {"integer", "long"}:
        number = whole_number(value)
        return value if number is None else number
    if kind in {"float", "double"}:
        return _decimal(value)
    if kind == "boolean":
        return _BOOLEANS.get(value.strip().lower(), value)
    return value


def _decimal(value: str) -> float | str:
    try:
        return float(value)
    except ValueError:
        return value
