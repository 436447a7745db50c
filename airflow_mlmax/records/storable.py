"""Values as the database may keep them: plain JSON, and nothing that looks like a secret by its name or its form."""

import math
import re
from collections.abc import Mapping
from typing import Any

from airflow_mlmax.sagemaker.redaction import HIDDEN
from airflow_mlmax.sagemaker.secrets import looks_secret

_IN_TEXT = re.compile(
    r"(://[^/@\s:]*:)\S*(?=@)"  # the password in an address
    r"|(\b(?:X-Amz-Signature|X-Amz-Security-Token|password|passwd|pwd)=)[^&\s]+",  # and in its query, or a connection string
    re.IGNORECASE,
)


def storable(value: Any, *names: str) -> Any:
    """A copy in which secrets are hidden, at any depth, passwords in addresses too.

    Numbers that are none become None, and what JSON or PostgreSQL does not know becomes text that they do.

    :param names: under which the value lies, the outermost first: what lies below a secret name is secret
    """
    if isinstance(value, Mapping):
        return {_text(str(key)): storable(item, *names, str(key)) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [storable(item, *names) for item in value]
    if value is None or isinstance(value, bool):
        return value
    if any(looks_secret(name, value) for name in names or ("",)):
        return HIDDEN
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value if isinstance(value, int) else _text(_IN_TEXT.sub(_hide, str(value)))


def _hide(found: re.Match[str]) -> str:
    return f"{found[1] or found[2]}{HIDDEN}"


def _text(text: str) -> str:
    """PostgreSQL has no NUL, and UTF-8 no half of a surrogate pair."""
    return text.replace("\0", "").encode(errors="replace").decode()
