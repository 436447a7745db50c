"""Careful reading of a request whose types nobody has checked yet."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any


def part(value: Any, *path: str) -> Any:
    """The value at a path of member names, or None."""
    for key in path:
        value = value.get(key) if isinstance(value, Mapping) else None
    return value


def structures(value: Any, *path: str) -> list[Mapping[str, Any]]:
    """The structures in the list at a path."""
    found = part(value, *path)
    return [item for item in found if isinstance(item, Mapping)] if isinstance(found, list) else []


def number(value: Any, *path: str) -> int | float | None:
    """The number at a path, or None."""
    found = part(value, *path)
    return found if isinstance(found, int | float) and not isinstance(found, bool) else None


def repeated(names: Iterable[Any]) -> list[str]:
    """Names that occur more than once."""
    return [str(name) for name, count in Counter(map(str, names)).items() if count > 1]


def one_of(request: Any, where: str, *names: str) -> Iterator[str]:
    """A fault unless exactly one of the members is given."""
    given = [name for name in names if part(request, name)]
    if len(given) != 1:
        found = " and ".join(given) if given else "none"
        yield f"{where}: exactly one of {', '.join(names)} is needed, found {found}."
