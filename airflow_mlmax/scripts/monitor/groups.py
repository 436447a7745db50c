"""Groups of rows by the values of a column, in the words of Clarify's `value_or_threshold`."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from .reading import DataError
from .sketch import Floats
from .table import Cells, Mask, spelled

MOST = 20
"""Different whole numbers up to which one given number is a category; above, and for decimals, it is a threshold."""

_NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
_INTERVAL = re.compile(rf"\s*([\[(])\s*({_NUMBER}|-inf|)\s*,\s*({_NUMBER}|inf|)\s*([\])])\s*")

Wanted = Sequence[str | float | bool]


@dataclass(frozen=True)
class Group:
    """Rows with one of some categories, or above a threshold, and how `analysis.json` names them."""

    name: str
    rows: Mask


def groups(cells: Cells, wanted: Wanted, what: str, known: Collection[str] = ()) -> list[Group]:
    """The one group that is wanted; where none is, one for each value of the column.

    :param known: names of the baseline's groups: where they are intervals, a number is a threshold again
    :raises DataError: for a column with too many values to take each as a group
    """
    if wanted:
        return [group(cells, wanted, what, known)]
    values = cells.categories()
    if len(values) > MOST:
        raise DataError(
            f"{what} has {len(values)} different values; say in value_or_threshold which are the group."
        )
    return [group(cells, [value], what, known) for value in values]


def group(cells: Cells, wanted: Wanted, what: str, known: Collection[str] = ()) -> Group:
    """The rows with one of the wanted values: categories, one number that is a threshold, or intervals as texts.

    Which of the two a number is depends on the column, so it is decided once, for the baseline.

    :raises DataError: for an interval in a column of texts
    """
    intervals = [found for each in wanted if (found := _INTERVAL.fullmatch(str(each)))]
    if len(intervals) == len(wanted):
        parts = [_interval(_as_numbers(cells, what), *found.groups()) for found in intervals]
    elif _is_threshold(cells, wanted, known):
        parts = [_interval(_as_numbers(cells, what), "(", str(wanted[0]), "", "]")]
    else:
        return Group(",".join(str(each) for each in wanted), cells.among(wanted))
    lower = float if cells.fractional else int
    names = (
        f"{left}{_written(low, lower)}, {_written(high, lower)}{right}" for left, low, high, right, _ in parts
    )
    rows: Mask = np.logical_or.reduce([part[-1] for part in parts])
    return Group(",".join(names), rows)


def key(name: str) -> tuple[str, ...]:
    """What two names of the same group share: an interval's upper bound is the largest value of its day."""
    found = list(_INTERVAL.finditer(name))
    if not found:
        return tuple(spelled(part) for part in name.split(","))
    return tuple(each[1] + spelled(float(each[2] or "-inf")) for each in found)


def _is_threshold(cells: Cells, wanted: Wanted, known: Collection[str]) -> bool:
    only = wanted[0]
    if (
        len(wanted) > 1
        or cells.numbers is None
        or isinstance(only, bool)
        or not re.fullmatch(_NUMBER, str(only))
    ):
        return False
    if known:
        return any(_INTERVAL.search(name) for name in known)
    return cells.fractional or len(cells.categories()) > MOST


def _as_numbers(cells: Cells, what: str) -> Floats:
    if cells.numbers is None:
        raise DataError(f"{what} is a column of texts, and an interval is given; name its values.")
    return cells.numbers


def _interval(
    numbers: Floats, left: str, low: str, high: str, right: str
) -> tuple[str, float, float, str, Mask]:
    """An interval without an upper bound ends with the largest value."""
    present = numbers[~np.isnan(numbers)]
    start = float(low or "-inf")
    end = float(high) if high else max(float(present.max()), start) if len(present) else start
    above = numbers >= start if left == "[" else numbers > start
    below = numbers <= end if right == "]" else numbers < end
    return left, start, end, right, above & below


def _written(bound: float, kind: type[float] | type[int]) -> str:
    return str(kind(bound)) if bound.is_integer() else str(bound)
