"""The expectation types that DuckDB answers exactly as Great Expectations does, with their keywords."""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass

_BOUNDS = frozenset({"min_value", "max_value"})
_STRICT = frozenset({"strict_min", "strict_max"})


@dataclass(frozen=True)
class Kind:
    """What a check of one type is given, and what it looks at."""

    required: AbstractSet[str]
    optional: AbstractSet[str] = frozenset()
    needs_bound: bool = False
    """Whether one of `min_value` and `max_value` must be there."""

    by_row: bool = False
    """Whether each row is good or bad by itself; a repeated value, for one, is not."""

    @property
    def keywords(self) -> AbstractSet[str]:
        return self.required | self.optional | (_BOUNDS if self.needs_bound else frozenset())


def _of_values(*required: str, optional: AbstractSet[str] = frozenset(), needs_bound: bool = False) -> Kind:
    needed = frozenset({"column", *required})
    return Kind(needed, optional | {"mostly"}, needs_bound=needs_bound, by_row=True)


def _of_pairs(*optional: str) -> Kind:
    return Kind(frozenset({"column_A", "column_B"}), frozenset({"mostly", *optional}), by_row=True)


def _of_rows() -> Kind:
    return Kind(frozenset({"column_list"}), frozenset({"mostly"}), by_row=True)


_AGGREGATE = Kind(frozenset({"column"}), _STRICT, needs_bound=True)

CATALOGUE = {
    "expect_column_values_to_not_be_null": _of_values(),
    "expect_column_values_to_be_null": _of_values(),
    "expect_column_values_to_be_between": _of_values(optional=_STRICT, needs_bound=True),
    "expect_column_value_lengths_to_be_between": _of_values(optional=_STRICT, needs_bound=True),
    "expect_column_value_lengths_to_equal": _of_values("value"),
    "expect_column_values_to_be_in_set": _of_values("value_set"),
    "expect_column_values_to_not_be_in_set": _of_values("value_set"),
    "expect_column_values_to_match_regex": _of_values("regex"),
    "expect_column_values_to_not_match_regex": _of_values("regex"),
    "expect_column_values_to_match_regex_list": _of_values("regex_list", optional=frozenset({"match_on"})),
    "expect_column_values_to_not_match_regex_list": _of_values("regex_list"),
    "expect_column_values_to_match_strftime_format": _of_values("strftime_format"),
    "expect_column_pair_values_a_to_be_greater_than_b": _of_pairs("or_equal"),
    "expect_column_pair_values_to_be_equal": _of_pairs(),
    "expect_multicolumn_values_to_be_equal": _of_rows(),
    "expect_select_column_values_to_be_unique_within_record": _of_rows(),
    "expect_column_values_to_be_unique": Kind(frozenset({"column"}), frozenset({"mostly"})),
    "expect_compound_columns_to_be_unique": Kind(frozenset({"column_list"}), frozenset({"mostly"})),
    "expect_column_min_to_be_between": _AGGREGATE,
    "expect_column_max_to_be_between": _AGGREGATE,
    "expect_column_sum_to_be_between": _AGGREGATE,
    "expect_column_mean_to_be_between": _AGGREGATE,
    "expect_column_median_to_be_between": _AGGREGATE,
    "expect_column_stdev_to_be_between": _AGGREGATE,
    "expect_column_unique_value_count_to_be_between": _AGGREGATE,
    "expect_column_proportion_of_unique_values_to_be_between": _AGGREGATE,
    "expect_column_proportion_of_non_null_values_to_be_between": _AGGREGATE,
    "expect_column_distinct_values_to_be_in_set": Kind(frozenset({"column", "value_set"})),
    "expect_column_distinct_values_to_contain_set": Kind(frozenset({"column", "value_set"})),
    "expect_column_distinct_values_to_equal_set": Kind(frozenset({"column", "value_set"})),
    "expect_table_row_count_to_be_between": Kind(frozenset(), _STRICT, needs_bound=True),
    "expect_table_row_count_to_equal": Kind(frozenset({"value"})),
    "expect_table_column_count_to_equal": Kind(frozenset({"value"})),
    "expect_table_column_count_to_be_between": Kind(frozenset(), needs_bound=True),
    "expect_table_columns_to_match_ordered_list": Kind(frozenset({"column_list"})),
    "expect_table_columns_to_match_set": Kind(frozenset({"column_set"}), frozenset({"exact_match"})),
    "expect_column_to_exist": Kind(frozenset({"column"})),
    "expect_column_values_to_be_of_type": Kind(frozenset({"column", "type_"})),
    "expect_column_values_to_be_in_type_list": Kind(frozenset({"column", "type_list"})),
    "expect_column_type_to_be": Kind(frozenset({"column", "type_"})),
}

EXISTENCE = frozenset({"expect_column_to_exist"})
"""Types that may name a column that is not there."""

TYPE_CHECKS = frozenset(
    {
        "expect_column_values_to_be_of_type",
        "expect_column_values_to_be_in_type_list",
        "expect_column_type_to_be",
    }
)
"""Answered from the data's schema in words of our own, because the engines' type names differ."""

UNREADABLE = "column_values_are_readable"
"""The gate's own row rule: what is there must be of the type declared for its column."""
