"""Values as the database may keep them: plain JSON, and nothing that looks like a secret by its name or its form."""

import math
import re
from collections.abc import Mapping
from typing import Any

from airflow_mlmax.sagemaker.redaction import HIDDEN
from airflow_mlmax.sagemaker.secrets import looks_secret

_IN_ADDRESS = re.compile(r"(?<=://)[^/@\s]*:[^/@\s]*(?=@)")


def storable(value: Any, name: str = "") -> Any:
    """A copy in which secrets are hidden, at any depth, passwords in addresses too.

    Numbers that are none become None, and what JSON does not know becomes text.
    """
    if isinstance(value, Mapping):
        return {str(key): storable(item, str(key)) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [storable(item, name) for item in value]
    if value is None or isinstance(value, bool):
        return value
    if looks_secret(name, value):
        return HIDDEN
    if isinstance(value, int | float):
        return value if math.isfinite(value) else None
    return _IN_ADDRESS.sub(HIDDEN, str(value))
