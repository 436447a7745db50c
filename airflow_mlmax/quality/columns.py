"""How the columns of data differ from those that were wanted: dropped, added, renamed, moved."""

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher, get_close_matches

_ALIKE = 0.6
"""Of difflib's ratio."""

_SHORTEST_PART = 3


@dataclass(frozen=True)
class Difference:
    """What became of the columns."""

    renamed: dict[str, str]
    """New name by old one, where the names are alike or the one stands in the other's place."""

    gone: list[str]
    new: list[str]
    moved: list[str]
    """Columns that are there, but no longer in their place among the others."""


def difference(wanted: Sequence[str], there: Sequence[str]) -> Difference:
    """Compares names in the order of their columns."""
    gone = [name for name in wanted if name not in there]
    new = [name for name in there if name not in wanted]
    renamed: dict[str, str] = {}
    for old in gone:
        left = [name for name in new if name not in renamed.values()]
        if match := _same_place(old, left, wanted, there) or _alike(old, left):
            renamed[old] = match
    return Difference(
        renamed=renamed,
        gone=[name for name in gone if name not in renamed],
        new=[name for name in new if name not in renamed.values()],
        moved=_moved([name for name in wanted if name in there], [name for name in there if name in wanted]),
    )


def _alike(old: str, candidates: Sequence[str]) -> str | None:
    """The candidate whose name is most like the old one, or holds it, as `temperature` holds `temp`."""
    lowered = {name.lower(): name for name in candidates}
    close = get_close_matches(old.lower(), list(lowered), n=1, cutoff=_ALIKE)
    held = [name for name in lowered if _holds(name, old.lower()) or _holds(old.lower(), name)]
    found = [*close, *held]
    return lowered[found[0]] if found else None


def _holds(name: str, part: str) -> bool:
    return len(part) >= _SHORTEST_PART and part in name


def _same_place(
    old: str, candidates: Sequence[str], wanted: Sequence[str], there: Sequence[str]
) -> str | None:
    """The new column between the same neighbours, where nothing else came or went."""
    if len(wanted) != len(there):
        return None
    name = there[wanted.index(old)]
    return name if name in candidates and _alike(old, candidates) in {None, name} else None


def _moved(before: Sequence[str], after: Sequence[str]) -> list[str]:
    blocks = SequenceMatcher(a=before, b=after, autojunk=False).get_matching_blocks()
    still = {name for block in blocks for name in before[block.a : block.a + block.size]}
    return [name for name in after if name not in still]
