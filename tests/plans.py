"""What a plan told, beside what the runtime was sent."""

import re
from collections.abc import Mapping
from typing import Any

from airflow_mlmax.sagemaker.shapes import known_request

_UNKNOWN = re.compile(r"(?:s3://)?xcom[/-][^\"]*|arn:aws:sagemaker:[\w-]+:0{12}:[^\"]*|VERDICT")
_BY_CONTENT = ("mlmax:fingerprint", "mlmax:inputs")
"""Tags that hash what a placeholder stands in, or what lies in S3."""


def differences(planned: Any, sent: Any, where: str = "") -> list[str]:
    """Paths at which what was sent is not what was planned, a placeholder standing for anything."""
    if isinstance(planned, Mapping) and "XCOM" in planned:
        return []
    if isinstance(planned, Mapping) and isinstance(sent, Mapping):
        if planned.get("Key") in _BY_CONTENT:
            return []
        names = sorted({*planned, *sent})
        return [
            each
            for name in names
            for each in differences(planned.get(name), sent.get(name), f"{where}.{name}")
        ]
    if isinstance(planned, list) and isinstance(sent, list) and len(planned) == len(sent):
        pairs = enumerate(zip(planned, sent, strict=True))
        return [each for number, pair in pairs for each in differences(*pair, f"{where}[{number}]")]
    if isinstance(planned, str) and isinstance(sent, str) and _fits(planned, sent):
        return []
    return [] if planned == sent else [f"{where}: planned {planned!r}, sent {sent!r}"]


def known(operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
    """The request as the runtime keeps it."""
    return known_request(operation, request)


def _fits(planned: str, sent: str) -> bool:
    parts = map(re.escape, _UNKNOWN.split(planned))
    return re.fullmatch(".+".join(parts), sent) is not None
