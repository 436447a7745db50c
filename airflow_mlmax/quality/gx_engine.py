"""The reference engine: Great Expectations Core on pandas. Its import takes seconds, so only a task may cause it."""

import os
import warnings
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from functools import cache
from typing import Any

from .data import Data
from .distinct import DISTINCT, of_distinct
from .errors import SuiteError
from .results import CheckResult, plain, samples
from .suites import Check

_COUNTS = ("element_count", "missing_count", "unexpected_count")
_DISTINCT: Sequence[tuple[str, Any]] = (
    ("unexpected_count", 0),
    ("partial_unexpected_list", ()),
    ("missing_count", 0),
    ("partial_missing_list", ()),
)
_LONGEST_ERROR = 300
_REGEX = "; use expect_column_values_to_match_regex, or its _list or not_ form"
_OF_DATABASES = {
    "expect_column_values_to_match_like_pattern": _REGEX,
    "expect_column_values_to_match_like_pattern_list": _REGEX,
    "expect_column_values_to_not_match_like_pattern": _REGEX,
    "expect_column_values_to_not_match_like_pattern_list": _REGEX,
    "expect_query_results_to_match_comparison": "",
    "expect_table_row_count_to_equal_other_table": "; use expect_table_row_count_to_equal with a parameter",
    "unexpected_rows_expectation": "",
}
"""Types that Great Expectations cannot run on files, with what to take instead."""


class GreatExpectationsEngine:
    """Runs any expectation of Great Expectations on the whole table in memory."""

    name = "great_expectations"

    @property
    def version(self) -> str:
        return str(_library().__version__)

    def can_run(self, data: Data, check: Check) -> bool:
        """Whatever the suite may hold."""
        return True

    def run(self, data: Data, checks: Sequence[Check]) -> list[CheckResult]:
        found = validated("pandas", data.frame(), checks, result_format="SUMMARY") if checks else {}
        return [result_of(check, found.get(check.position)) for check in checks]

    def mark_failing(self, data: Data, checks: Sequence[Check]) -> None:
        found = validated("pandas", data.frame(), checks, result_format="COMPLETE") if checks else {}
        for position, result in found.items():
            data.record_failing(result.result.get("unexpected_index_list") or [], position)


def keywords(kind: str) -> AbstractSet[str] | None:
    """The keywords of an expectation type, None if Great Expectations has no such type.

    :raises SuiteError: Great Expectations is not installed, so nobody knows; or the type asks a database
    """
    if kind in _OF_DATABASES:
        raise SuiteError(f"{kind} asks a SQL database, a gate reads files{_OF_DATABASES[kind]}")
    try:
        _library()
    except ModuleNotFoundError:
        raise SuiteError(f"{kind} needs Great Expectations; install airflow-mlmax[quality]") from None
    from great_expectations.expectations.registry import (
        get_expectation_impl,
        list_registered_expectation_implementations,
    )

    if kind not in list_registered_expectation_implementations():
        return None
    members = {"batch_id", "catch_exceptions", "description", "id", "meta", "notes", "rendered_content"}
    return frozenset(get_expectation_impl(kind).__fields__) - members - {"result_format", "severity"}


@cache
def _library() -> Any:
    os.environ.setdefault("GX_ANALYTICS_ENABLED", "False")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of deprecations in its own code, which nobody here can heed
        import great_expectations

    return great_expectations


@cache
def _context() -> Any:
    from great_expectations.data_context.types.base import ProgressBarsConfig

    context = _library().get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False, metric_calculations=False)
    return context


def validated(source: str, frame: Any, checks: Sequence[Check], **result_format: Any) -> Mapping[int, Any]:
    """Great Expectations' own results by the position of their check: it gives them in an order of its own.

    :param source: what kind of data frame it is: `pandas` or `spark`
    :param result_format: what Great Expectations is to tell, in its own words
    """
    import pandas as pd  # type: ignore[import-untyped]  # it has no types of its own

    configurations = [
        {
            "type": check.type,
            "kwargs": dict(check.kwargs),
            "severity": check.severity,
            "meta": {"position": check.position},
        }
        for check in checks
    ]
    suite = _library().ExpectationSuite(name="gate", expectations=configurations)
    if len(suite.expectations) != len(checks):
        raise RuntimeError(f"Great Expectations kept {len(suite.expectations)} of {len(checks)} checks")
    sources = _context().data_sources
    added = sources.add_spark("gate") if source == "spark" else sources.add_pandas("gate")
    try:
        definition = added.add_dataframe_asset("table").add_batch_definition_whole_dataframe("all")
        batch = definition.get_batch({"dataframe": frame})
        # pyarrow, which pandas may keep texts in, has patterns of its own: its letters are ASCII.
        with pd.option_context("mode.string_storage", "python"):
            answer = batch.validate(suite, result_format=result_format)
    finally:
        sources.delete("gate")
    return {each.expectation_config.meta["position"]: each for each in answer.results}


def result_of(check: Check, found: Any) -> CheckResult:
    """What Great Expectations says of a check, in the words of all engines."""
    if found is None:
        return CheckResult(check, success=False, error="Great Expectations gave no result")
    if error := _error(found):
        return CheckResult(check, success=False, error=error)
    if check.type in DISTINCT:
        return of_distinct(check, *(found.result.get(name) or nothing for name, nothing in _DISTINCT))
    counts = {name: found.result.get(name) for name in _COUNTS}
    if counts["unexpected_count"] is not None:
        counts["missing_count"] = counts["missing_count"] or 0
    sample = () if counts["unexpected_count"] is None else found.result.get("partial_unexpected_list") or ()
    return CheckResult(
        check,
        success=bool(found.success),
        **counts,
        observed=plain(found.result.get("observed_value")),
        sample=samples(sample),
    )


def _error(found: Any) -> str | None:
    """What kept a check from being evaluated; it stands under `raised_exception`, or one level below by metric."""
    information = found.exception_info or {}
    for each in (information, *information.values()):
        if isinstance(each, Mapping) and each.get("raised_exception"):
            return str(each.get("exception_message"))[:_LONGEST_ERROR]
    if information and "raised_exception" not in information:
        return str(information)[:_LONGEST_ERROR]
    return None
