"""When a row is bad by a check, as a condition of DuckDB that is true for exactly the rows Great Expectations counts."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import combinations
from typing import Any

from .data import EXACT_IN_FLOAT, quoted
from .suites import Check

SEARCH = "mlmax_search"
"""SQL function `(text, pattern)`: Python's own `re.search`, because DuckDB's patterns mean other things."""

PARSES = "mlmax_parses"
"""SQL function `(text, format)`: whether Python's own `strptime` reads the text."""

NUMERIC = frozenset({"integer", "number"})
COMPARABLE = NUMERIC | {"timestamp"}

_LITERALS = {"integer": (int, float), "number": (int, float), "string": (str,), "boolean": (bool,)}


class NotCompiledError(ValueError):
    """A check, or this check on a column of this type, that has no exact equal in DuckDB."""


@dataclass(frozen=True)
class Subject:
    """A check with the table that it is about."""

    check: Check
    columns: Mapping[str, str]
    view: str

    def type_of(self, keyword: str = "column") -> str:
        return self.columns[self.check.kwargs[keyword]]

    def column(self, keyword: str = "column") -> str:
        return quoted(self.check.kwargs[keyword])

    def require(self, allowed: frozenset[str], *keywords: str) -> None:
        for keyword in keywords or ("column",):
            if self.type_of(keyword) not in allowed:
                raise NotCompiledError(f"{self.check.type} on a column of type {self.type_of(keyword)}")


def literal(value: Any) -> str:
    """A Python value in SQL."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return f"'{value!r}'::DOUBLE"
    if isinstance(value, datetime):
        return f"TIMESTAMP '{value.isoformat(sep=' ')}'"
    return "'" + str(value).replace("'", "''") + "'"


def _not_null(subject: Subject) -> tuple[str, ...]:
    return (f"{subject.column()} is null",)


def _null(subject: Subject) -> tuple[str, ...]:
    return (f"{subject.column()} is not null",)


def _between(subject: Subject) -> tuple[str, str]:
    subject.require(COMPARABLE)
    return outside(subject, subject.column(), subject.type_of()), f"{subject.column()} is not null"


def _lengths(subject: Subject) -> tuple[str, str]:
    subject.require(frozenset({"string"}))
    length = f"length({subject.column()})"  # in characters, as strlen is not
    if "value" in subject.check.kwargs:
        bad = f"{length} <> {literal(subject.check.kwargs['value'])}"
    else:
        bad = outside(subject, length, "integer")
    return bad, f"{subject.column()} is not null"


def outside(subject: Subject, value: str, kind: str) -> str:
    """Whether a value of this type is outside the check's bounds. Raises NotCompiledError for bounds of another type."""
    kwargs, conditions = subject.check.kwargs, []
    for keyword, strict, over, equal in (
        ("min_value", "strict_min", "<", "<="),
        ("max_value", "strict_max", ">", ">="),
    ):
        if (bound := kwargs.get(keyword)) is not None:
            _bound_fits(subject, bound, kind)
            conditions.append(f"{value} {equal if kwargs.get(strict) else over} {literal(bound)}")
    return "(" + " or ".join(conditions) + ")"


def _bound_fits(subject: Subject, bound: Any, kind: str) -> None:
    wanted = (datetime,) if kind == "timestamp" else (int, float)
    if isinstance(bound, bool) or not isinstance(bound, wanted):
        raise NotCompiledError(f"{subject.check.type} with the bound {bound!r} on a column of type {kind}")
    if isinstance(bound, int) and abs(bound) > EXACT_IN_FLOAT:
        raise NotCompiledError(
            f"{subject.check.type} with {bound}, which Great Expectations rounds to a float"
        )


def members(subject: Subject) -> list[Any]:
    """The check's value set. Raises NotCompiledError for members of another type than the column's."""
    kind = subject.type_of()
    # A null in the set is ignored; in SQL nothing would ever be outside a set with a null.
    values = [value for value in subject.check.kwargs["value_set"] if value is not None]
    fitting = _LITERALS.get(kind, ())
    if not all(
        isinstance(each, fitting) and isinstance(each, bool) == (kind == "boolean") for each in values
    ):
        raise NotCompiledError(f"{subject.check.type} with values of another type than the column's, {kind}")
    return values


def _in_set(subject: Subject) -> tuple[str, str]:
    values = members(subject)
    present = f"{subject.column()} is not null"
    inside = f"{subject.column()} in ({', '.join(map(literal, values))})" if values else "false"
    wrong = f"not ({inside})" if subject.check.type.endswith("_to_be_in_set") else inside
    return f"{present} and {wrong}", present


def _regex(subject: Subject) -> tuple[str, str]:
    subject.require(frozenset({"string"}))
    found = f"{SEARCH}({subject.column()}, {literal(subject.check.kwargs['regex'])})"
    wrong = found if "not_match" in subject.check.type else f"not {found}"
    present = f"{subject.column()} is not null"
    return f"{present} and {wrong}", present


def _regex_list(subject: Subject) -> tuple[str, str]:
    subject.require(frozenset({"string"}))
    kwargs = subject.check.kwargs
    found = [f"{SEARCH}({subject.column()}, {literal(pattern)})" for pattern in kwargs["regex_list"]]
    if not found:
        raise NotCompiledError(f"{subject.check.type} with no pattern")
    joined = f" {'and' if kwargs.get('match_on') == 'all' else 'or'} ".join(found)
    wrong = f"({joined})" if "not_match" in subject.check.type else f"not ({joined})"
    present = f"{subject.column()} is not null"
    return f"{present} and {wrong}", present


def _strftime(subject: Subject) -> tuple[str, str]:
    subject.require(frozenset({"string"}))
    present = f"{subject.column()} is not null"
    form = literal(subject.check.kwargs["strftime_format"])
    return f"{present} and not {PARSES}({subject.column()}, {form})", present


def _across(subject: Subject) -> tuple[str, str]:
    """Comparisons within a row over a list of columns, in which a missing value equals a missing one."""
    names = subject.check.kwargs["column_list"]
    kinds = {subject.columns[name] for name in names}
    if len(names) < 2 or "other" in kinds or len(kinds) > 1:  # noqa: PLR2004 - a comparison has two sides
        raise NotCompiledError(f"{subject.check.type} on columns that are not of one comparable type")
    columns = [quoted(name) for name in names]
    present = f"not ({' and '.join(f'{column} is null' for column in columns)})"
    if subject.check.type == "expect_multicolumn_values_to_be_equal":
        wrong = [f"{columns[0]} is distinct from {column}" for column in columns[1:]]
    else:
        wrong = [f"{one} is not distinct from {other}" for one, other in combinations(columns, 2)]
    return f"{present} and ({' or '.join(wrong)})", present


def _pair(subject: Subject) -> tuple[str, str]:
    subject.require(COMPARABLE, "column_A", "column_B")
    kinds = {subject.type_of("column_A"), subject.type_of("column_B")}
    if "timestamp" in kinds and len(kinds) > 1:
        raise NotCompiledError(f"{subject.check.type} on columns of two types")
    first, second = subject.column("column_A"), subject.column("column_B")
    operator = "="
    if subject.check.type.endswith("greater_than_b"):
        operator = ">=" if subject.check.kwargs.get("or_equal") else ">"
    present = f"not ({first} is null and {second} is null)"
    # One value missing is bad, so the comparison must be true rather than not false.
    return f"{present} and ({first} {operator} {second}) is not true", present


BAD: dict[str, Callable[[Subject], tuple[str, ...]]] = {
    "expect_column_values_to_not_be_null": _not_null,
    "expect_column_values_to_be_null": _null,
    "expect_column_values_to_be_between": _between,
    "expect_column_value_lengths_to_be_between": _lengths,
    "expect_column_value_lengths_to_equal": _lengths,
    "expect_column_values_to_be_in_set": _in_set,
    "expect_column_values_to_not_be_in_set": _in_set,
    "expect_column_values_to_match_regex": _regex,
    "expect_column_values_to_not_match_regex": _regex,
    "expect_column_values_to_match_regex_list": _regex_list,
    "expect_column_values_to_not_match_regex_list": _regex_list,
    "expect_column_values_to_match_strftime_format": _strftime,
    "expect_multicolumn_values_to_be_equal": _across,
    "expect_select_column_values_to_be_unique_within_record": _across,
    "expect_column_pair_values_a_to_be_greater_than_b": _pair,
    "expect_column_pair_values_to_be_equal": _pair,
}
