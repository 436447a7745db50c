"""The contract of a model: what its data looked like when it was trained, as a suite that later data must hold."""

from collections.abc import Mapping, Sequence
from typing import Any

from .data import Data, quoted
from .suites import LOGICAL_TYPES, SEVERITIES

_ORDER = "expect_table_columns_to_match_ordered_list"
_TYPE = "expect_column_values_to_be_of_type"
_SEEN = "expect_column_values_to_be_in_set"
MOST_CATEGORIES = 1000
"""Different values of a column that are still categories."""


def contract(
    landing: Mapping[str, Any],
    columns: Mapping[str, str],
    seen: Mapping[str, Sequence[Any]],
    severities: Mapping[str, str],
    version: str,
) -> dict[str, Any]:
    """The landing suite, narrowed to what one model was trained on.

    Its checks stay, and so do the types that it declares for formats without types; the order of the columns, the type of each, and the categories that were seen come on top.

    :param landing: suite that the training data had to hold
    :param columns: logical type by column, in the order of the columns
    :param seen: categories by column
    :param severities: severity of a category that was not seen, by column
    :param version: of the contract
    :raises ValueError: an unknown severity, or a column that is not there
    """
    for column, severity in severities.items():
        if column not in columns:
            raise ValueError(f"categories names {column}, but the columns are {', '.join(columns)}")
        if severity not in SEVERITIES:
            raise ValueError(f"severity {severity!r} of {column} is none of {', '.join(SEVERITIES)}")
    typed = {name: kind for name, kind in columns.items() if kind in LOGICAL_TYPES}
    kept = [check for check in landing["expectations"] if check["type"] != _ORDER]
    return {
        "name": f"{landing.get('name') or 'landing'}-contract",
        "meta": {**landing.get("meta", {}), "version": version},
        "expectations": [
            {"type": _ORDER, "kwargs": {"column_list": list(columns)}},
            *({"type": _TYPE, "kwargs": {"column": name, "type_": typed[name]}} for name in typed),
            *kept,
            *(_seen(column, seen[column], severity) for column, severity in severities.items()),
        ],
    }


def categories(data: Data, columns: Sequence[str]) -> dict[str, list[Any]]:
    """The different values of columns, in order.

    :raises ValueError: a column has so many that they are no categories, or is not there
    """
    found = {}
    for column in columns:
        if column not in data.columns:
            raise ValueError(f"categories names {column}, but the columns are {', '.join(data.columns)}")
        name = quoted(column)
        sql = f"select distinct {name} from {data.view} where {name} is not null order by 1"  # noqa: S608 - quoted
        values = [value for (value,) in data.connection.sql(f"{sql} limit {MOST_CATEGORIES + 1}").fetchall()]
        if len(values) > MOST_CATEGORIES:
            raise ValueError(f"{column} has more than {MOST_CATEGORIES} different values: no categories")
        found[column] = values
    return found


def _seen(column: str, values: Sequence[Any], severity: str) -> dict[str, Any]:
    return {
        "type": _SEEN,
        "kwargs": {"column": column, "value_set": list(values)},
        "severity": severity,
        "notes": "categories that the model was trained on",
    }
