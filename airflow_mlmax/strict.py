"""Frozen models of what YAML files say, and their mistakes as sentences: file, key, value, and what is allowed."""

import difflib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

from pydantic import BaseModel, ConfigDict, ValidationError
from typing_extensions import is_typeddict  # knows those of Python 3.11 that pydantic wants

STRICT = ConfigDict(frozen=True, extra="forbid")

_LONGEST_VALUE = 80
_MISSING = frozenset({"missing", "missing_argument"})
_UNKNOWN = frozenset({"extra_forbidden", "unexpected_keyword_argument"})
_KEY = "[key]"
_BY_PYDANTIC = "Value error, "


class Strict(BaseModel):
    """A model that nobody changes and that takes no unknown key."""

    model_config = STRICT


class MistakesError(ValueError):
    """Files do not say what they should. The message lists every mistake.

    :param where: what is wrong
    :param faults: one sentence for each mistake
    """

    def __init__(self, where: str, faults: Sequence[str]) -> None:
        self.faults = list(faults)
        listed = "\n".join(f"  - {fault}" for fault in self.faults)
        super().__init__(f"{len(self.faults)} mistake(s) in {where}:\n{listed}")


def mistakes(kind: type[BaseModel], error: ValidationError) -> Iterator[tuple[list[str], str]]:
    """Each of pydantic's faults as its place and a sentence that begins with the key.

    :param kind: the model that was to be made
    """
    for fault in error.errors():
        place = [str(name) for name in fault["loc"] if name != _KEY]
        yield place, f"{'.'.join(place)}{_sentence(kind, place, fault)}"


def close_to(name: str, known: Sequence[str]) -> str:
    """What somebody meant who wrote a name that does not exist, or all that there are."""
    close = difflib.get_close_matches(name, known, n=1)
    return f"did you mean {close[0]!r}?" if close else f"known are {', '.join(known) or 'none'}"


def _sentence(kind: Any, place: Sequence[str], fault: Any) -> str:
    if fault["type"] in _MISSING:
        return ": missing"
    if fault["type"] in _UNKNOWN:
        return f": unknown key; {close_to(place[-1], [*_members(_at(kind, place[:-1]))])}"
    text = fault["msg"].removeprefix(_BY_PYDANTIC)
    if isinstance(fault["input"], Mapping) and text != fault["msg"]:
        return f": {text}"  # about several keys below
    return f" = {str(fault['input'])[:_LONGEST_VALUE]!r}: {text}{_meant(fault)}"


def _meant(fault: Any) -> str:
    """Of several allowed words the one that is meant."""
    words = re.findall(r"'([^']*)'", fault.get("ctx", {}).get("expected", "") or "")
    close = difflib.get_close_matches(str(fault["input"]), words, n=1)
    return f"; did you mean {close[0]!r}?" if close else ""


def _at(kind: Any, place: Sequence[str]) -> Any:
    """The type of what stands at a place."""
    for name in place:
        plain = _plain(kind)
        inner = get_origin(plain) in (dict, list)
        kind = get_args(plain)[-1] if inner else _members(plain)[name]
    return _plain(kind)


def _plain(kind: Any) -> Any:
    """`X` of `X | None` and of `Annotated[X, ...]`."""
    while get_origin(kind) in (Annotated, Union, UnionType):
        kind = get_args(kind)[0]
    return kind


def _members(kind: Any) -> dict[str, Any]:
    """Types by key."""
    if is_typeddict(kind):
        return get_type_hints(kind)
    if is_dataclass(kind):
        return {each.name: each.type for each in fields(kind)}
    return {name: field.annotation for name, field in getattr(kind, "model_fields", {}).items()}
