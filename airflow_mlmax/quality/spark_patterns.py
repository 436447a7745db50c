"""Python's regular expressions in Java's words, which Spark speaks: the same letters mean other things there."""

import re
from collections.abc import Mapping

_TOKEN = re.compile(r"\\.|\(\?<?[=!]|\(\?:|\(\?|\{\d*(?:,\d*)?\}|\[\^?\]?", re.DOTALL)
"""What means something only together; all else is one letter."""

_IN_CLASS = re.compile(r"\\.", re.DOTALL)
_WORD = r"\p{L}\p{N}_"
_SPACE = r"\x09-\x0d\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
_INSIDE = {r"\d": r"\p{Nd}", r"\D": r"\P{Nd}", r"\w": _WORD, r"\s": _SPACE}
"""Classes that in Java know only ASCII. Python's own: `str.isdecimal`, `str.isalnum`, `str.isspace`."""

_EDGE = f"(?:(?<=[{_WORD}])(?![{_WORD}])|(?<![{_WORD}])(?=[{_WORD}]))"
_OUTSIDE = {
    r"\d": r"\p{Nd}",
    r"\D": r"\P{Nd}",
    r"\w": f"[{_WORD}]",
    r"\W": f"[^{_WORD}]",
    r"\s": f"[{_SPACE}]",
    r"\S": f"[^{_SPACE}]",
    r"\b": _EDGE,
    r"\A": r"\A",
    r"\Z": r"\z",
}
_LITERAL = {"}": r"\}", "]": r"\]"}
_SAME = frozenset([r"\n", r"\t", r"\r", r"\f"])
_UNIX_LINES = "(?d)"
"""Only `\n` ends a line for `.` and `$`."""


def portable(pattern: str) -> str | None:
    """A pattern that finds in Java what this one finds in Python; None where no such pattern is known.

    Source: the pages of Python's `re` and of `java.util.regex.Pattern` (Java 17).
    """
    done = [_UNIX_LINES]
    rest, in_class = pattern, False
    while rest:
        found = (_IN_CLASS if in_class else _TOKEN).match(rest)
        part = found[0] if found else rest[0]
        translated = _inside(part) if in_class else _outside(part)
        if translated is None:
            return None
        done.append(translated)
        rest = rest[len(part) :]
        in_class = part != "]" if in_class else part.startswith("[")
    return "".join(done)


def _outside(part: str) -> str | None:
    if part == "(?":  # flags, names, comments
        return None
    if part.startswith("["):
        return part.replace("]", r"\]")  # the first one in a class is a letter
    if part.startswith("{"):
        return _repetition(part)
    return _escape(part, _OUTSIDE) if part.startswith("\\") else _LITERAL.get(part, part)


def _inside(part: str) -> str | None:
    if part.startswith("\\"):
        return _escape(part, _INSIDE)
    return f"\\{part}" if part in {"[", "&", "^"} else part


def _escape(part: str, classes: Mapping[str, str]) -> str | None:
    if part in classes:
        return classes[part]
    return part if part in _SAME or not part[1:].isalnum() else None


def _repetition(part: str) -> str:
    if part in {"{", "{}"}:
        return part.replace("{", r"\{").replace("}", r"\}")
    return part.replace("{,", "{0,")
