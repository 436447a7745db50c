"""Checks and their results in words, for the log, the verdict and the page."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from .columns import difference
from .distinct import DISTINCT
from .results import CheckResult
from .suites import Check

_LONGEST_VALUE = 40
_MOST_VALUES = 5
_WIDTH = 110
_WANTED = 40
"""Characters that a check has at least, however long what was found."""
_VALUES = ("value", "value_set", "regex", "type_", "column_list", "column_set")
_COLUMNS = {
    "expect_table_columns_to_match_ordered_list": "columns, in order",
    "expect_table_columns_to_match_set": "columns",
}
_IN_SET = "expect_column_values_to_be_in_set"


def expected(check: Check) -> str:
    """What a check wants: `17..90`, `US, GB`, `for 95 %`."""
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
    if check.type in _COLUMNS:
        return _COLUMNS[check.type]
    what = check.type.removeprefix("expect_").removeprefix("column_").replace("_", " ")
    wanted = f" {words}" if (words := expected(check)) else ""
    return f"{check.column}: {what}{wanted}" if check.column else f"{what}{wanted}"


def found(result: CheckResult) -> str:
    """What was found instead: rows and their share with an example, or the observed value."""
    check = result.check
    if result.error:
        return f"could not be evaluated: {result.error}"
    if check.type in _COLUMNS and isinstance(result.observed, list):
        return "; ".join(_column_parts(check, result.observed)) or "as wanted"
    if check.type in DISTINCT and isinstance(result.observed, str):
        return result.observed
    if result.unexpected_count is None:
        return f"observed {short(result.observed)}"
    return f"{result.unexpected_count:,} of {result.element_count:,} rows{_examples(result)}"


def _examples(result: CheckResult) -> str:
    if not result.sample:
        return ""
    if result.check.type == _IN_SET:
        return f", unknown: {short(result.sample)}"
    return f", e.g. {short(result.sample[0])}"


def line(result: CheckResult) -> str:
    """A check and what was found, for one line of a log; what was found is cut last."""
    wanted, seen = phrase(result.check), found(result)
    if result.check.type not in _COLUMNS:
        seen = shortened(seen, _WIDTH - _WANTED)
        wanted = shortened(wanted, _WIDTH - len(seen))
    return f"{wanted}   {seen}"


def without(missing: Iterable[str], there: Iterable[str]) -> str:
    """Columns that are not there, with those that may be meant: `no column temp; temperature is there`."""
    gone = list(missing)
    renamed = difference(gone, list(there)).renamed.values()
    close = f"; {short(list(renamed))} is there" if renamed else ""
    return f"no column {short(gone)}{close}"


def short(value: Any) -> str:
    """A value in at most 40 characters, a list in its first five values; always on one line."""
    if isinstance(value, list | tuple | set | frozenset):
        shown = [short(each) for each in list(value)[:_MOST_VALUES]]
        more = f" and {len(value) - _MOST_VALUES} more" if len(value) > _MOST_VALUES else ""
        return ", ".join(shown) + more
    if isinstance(value, float):
        return f"{value:.6g}"
    text = value.isoformat(sep=" ") if isinstance(value, datetime) else str(value)
    return shortened(text.replace("\n", "\\n").replace("\r", "\\r"), _LONGEST_VALUE)


def shortened(text: str, longest: int) -> str:
    """A text, or its beginning and an ellipsis."""
    return text if len(text) <= longest else text[: longest - 1] + "…"


def _column_parts(check: Check, there: list[str]) -> Iterable[str]:
    """How the columns differ from those that a check wants: `column temp is gone, temperature is new: renamed?`."""
    ordered = "column_list" in check.kwargs
    change = difference(check.kwargs["column_list" if ordered else "column_set"], there)
    for old, new in list(change.renamed.items())[:_MOST_VALUES]:
        yield f"column {short(old)} is gone, {short(new)} is new: renamed?"
    if len(change.renamed) > _MOST_VALUES:
        yield f"{len(change.renamed) - _MOST_VALUES} more like these"
    if change.gone:
        yield f"gone: {short(change.gone)}"
    if change.new and (ordered or check.kwargs.get("exact_match", True)):
        yield f"new: {short(change.new)}"
    if change.moved and ordered:
        yield f"moved: {short(change.moved)}"
