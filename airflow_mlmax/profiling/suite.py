"""A suite of checks that the profiled data hold, to be edited by who knows what the data mean.

What makes data another thing is critical: columns, keys, codes, values that were never missing. What can drift is a warning: ranges, new
categories, shares of missing values, numbers of rows.
"""

import json
import math
from collections.abc import Iterator, Mapping
from typing import Any

from airflow_mlmax.profiling.findings import is_id
from airflow_mlmax.profiling.report import Feature, Report
from airflow_mlmax.profiling.texts import KEPT
from airflow_mlmax.quality.data import EXACT_IN_FLOAT
from airflow_mlmax.quality.suites import LOGICAL_TYPES

_MARGIN = 0.25
"""Of the range seen, on each side of it."""

_RANGES = (1e-300, 1e300)
"""Where a range can be reckoned with in a float."""
_ROWS_PER_VALUE = 20
_LEAST_COMPLETE = 0.05
_SLACK = 0.02


def suite_of(report: Report, name: str, version: str) -> dict[str, Any]:
    """The suite as JSON; the same data give the same suite.

    :param version: of the program, for `meta`
    """
    hidden = [each.name for each in report.features if each.sensitive]
    return {
        "name": name,
        "meta": {
            "version": "1",
            "origin": {
                "by": f"mlmax profile {version}",
                "source": report.source,
                "rows": report.rows,
                "edit": "critical closes a gate, warning is told; correct what the data could not say",
            },
            "columns": {each.name: each.type for each in report.features if each.type in LOGICAL_TYPES},
            "sensitive": hidden,
        },
        "expectations": [
            _check(
                "expect_table_columns_to_match_ordered_list",
                column_list=[each.name for each in report.features],
            ),
            _check(
                "expect_table_row_count_to_be_between",
                "warning",
                min_value=max(1, report.rows // 2),
                max_value=report.rows * 2,
            ),
            *(check for feature in report.features for check in _of_feature(feature)),
        ],
    }


def as_text(suite: Mapping[str, Any]) -> str:
    """The suite as JSON with a line for each check, so that a change is a change of one line."""
    checks = ",\n".join(f"  {json.dumps(each, ensure_ascii=False)}" for each in suite["expectations"])
    head = json.dumps({"name": suite["name"], "meta": suite["meta"]}, ensure_ascii=False, indent=1)
    return f'{head.removesuffix("}").rstrip()},\n "expectations": [\n{checks}\n ]\n}}\n'


def _of_feature(feature: Feature) -> Iterator[dict[str, Any]]:
    yield from _presence(feature)
    if feature.type == "other" or not feature.present:
        return
    if is_id(feature):
        yield _check("expect_column_values_to_be_unique", column=feature.name)
    if feature.sensitive:
        return
    if feature.type in {"integer", "number"} and not is_id(feature):
        yield from _range(feature)
    if feature.type in {"string", "boolean"}:
        yield from _values(feature)


def _presence(feature: Feature) -> Iterator[dict[str, Any]]:
    kind = "expect_column_values_to_not_be_null"
    if not feature.missing:
        yield _check(kind, column=feature.name)
        return
    share = feature.present / feature.rows
    mostly = math.floor((share - _SLACK) * 100) / 100
    if mostly >= _LEAST_COMPLETE:
        yield _check(kind, "warning", column=feature.name, mostly=mostly)


def _range(feature: Feature) -> Iterator[dict[str, Any]]:
    spread = feature.spread
    if not spread or spread.infinite:
        return
    reach = spread.maximum - spread.minimum
    if (
        not _RANGES[0] < reach < _RANGES[1]
        or max(abs(spread.minimum), abs(spread.maximum)) > EXACT_IN_FLOAT / 2
    ):
        return
    step = 10.0 ** (math.floor(math.log10(reach)) - 1)
    low, high = spread.minimum - reach * _MARGIN, spread.maximum + reach * _MARGIN
    # What was never negative, or never positive, stays so.
    low = 0.0 if spread.minimum >= 0 > low else math.floor(low / step) * step
    high = 0.0 if spread.maximum <= 0 < high else math.ceil(high / step) * step
    low, high = (_neat(value, step) for value in (min(low, spread.minimum), max(high, spread.maximum)))
    whole = feature.type == "integer"
    yield _check(
        "expect_column_values_to_be_between",
        "warning",
        column=feature.name,
        min_value=math.floor(low) if whole else low,
        max_value=math.ceil(high) if whole else high,
    )


def _neat(value: float, step: float) -> float:
    """Without the digits that binary fractions add; never on the other side of what it was."""
    digits = max(0, -math.floor(math.log10(step)))
    neat = round(value, digits)
    return neat if abs(neat - value) < step / 1e6 else value


def _values(feature: Feature) -> Iterator[dict[str, Any]]:
    few = feature.distinct <= KEPT and feature.distinct * _ROWS_PER_VALUE <= feature.present
    if few and feature.type == "boolean":
        return
    if few:
        values = sorted(each.value for each in feature.categories)
        yield _check("expect_column_values_to_be_in_set", "warning", column=feature.name, value_set=values)
    if feature.texts and feature.texts.pattern:
        yield _check("expect_column_values_to_match_regex", column=feature.name, regex=feature.texts.pattern)


def _check(kind: str, severity: str = "critical", **kwargs: Any) -> dict[str, Any]:
    return {"type": kind, "kwargs": kwargs, "severity": severity}
