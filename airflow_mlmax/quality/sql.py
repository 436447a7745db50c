"""A check as SQL for DuckDB, with exactly the counts that Great Expectations has on the same values."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .catalogue import CATALOGUE
from .data import ROW, quoted
from .distinct import CONTAIN_SET, EQUAL_SET, IN_SET, NAMED, of_distinct
from .predicates import BAD, COMPARABLE, NUMERIC, NotCompiledError, Subject, literal, members, outside
from .results import LOOKED_AT, CheckResult, of_aggregate, of_values, within
from .suites import Check


@dataclass(frozen=True)
class Compiled:
    """A check as expressions of one `select` over the table, and the reader of their values."""

    expressions: Sequence[str]
    read: Callable[[Sequence[Any]], CheckResult]
    bad: str | None = None
    """For a row rule, the condition that is true on a bad row."""


def compiled(check: Check, columns: Mapping[str, str], view: str) -> Compiled:
    """The check as SQL over a view with these columns.

    :raises NotCompiledError: DuckDB has no exact equal
    """
    if check.type in CATALOGUE and (more := check.kwargs.keys() - CATALOGUE[check.type].keywords):
        raise NotCompiledError(f"{check.type} with {', '.join(sorted(more))}")
    subject = Subject(check, columns, view)
    if check.type in BAD:
        return _by_row(subject, *BAD[check.type](subject))
    if check.type in _AGGREGATES:
        return _aggregate(subject)
    if check.type in _WHOLE:
        return _WHOLE[check.type](subject)
    raise NotCompiledError(check.type)


def _of_counts(check: Check, found: Sequence[Any]) -> CheckResult:
    rows, missing, bad, sample = found
    return of_values(check, rows, missing, bad, sample or ())


def _by_row(subject: Subject, bad: str, present: str = "true") -> Compiled:
    check = subject.check
    shown = quoted(check.columns[0])
    expressions = [
        "count(*)",
        f"count(*) filter (where not ({present}))",
        f"count(*) filter (where {bad})",
        f"arg_min({shown}, {ROW}, {LOOKED_AT}) filter (where {bad})",
    ]
    return Compiled(expressions, lambda found: _of_counts(check, found), bad)


_DEVIATION = (
    "case when bool_or(isinf({0})) then 'nan'::DOUBLE "
    "else stddev_samp(case when not isinf({0}) then {0} end) end"  # an infinity would end the whole query
)
_AGGREGATES = {
    "expect_column_min_to_be_between": ("min({0})", COMPARABLE),
    "expect_column_max_to_be_between": ("max({0})", COMPARABLE),
    "expect_column_sum_to_be_between": ("coalesce(sum({0}), 0)", NUMERIC),
    "expect_column_mean_to_be_between": ("avg({0})", NUMERIC),
    "expect_column_median_to_be_between": ("median({0})", NUMERIC),
    "expect_column_stdev_to_be_between": (_DEVIATION, NUMERIC),
    "expect_column_proportion_of_non_null_values_to_be_between": (
        "case when count(*) = 0 then 0 else count({0}) / count(*) end",
        None,
    ),
    "expect_column_unique_value_count_to_be_between": ("count(distinct {0})", None),
    "expect_column_proportion_of_unique_values_to_be_between": (
        "case when count({0}) = 0 then 0 else count(distinct {0}) / count({0}) end",
        None,
    ),
}


def _aggregate(subject: Subject) -> Compiled:
    template, allowed = _AGGREGATES[subject.check.type]
    if subject.type_of() == "other":
        raise NotCompiledError(f"{subject.check.type} on a column that is neither number, text nor time")
    kind = "number"
    if allowed:
        subject.require(allowed)
        kind = subject.type_of()
    outside(subject, "", kind)  # refuses bounds of another type
    sql = template.replace("{0}", subject.column())
    return Compiled([sql], lambda found: of_aggregate(subject.check, found[0]))


def _unique(subject: Subject) -> Compiled:
    names = subject.check.kwargs.get("column_list") or [subject.check.kwargs["column"]]
    if any(subject.columns[name] == "other" for name in names):
        raise NotCompiledError(f"{subject.check.type} on a column that is neither number, text nor time")
    keys = ", ".join(map(quoted, names))
    missing = " and ".join(f"{quoted(name)} is null" for name in names)
    repeated = f"from {subject.view} where not ({missing}) group by {keys} having count(*) > 1"
    expressions = [
        "count(*)",
        f"count(*) filter (where {missing})",
        f"(select coalesce(sum(__mlmax_size), 0)::BIGINT from (select count(*) as __mlmax_size {repeated}))",  # noqa: S608
        f"(select list(__mlmax_value) from (select {quoted(names[0])} as __mlmax_value {repeated} order by min({ROW}) limit {LOOKED_AT}))",  # noqa: S608
    ]
    return Compiled(expressions, lambda found: _of_counts(subject.check, found))


def _distinct(subject: Subject) -> Compiled:
    wanted, column = members(subject), subject.column()
    if subject.check.type != IN_SET and len(set(wanted)) < len(subject.check.kwargs["value_set"]):
        raise NotCompiledError(f"{subject.check.type} with a null, or a value that stands twice")
    values = ", ".join(map(literal, wanted))
    new = f"select distinct {column} as __mlmax_value from {subject.view} where {column} not in ({values})"  # noqa: S608
    expressions = [
        f"count(distinct {column}) filter (where {column} not in ({values}))",
        f"(select list(__mlmax_value order by __mlmax_value) from ({new} order by 1 limit {NAMED}))",  # noqa: S608
        f"list(distinct {column}) filter (where {column} in ({values}))",
    ]

    def read(found: Sequence[Any]) -> CheckResult:
        missing = sorted(set(wanted) - set(found[2] or ()))
        return of_distinct(subject.check, found[0], found[1] or (), len(missing), missing)

    return Compiled(expressions, read)


def _row_count(subject: Subject) -> Compiled:
    return Compiled(
        ["count(*)"],
        lambda found: CheckResult(subject.check, within(found[0], _range(subject)), observed=found[0]),
    )


def _names(subject: Subject) -> Compiled:
    there, wanted = list(subject.columns), list(subject.check.kwargs["column_list"])
    return Compiled([], lambda _: CheckResult(subject.check, there == wanted, observed=there))


def _name_set(subject: Subject) -> Compiled:
    there, wanted = set(subject.columns), set(subject.check.kwargs["column_set"])
    success = wanted == there if subject.check.kwargs.get("exact_match", True) else wanted <= there
    return Compiled([], lambda _: CheckResult(subject.check, success, observed=sorted(there)))


def _existence(subject: Subject) -> Compiled:
    success = subject.check.kwargs["column"] in subject.columns
    return Compiled([], lambda _: CheckResult(subject.check, success))


def _width(subject: Subject) -> Compiled:
    found = len(subject.columns)
    return Compiled([], lambda _: CheckResult(subject.check, within(found, _range(subject)), observed=found))


def _range(subject: Subject) -> Mapping[str, Any]:
    """Bounds, also where the check names one number."""
    kwargs = subject.check.kwargs
    return {"min_value": kwargs["value"], "max_value": kwargs["value"]} if "value" in kwargs else kwargs


_WHOLE: dict[str, Callable[[Subject], Compiled]] = {
    "expect_column_values_to_be_unique": _unique,
    "expect_compound_columns_to_be_unique": _unique,
    IN_SET: _distinct,
    CONTAIN_SET: _distinct,
    EQUAL_SET: _distinct,
    "expect_table_row_count_to_be_between": _row_count,
    "expect_table_row_count_to_equal": _row_count,
    "expect_table_column_count_to_be_between": _width,
    "expect_table_column_count_to_equal": _width,
    "expect_table_columns_to_match_ordered_list": _names,
    "expect_table_columns_to_match_set": _name_set,
    "expect_column_to_exist": _existence,
}
