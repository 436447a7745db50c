"""XML answers, written from plain values."""

from collections.abc import Mapping
from typing import Any
from xml.sax.saxutils import escape

_CARRIAGE_RETURN = {"\r": "&#13;"}
"""A parser would turn a bare one into a line feed, and so name another key."""


def document(root: str, content: Any, namespace: str = "") -> bytes:
    """A document whose root element holds `content`: a mapping of element names, a list per repeated element."""
    attribute = f' xmlns="{namespace}"' if namespace else ""
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<{root}{attribute}>{_inner(content)}</{root}>'.encode()


def _element(name: str, content: Any) -> str:
    if content is None:
        return ""
    if isinstance(content, list):
        return "".join(_element(name, item) for item in content)
    return f"<{name}>{_inner(content)}</{name}>"


def _inner(content: Any) -> str:
    if isinstance(content, Mapping):
        return "".join(_element(name, value) for name, value in content.items())
    if isinstance(content, bool):
        return str(content).lower()
    return escape(str(content), _CARRIAGE_RETURN)
