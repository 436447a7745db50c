"""Arguments that belong together and that a DAG writes as one dict, such as `compute` or `spot`."""

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, ClassVar, Self


@dataclass(frozen=True, kw_only=True)
class Group:
    """A dict of known keys. `short` names the key that a plain string stands for."""

    short: ClassVar[str | None] = None

    @classmethod
    def of(cls, value: Any) -> Self:
        """The group that a dict, a plain string or None describes; `group_faults` has found its faults before."""
        if value is None:
            return cls()
        if isinstance(value, cls):
            return value
        if cls.short is not None and isinstance(value, str):
            return cls(**{cls.short: value})
        return cls(**value)

    @classmethod
    def keys(cls) -> list[str]:
        return [each.name for each in fields(cls)]


def grouped(kind: type[Group]) -> Any:
    """A field of a request that holds one group."""
    return field(default=None, metadata={"group": kind})


def named_groups(kind: type[Group]) -> Any:
    """A field of a request that holds groups by name, such as the inputs of a job."""
    return field(default=None, metadata={"named_groups": kind})


def argument_group_faults(request: Any) -> Iterator[str]:
    """Faults of every group that a request dataclass declares by `grouped` and `named_groups`."""
    for each in fields(request):
        value = getattr(request, each.name)
        if (kind := each.metadata.get("group")) is not None:
            yield from group_faults(kind, value, each.name)
        elif (kind := each.metadata.get("named_groups")) is not None:
            yield from _named_faults(kind, value, each.name)


def _named_faults(kind: type[Group], value: Any, where: str) -> Iterator[str]:
    if value is None:
        return
    if not isinstance(value, Mapping):
        yield f"{where} is {type(value).__name__}; give a dict of names."
        return
    for name, item in value.items():
        yield from group_faults(kind, item, f"{where}[{name!r}]")


def group_faults(kind: type[Group], value: Any, where: str) -> Iterator[str]:
    """Unknown keys of a group, with the key that was probably meant."""
    known = kind.keys()
    if value is None or isinstance(value, kind) or (kind.short and isinstance(value, str)):
        return
    if not isinstance(value, Mapping):
        yield f"{where} is {type(value).__name__}; give a dict with keys out of {', '.join(known)}."
        return
    yield from unknown_keys(value, known, where)


def unknown_keys(value: Mapping[str, Any], known: list[str], where: str) -> Iterator[str]:
    """One sentence for each key that is not among the known ones."""
    for key in value:
        if key not in known:
            close = difflib.get_close_matches(str(key), known, n=1)
            hint = f"Did you mean {close[0]!r}?" if close else f"Known are {', '.join(known)}."
            yield f"{where} has no key {key!r}. {hint}"
