"""What checks of a column's categories say: not of rows, but of values that are new or missing."""

from collections.abc import Sequence
from typing import Any

from .results import CheckResult, plain
from .suites import Check

IN_SET = "expect_column_distinct_values_to_be_in_set"
CONTAIN_SET = "expect_column_distinct_values_to_contain_set"
EQUAL_SET = "expect_column_distinct_values_to_equal_set"
DISTINCT = frozenset({IN_SET, CONTAIN_SET, EQUAL_SET})
NAMED = 5
"""How many values a result names of each kind."""


def of_distinct(
    check: Check, new_count: int, new: Sequence[Any], missing_count: int, missing: Sequence[Any]
) -> CheckResult:
    """The result, with `new: fog, hail; missing: rain` as what was observed.

    :param new: values outside the set, the first `NAMED` or more of them in their order
    :param missing: members of the set that no row has, likewise
    """
    parts = []
    if check.type != CONTAIN_SET and new_count:
        parts.append(_named("new", new_count, new))
    if check.type != IN_SET and missing_count:
        parts.append(_named("missing", missing_count, missing))
    return CheckResult(check, success=not parts, observed="; ".join(parts) or None)


def _named(what: str, count: int, values: Sequence[Any]) -> str:
    shown = ", ".join(_text(value) for value in sorted(values)[:NAMED])
    more = f" and {count - NAMED} more" if count > NAMED else ""
    return f"{what}: {shown}{more}"


def _text(value: Any) -> str:
    """A value as text; pandas has whole numbers as floats where the column has gaps."""
    known = plain(value)
    return str(int(known) if isinstance(known, float) and known.is_integer() else known)
