"""Requests as a log may show them."""

from collections.abc import Mapping
from typing import Any

HIDDEN = "***"

_HIDDEN_MAPS = frozenset(
    {"Environment", "HyperParameters", "StaticHyperParameters", "TunedHyperParameters", "HookParameters"}
)


def redacted(request: Any) -> Any:
    """A copy of a request or description in which all values of environments and hyperparameters are hidden.

    Container arguments keep their option names; their values are hidden too, and so is a model card, which AWS holds for sensitive.
    """
    if isinstance(request, Mapping):
        return {key: _hidden(key, value) for key, value in request.items()}
    if isinstance(request, list | tuple):
        return [redacted(item) for item in request]
    return request


def _hidden(key: str, value: Any) -> Any:
    if key in _HIDDEN_MAPS and isinstance(value, Mapping):
        return dict.fromkeys(value, HIDDEN)
    if key == "ModelCardContent":
        return HIDDEN
    if key == "ContainerArguments" and isinstance(value, list | tuple):
        return [_option(str(word)) for word in value]
    return redacted(value)


def _option(word: str) -> str:
    name, equals, _ = word.partition("=")
    if not word.startswith("-"):
        return HIDDEN
    return f"{name}={HIDDEN}" if equals else word
