"""Texts: their most frequent values, their length, and the pattern they follow where they are codes."""

import re
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

from airflow_mlmax.profiling.report import Category, Texts
from airflow_mlmax.profiling.table import TABLE, Table
from airflow_mlmax.profiling.target import MEAN, VIEW, Aim, shown
from airflow_mlmax.quality.data import quoted

KEPT = 30
"""Values that are kept of each column, the most frequent first."""

_MOST_SHAPES = 60
_MOST_FORMS = 4
_LONGEST_CODE = 40
_CLASSES = {"A": "A-Z", "a": "a-z", "9": "0-9"}
_PLAIN = frozenset("-_:/#@%&=,;!~'\"<>")
"""Marks that mean themselves in a pattern, also where `re.escape` would quote them."""

_SHAPE = "regexp_replace(regexp_replace(regexp_replace({0}, '[A-Z]', 'A', 'g'), '[a-z]', 'a', 'g'), '[0-9]', '9', 'g')"


class Counts(NamedTuple):
    """How many rows have which value."""

    missing: int
    missing_target: float | None
    distinct: int
    top: tuple[Category, ...]


def counted(table: Table, name: str, aim: Aim | None) -> Counts:
    """Missing rows with the mean of their target, distinct values, and the most frequent of them."""
    mean = f"avg({MEAN})" if aim and aim.has_mean else "any_value(null)"
    column, source = quoted(name), VIEW if aim else TABLE
    distinct, present, top = table.row(
        f"with found as (select {column} as v, count(*) as n, {mean} as y from {source} where {column} is not null group by 1) "  # noqa: S608
        f"select count(*), coalesce(sum(n), 0)::BIGINT, (select list((v, n, y) order by n desc, v) from "
        f"(from found order by n desc, v limit {KEPT})) from found"
    )
    values = tuple(Category(shown(v), n, aim.mean(y, n) if aim else None) for v, n, y in top or ())
    missing = table.rows - present
    [lost] = table.row(f"select {mean} from {source} where {column} is null")  # noqa: S608
    return Counts(missing, aim.mean(lost, missing) if aim else None, distinct, values)


def texts(table: Table, name: str) -> Texts | None:
    """The form of a text column; None where it is empty."""
    column = quoted(name)
    shortest, longest, blank = table.row(
        f"select min(length({column})), max(length({column})), count(*) filter (where trim({column}) = '') from {TABLE}"  # noqa: S608
    )
    if shortest is None:
        return None
    codes = shortest > 0 and longest <= _LONGEST_CODE and not blank
    return Texts(shortest, longest, blank, _pattern(table, column) if codes else None)


def _pattern(table: Table, column: str) -> str | None:
    shapes = [
        shape
        for (shape,) in table.ask(
            f"select distinct {_SHAPE.format(column)} as shape from {TABLE} where {column} is not null "  # noqa: S608
            f"order by 1 limit {_MOST_SHAPES + 1}"
        )
    ]
    if len(shapes) <= _MOST_SHAPES:
        return pattern_of(shapes)
    return _loose(table, column)


def _loose(table: Table, column: str) -> str | None:
    """For ids and hashes, whose letters and digits stand anywhere: the characters that occur, and the length."""
    plain, *used, low, high = table.row(
        f"select bool_and(regexp_full_match({column}, '[0-9A-Za-z_-]+')), "  # noqa: S608
        + ", ".join(
            f"bool_or(regexp_matches({column}, '[{each}]'))" for each in ("0-9", "A-Z", "a-z", "_", "-")
        )
        + f", min(length({column})), max(length({column})) from {TABLE}"
    )
    if not plain or not used[0]:
        return None
    members = "".join(
        each for each, there in zip(("0-9", "A-Z", "a-z", "_", "-"), used, strict=True) if there
    )
    return f"^[{members}]{_times(low, high)}$"


def pattern_of(shapes: Sequence[str]) -> str | None:
    """One regular expression for all shapes (`A` for a capital, `a` for a small letter, `9` for a digit).

    None for what does not look like codes: words, spaces, other alphabets, or too many forms.
    """
    if not shapes or not all(_is_code(shape) for shape in shapes):
        return None
    forms: dict[tuple[str, ...], list[list[int]]] = {}
    for shape in shapes:
        runs = [(mark, len(list(group))) for mark, group in groupby(shape)]
        forms.setdefault(tuple(mark for mark, _ in runs), []).append([length for _, length in runs])
    if len(forms) == 1:
        [(marks, lengths)] = forms.items()
        return f"^{_form(marks, lengths)}$"
    if len({len(shape) for shape in shapes}) == 1:
        return f"^{_by_position(shapes)}$"
    if len(forms) <= _MOST_FORMS:
        return "^(?:" + "|".join(_form(*each) for each in sorted(forms.items())) + ")$"
    return None


def _is_code(shape: str) -> bool:
    """Ink only, in ASCII, and with a digit or without a small letter: neither words nor names."""
    return shape.isascii() and shape.isprintable() and " " not in shape and ("9" in shape or "a" not in shape)


def _form(marks: Sequence[str], lengths: Sequence[Sequence[int]]) -> str:
    columns = zip(*lengths, strict=True)
    return "".join(
        _one(mark) + _times(min(each), max(each)) for mark, each in zip(marks, columns, strict=True)
    )


def _by_position(shapes: Sequence[str]) -> str:
    """For shapes of one length: what occurs at each place."""
    places = ["".join(sorted(set(each))) for each in zip(*shapes, strict=True)]
    return "".join(_any_of(marks) + _times(count, count) for marks, count in _runs(places))


def _runs(places: Sequence[str]) -> Iterator[tuple[str, int]]:
    for marks, group in groupby(places):
        yield marks, len(list(group))


def _any_of(marks: str) -> str:
    if len(marks) == 1:
        return _one(marks)
    return "[" + "".join(_CLASSES.get(mark, re.escape(mark)) for mark in marks) + "]"


def _one(mark: str) -> str:
    if mark in _CLASSES:
        return f"[{_CLASSES[mark]}]"
    return mark if mark in _PLAIN else re.escape(mark)


def _times(low: int, high: int) -> str:
    if low == high:
        return "" if low == 1 else f"{{{low}}}"
    return f"{{{low},{high}}}"
