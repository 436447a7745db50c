"""The part of JSONPath that batch transform understands: `$.a`, `$['a','b']`, `$[1:]`, `$[0,5:]`, `$[-1]`, `$.a.*`."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

_STEP = re.compile(r"\.?\[(?P<inside>[^\]]*)\]|\.(?P<name>[^.\[\]'\"*\s]+|\*)")
_QUOTED = re.compile(r"\s*(?P<mark>['\"])(?P<name>[^'\"]*)(?P=mark)\s*")
_INDEX = re.compile(r"\s*(-?\d+)\s*")
_SLICE = re.compile(r"\s*(-?\d*)\s*:\s*(-?\d*)\s*")

Pick = int | slice


class FilterError(Exception):
    """A path is not supported, or a record does not have what it selects."""


@dataclass(frozen=True)
class _Names:
    """Children of an object: one gives its value, several an object with those keys."""

    names: tuple[str, ...]

    @property
    def is_plural(self) -> bool:
        return len(self.names) > 1

    def of(self, value: Any) -> Any:
        missing = [name for name in self.names if not isinstance(value, dict) or name not in value]
        if missing:
            raise FilterError(f"the record has no {missing[0]!r}")
        return {name: value[name] for name in self.names} if self.is_plural else value[self.names[0]]


@dataclass(frozen=True)
class _Items:
    """Items of a list: one index gives the item, several or a slice a list."""

    picks: tuple[Pick, ...]

    @property
    def is_plural(self) -> bool:
        return len(self.picks) > 1 or isinstance(self.picks[0], slice)

    def of(self, value: Any) -> Any:
        if not isinstance(value, list):
            raise FilterError("the record is not a list")
        found = [item for pick in self.picks for item in _picked(value, pick)]
        return found if self.is_plural else found[0]


@dataclass(frozen=True)
class _Everything:
    """All children, as a list."""

    is_plural = True

    def of(self, value: Any) -> list[Any]:
        if isinstance(value, dict):
            return list(value.values())
        if isinstance(value, list):
            return value
        raise FilterError("the record has nothing that * could select")


Step = _Names | _Items | _Everything


@dataclass(frozen=True)
class Filter:
    """A parsed path."""

    text: str
    steps: tuple[Step, ...]

    @classmethod
    def parse(cls, text: str) -> "Filter":
        """Raises FilterError for what batch transform does not understand."""
        try:
            steps = tuple(_steps(text))
        except ValueError:
            raise FilterError(
                f"{text!r} is not a supported JSONPath; use $, $.a, $['a','b'], $[1:], $[0,5:], $[-1] or *"
            ) from None
        if any(step.is_plural for step in steps[:-1]):
            raise FilterError(f"{text!r}: only the last step may select several values")
        return cls(text, steps)

    @property
    def is_whole(self) -> bool:
        """Whether the path selects the record as it is."""
        return not self.steps

    def of(self, value: Any) -> Any:
        """What the path selects. Raises FilterError if a record lacks a key or an index."""
        try:
            for step in self.steps:
                value = step.of(value)
        except FilterError as error:
            raise FilterError(f"{self.text}: {error}") from None
        return value


def _steps(text: str) -> Iterator[Step]:
    if not text.startswith("$"):
        raise ValueError(text)
    position = 1
    while position < len(text):
        found = _STEP.match(text, position)
        if not found:
            raise ValueError(text)
        yield _step(found)
        position = found.end()


def _step(found: re.Match[str]) -> Step:
    name, inside = found["name"], found["inside"]
    if name == "*" or (inside and inside.strip() == "*"):
        return _Everything()
    if name:
        return _Names((name,))
    parts = inside.split(",")
    quoted = [match for match in map(_QUOTED.fullmatch, parts) if match]
    if len(quoted) == len(parts):
        return _Names(tuple(match["name"] for match in quoted))
    return _Items(tuple(_pick(part) for part in parts))


def _pick(text: str) -> Pick:
    if found := _INDEX.fullmatch(text):
        return int(found[1])
    if found := _SLICE.fullmatch(text):
        return slice(*(int(bound) if bound else None for bound in found.groups()))
    raise ValueError(text)


def _picked(value: list[Any], pick: Pick) -> list[Any]:
    """Items for one index or slice; a bound outside the record is an error as an index is."""
    size = len(value)
    if not isinstance(pick, slice):
        _check(pick, size, size - 1)
        return [value[pick]]
    _check(pick.start, size, size - 1)
    _check(pick.stop, size, size)
    return value[pick]


def _check(index: int | None, size: int, last: int) -> None:
    if index is not None and not -size <= index <= last:
        raise FilterError(f"index {index} is outside the record of {size} values")
