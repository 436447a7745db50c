"""Single values on their way into a request: what is absent is left out, what must be text becomes text once."""

import json
from collections.abc import Mapping
from typing import Any


def present(**members: Any) -> dict[str, Any]:
    """The members that have a value; SageMaker refuses null."""
    return {name: value for name, value in members.items() if value is not None}


def text(value: Any) -> str:
    """A value as script mode reads it back: a string as it is, anything else as JSON (`true`, `0.1`, `[1,2]`).

    :raises ValueError, TypeError: for what JSON cannot say, such as NaN or a date
    """
    if isinstance(value, str):
        return value
    return json.dumps(value, allow_nan=False, sort_keys=True, separators=(",", ":"))


def texts(values: Mapping[str, Any] | None) -> dict[str, str] | None:
    """A map of texts without the entries that are None; None for an empty map."""
    return {str(key): text(value) for key, value in (values or {}).items() if value is not None} or None


def command_line(arguments: Mapping[str, Any] | list[Any] | None) -> list[str] | None:
    """Arguments of a container: a dict gives `--key value` in its own order, a list stays as it is.

    An entry that is None is left out. SageMaker refuses an empty list, so None stands for no arguments.
    """
    if isinstance(arguments, Mapping):
        pairs = texts(arguments) or {}
        return [word for key, value in pairs.items() for word in (f"--{key}", value)] or None
    return [text(argument) for argument in arguments or [] if argument is not None] or None


def text_faults(values: Any, where: str) -> list[str]:
    """Entries of a map or list that `text` cannot take."""
    if values is None:
        return []
    if not isinstance(values, Mapping | list | tuple):
        return [f"{where} is {type(values).__name__}; give a dict or a list."]
    entries = values.items() if isinstance(values, Mapping) else enumerate(values)
    faults = []
    for key, value in entries:
        try:
            text(value)
        except (TypeError, ValueError) as error:
            faults.append(f"{where}[{key!r}] cannot be written as JSON ({error}); give a string or a number.")
    return faults


def tag_list(tags: Mapping[str, str] | None) -> list[dict[str, str]] | None:
    """Tags in AWS's form, in the order of their keys; None when there are none."""
    return [{"Key": key, "Value": str(value)} for key, value in sorted((tags or {}).items())] or None
