"""The `Range` of a request."""

import re

from airflow_mlmax.local.errors import ServiceError

_RANGE = re.compile(r"bytes=(\d*)-(\d*)")


def wanted(header: str | None, size: int) -> range | None:
    """The positions of an object of `size` bytes that are asked for; None means all of it.

    `bytes=a-b`, `bytes=a-` and `bytes=-n` are known; any other form is ignored, as RFC 9110 has it.
    Raises InvalidRange, status 416, for a range without a byte in it.
    """
    found = _RANGE.fullmatch((header or "").strip())
    if not found or not any(found.groups()):
        return None
    first, last = found.groups()
    if first:
        chosen = range(int(first), min(int(last or size), size - 1) + 1)
        if last and int(last) < int(first):
            return None
    else:
        chosen = range(max(size - int(last), 0), size)
    if not chosen:
        raise ServiceError(
            "InvalidRange", f"The requested range {header} is not satisfiable: {size} bytes", 416
        )
    return chosen
