"""Checks and their results in words, for the log, the verdict and the page."""

from datetime import datetime
from typing import Any

from .results import CheckResult
from .suites import Check

_LONGEST_VALUE = 40
_MOST_VALUES = 5
_VALUES = ("value", "value_set", "regex", "type_", "column_list", "column_set")


def expected(check: Check) -> str:
    """What a check wants: `17..90`, `US, GB`, `>= 95 %`."""
    kwargs = check.kwargs
    low, high = kwargs.get("min_value"), kwargs.get("max_value")
    words = [short(kwargs[name]) for name in _VALUES if name in kwargs and name != "column_list"]
    if "column_list" in kwargs and check.type.startswith("expect_table_"):
        words.append(short(kwargs["column_list"]))
    if low is not None and high is not None:
        words.append(f"{short(low)}..{short(high)}")
    elif low is not None or high is not None:
        words.append(f">= {short(low)}" if low is not None else f"<= {short(high)}")
    if check.mostly < 1:
        words.append(f"for {100 * check.mostly:g} %")
    return ", ".join(words)


def phrase(check: Check) -> str:
    """A check in one line: `age: values to be between 17..90`."""
    what = check.type.removeprefix("expect_").removeprefix("column_").replace("_", " ")
    wanted = f" {words}" if (words := expected(check)) else ""
    return f"{check.column}: {what}{wanted}" if check.column else f"{what}{wanted}"


def found(result: CheckResult) -> str:
    """What was found instead: rows and their share with an example, or the observed value."""
    if result.error:
        return f"could not be evaluated: {result.error}"
    if result.unexpected_count is None:
        return f"observed {short(result.observed)}"
    example = f", e.g. {short(result.sample[0])}" if result.sample else ""
    return f"{result.unexpected_count:,} of {result.element_count:,} rows{example}"


def short(value: Any) -> str:
    """A value in at most 40 characters, a list in its first five values; always on one line."""
    if isinstance(value, list | tuple | set | frozenset):
        shown = [short(each) for each in list(value)[:_MOST_VALUES]]
        more = f" and {len(value) - _MOST_VALUES} more" if len(value) > _MOST_VALUES else ""
        return ", ".join(shown) + more
    if isinstance(value, float):
        return f"{value:.6g}"
    text = value.isoformat(sep=" ") if isinstance(value, datetime) else str(value)
    text = text.replace("\n", "\\n").replace("\r", "\\r")
    return text if len(text) <= _LONGEST_VALUE else text[: _LONGEST_VALUE - 1] + "…"
