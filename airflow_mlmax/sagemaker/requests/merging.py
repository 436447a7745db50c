"""`extra`: the promise that no field the installed botocore knows is ever out of reach."""

from collections.abc import Mapping
from copy import deepcopy
from typing import Any


def merged(request: Mapping[str, Any], extra: Mapping[str, Any] | None) -> dict[str, Any]:
    """A new request with `extra` laid over it: structures merge at every depth, lists and scalars replace."""
    result = dict(deepcopy(request))
    for key, value in (extra or {}).items():
        before = result.get(key)
        if isinstance(before, Mapping) and isinstance(value, Mapping):
            result[key] = merged(before, value)
        else:
            result[key] = deepcopy(value)
    return result
