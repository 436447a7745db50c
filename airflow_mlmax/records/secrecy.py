"""What must not be kept: values that look like secrets, by their name or their form."""

import re
from collections.abc import Mapping
from typing import Any

from airflow_mlmax.sagemaker.redaction import HIDDEN
from airflow_mlmax.sagemaker.secrets import looks_secret

_IN_ADDRESS = re.compile(r"(?<=://)[^/@\s]*:[^/@\s]*(?=@)")


def without_secrets(value: Any, name: str = "") -> Any:
    """A copy in which secrets are hidden, at any depth, passwords in addresses too."""
    if isinstance(value, Mapping):
        return {key: without_secrets(item, str(key)) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [without_secrets(item, name) for item in value]
    if value is None or isinstance(value, bool):
        return value
    if looks_secret(name, value):
        return HIDDEN
    return _IN_ADDRESS.sub(HIDDEN, value) if isinstance(value, str) else value
