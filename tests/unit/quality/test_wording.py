import pytest

from airflow_mlmax.quality.columns import difference
from airflow_mlmax.quality.results import CheckResult
from airflow_mlmax.quality.suites import Check
from airflow_mlmax.quality.wording import found, line, without

WANTED = ["id", "temp", "wind", "rain", "day"]


def of_columns(kind: str, wanted: list[str], there: list[str], **more: bool) -> CheckResult:
    keyword = "column_list" if kind.endswith("list") else "column_set"
    check = Check(0, f"expect_table_columns_to_match_{kind}", {keyword: wanted, **more}, "critical")
    return CheckResult(check, success=False, observed=there)


@pytest.mark.parametrize(
    ("there", "words"),
    [
        (["id", "temperature", "wind", "rain", "day"], "column temp is gone, temperature is new: renamed?"),
        (["id", "Temp", "wind", "rain", "day"], "column temp is gone, Temp is new: renamed?"),
        (["id", "x7", "wind", "rain", "day"], "column temp is gone, x7 is new: renamed?"),
        (["id", "wind", "rain", "day"], "gone: temp"),
        (["id", "temp", "wind", "rain", "day", "snow"], "new: snow"),
        (["id", "wind", "temp", "rain", "day"], "moved: "),
        (["temp", "wind", "rain", "day", "id"], "moved: id"),
        (["id", "wind", "rain", "day", "snow", "fog"], "gone: temp; new: snow, fog"),
        (["day", "id", "temp", "winds", "rain"], "column wind is gone, winds is new: renamed?; moved: day"),
    ],
    ids=["renamed", "case", "by place", "dropped", "added", "swapped", "last", "both", "renamed and moved"],
)
def test_columns_that_changed_are_named(there: list[str], words: str) -> None:
    """Dropped, added, moved and probably renamed ones, each by its name."""
    text = found(of_columns("ordered_list", WANTED, there))
    assert text == words or (words == "moved: " and text in {"moved: wind", "moved: temp"})


def test_a_set_of_columns_has_no_order() -> None:
    """Moved columns are no news, and new ones only where no others may be there."""
    there = ["day", "id", "temp", "wind", "snow"]
    assert found(of_columns("set", WANTED, there)) == "gone: rain; new: snow"
    assert found(of_columns("set", WANTED, there, exact_match=False)) == "gone: rain"


def test_a_missing_column_is_missed_by_name() -> None:
    """A check of a column that is not there names the one that may be meant."""
    assert without(["temp"], ["id", "temperature"]) == "no column temp; temperature is there"
    assert without(["temp"], ["id", "day"]) == "no column temp"


def test_a_long_check_keeps_what_was_found() -> None:
    """The example of a row from the future is what a person needs; the bounds may be cut."""
    bounds = {"min_value": "2013-07-15T00:00:00+00:00", "max_value": "2013-07-16T00:00:00+00:00"}
    kwargs = {"column": "scheduled_departure", **bounds}
    check = Check(0, "expect_column_values_to_be_between", kwargs, "critical")
    text = line(CheckResult(check, False, 1000, 0, 1, sample=("2013-07-17 03:59:00+00:00",)))
    assert text.startswith("scheduled_departure: values to be between 2013-07-15")
    assert text.endswith("…   1 of 1,000 rows, e.g. 2013-07-17 03:59:00+00:00")
    assert len(text) <= 113


def test_unknown_categories_are_named() -> None:
    """Not only counted."""
    check = Check(
        0, "expect_column_values_to_be_in_set", {"column": "carrier", "value_set": ["AA"]}, "warning"
    )
    result = CheckResult(check, False, 100, 0, 7, sample=("ZZ", "QQ"))
    assert line(result) == "carrier: values to be in set AA   7 of 100 rows, unknown: ZZ, QQ"


def test_new_categories_of_a_whole_column_are_named() -> None:
    """Where the check is of the column's values, not of its rows."""
    check = Check(
        0, "expect_column_distinct_values_to_be_in_set", {"column": "c", "value_set": ["AA"]}, "warning"
    )
    assert found(CheckResult(check, success=False, observed="new: fog, hail")) == "new: fog, hail"


def test_hundreds_of_columns_make_no_endless_sentence() -> None:
    """Five of each kind are named, and how many more there are."""
    text = found(of_columns("ordered_list", [f"a{number}{number}" for number in range(300)], ["zz"]))
    assert text.endswith("and 295 more; new: zz")
    assert difference(["a"], ["a"]) == difference([], [])
