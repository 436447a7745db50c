"""What is wrong with a request, told in two ways: in AWS's words, and in plain ones that say what to do."""

import difflib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

Path = tuple[str | int, ...]
Kind = Literal["unknown", "missing", "type", "length", "range", "pattern", "enum", "answer-only"]

_LONGEST_VALUE = 80
_MOST_CHOICES = 12


@dataclass(frozen=True)
class MapEntry:
    """The map whose key or value is at fault; AWS shows the whole map and every rule of the entry."""

    part: Literal["key", "value"]
    path: Path
    whole: Mapping[str, Any]
    rules: tuple[tuple[str, Any], ...]


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong with a request."""

    path: Path
    """Member names, list indexes and map keys from the top of the request."""

    kind: Kind

    value: Any

    constraint: Any
    """unknown: the known names; type: the expected type; length and range: ("max" | "min", bound);
    pattern: its text; enum: the values; else None."""

    entry: MapEntry | None = None
    """Set where a key or value of a map breaks a bound."""

    @property
    def dotted(self) -> str:
        """The path as the request spells it, for example `InputDataConfig[0].ChannelName`."""
        text = ""
        for part in self.path:
            text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
        return text or "request"


def serialization_text(faults: Iterable[Fault]) -> str | None:
    """AWS's SerializationException text for the first value of a wrong type; None if every type is right."""
    for fault in faults:
        if fault.kind == "type":
            return (
                f"Expected {fault.constraint} at '{_camel(fault.path)}' but found {_json_type(fault.value)}"
            )
    return None


def aws_text(faults: Iterable[Fault]) -> str:
    """AWS's ValidationException text; empty if nothing in it concerns AWS, which ignores unknown members."""
    texts = list(dict.fromkeys(_aws_line(fault) for fault in faults if _concerns_aws(fault)))
    if not texts:
        return ""
    noun = "error" if len(texts) == 1 else "errors"
    return f"{len(texts)} validation {noun} detected: {'; '.join(texts)}"


def plain_text(faults: Iterable[Fault]) -> list[str]:
    """One line for each fault: where, what is wrong, what is allowed and, for a misspelled name, what was meant."""
    return [f"{fault.dotted}: {_PLAIN[fault.kind](fault)}" for fault in faults]


def _concerns_aws(fault: Fault) -> bool:
    return fault.kind not in {"unknown", "answer-only", "type"}


def _aws_line(fault: Fault) -> str:
    if fault.kind == "missing":
        return f"Value null at '{_camel(fault.path)}' failed to satisfy constraint: Member must not be null"
    if fault.entry is None:
        rule = _aws_rule(fault.kind, fault.constraint)
        return f"Value '{_java(fault.value)}' at '{_camel(fault.path)}' failed to satisfy constraint: {rule}"
    entry = fault.entry
    noun = "value" if entry.part == "value" else "keys"
    rules = ", ".join(_aws_rule("length", (name, bound)) for name, bound in entry.rules)
    return (
        f"Value '{_java(entry.whole)}' at '{_camel(entry.path)}' failed to satisfy constraint: "
        f"Map {noun} must satisfy constraint: [{rules}]"
    )


def _aws_rule(kind: str, constraint: Any) -> str:
    name, bound = constraint if kind in {"length", "range"} else (kind, constraint)
    if name == "enum":
        return f"Member must satisfy enum value set: [{', '.join(bound)}]"
    if name == "pattern":
        return f"Member must satisfy regular expression pattern: {bound}"
    what = "have length" if kind == "length" else "have value"
    return f"Member must {what} {'less' if name == 'max' else 'greater'} than or equal to {bound}"


def _camel(path: Path) -> str:
    """AWS's spelling of a path: lower camel case, and `.1.member` for the first item of a list."""
    parts = [f"{part + 1}.member" if isinstance(part, int) else part[:1].lower() + part[1:] for part in path]
    return ".".join(parts)


def _java(value: Any) -> str:
    """A value as Java prints it, which is what AWS's texts show."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}={_java(item)}" for key, item in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(_java(item) for item in value) + "]"
    return str(value).lower() if isinstance(value, bool) else str(value)


def _json_type(value: Any) -> str:
    names = {str: "string", bool: "boolean", int: "number", float: "number", list: "list", dict: "object"}
    return names.get(type(value), "null" if value is None else type(value).__name__)


def _plain_unknown(fault: Fault) -> str:
    from botocore import __version__

    name = str(fault.path[-1])
    lowered = {known.lower(): known for known in fault.constraint}
    close = difflib.get_close_matches(name.lower(), lowered, n=1)
    hint = f"; did you mean {lowered[close[0]]}?" if close else f"; known are {_choices(fault.constraint)}"
    return f"the installed botocore {__version__} does not know this member{hint}"


def _plain_enum(fault: Fault) -> str:
    close = difflib.get_close_matches(fault.value, fault.constraint, n=1, cutoff=0.7)
    hint = f"; did you mean {close[0]!r}?" if close else f"; allowed are {_choices(fault.constraint)}"
    return f"{_shown(fault.value)} is not an allowed value{hint}"


def _plain_size(fault: Fault) -> str:
    name, bound = fault.constraint
    limit = f"{'at most' if name == 'max' else 'at least'} {bound}"
    if fault.kind == "range":
        return f"{_shown(fault.value)} must be {limit}"
    noun = "characters" if isinstance(fault.value, str) else "items"
    part = "the key of this entry" if fault.entry and fault.entry.part == "key" else "this"
    return f"{part} has {len(fault.value)} {noun}, allowed are {limit}"


def _plain_pattern(fault: Fault) -> str:
    newline = " (it holds a line break)" if isinstance(fault.value, str) and "\n" in fault.value else ""
    return f"{_shown(fault.value)}{newline} does not match the pattern {fault.constraint}"


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= _LONGEST_VALUE else f"{text[:_LONGEST_VALUE]}..."


def _choices(names: Iterable[str]) -> str:
    ordered = list(names)
    more = f" and {len(ordered) - _MOST_CHOICES} more" if len(ordered) > _MOST_CHOICES else ""
    return ", ".join(ordered[:_MOST_CHOICES]) + more


_PLAIN: Mapping[Kind, Callable[[Fault], str]] = {
    "unknown": _plain_unknown,
    "missing": lambda _: "this required member is missing",
    "type": lambda fault: (
        f"must be a {fault.constraint}, not {_shown(fault.value)} ({_json_type(fault.value)})"
    ),
    "length": _plain_size,
    "range": _plain_size,
    "pattern": _plain_pattern,
    "enum": _plain_enum,
    "answer-only": lambda _: "SageMaker fills this member in its answers; take it out of the request",
}
