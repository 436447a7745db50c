"""The figures of a profile are those that numpy and scipy find, and what looks wrong is named."""

import math
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats

from airflow_mlmax.profiling.profile import profile as profile_function
from airflow_mlmax.profiling.report import Feature, Report
from airflow_mlmax.quality.errors import DataError

ROWS = 2000
RANDOM = np.random.default_rng(7)
NOON = datetime(2020, 1, 1, 12)  # noqa: DTZ001  data without a zone


def feature(report: Report, name: str) -> Feature:
    [found] = [each for each in report.features if each.name == name]
    return found


def kinds(report: Report, column: str | None = None) -> set[str]:
    return {each.kind for each in report.findings if column is None or each.column == column}


def test_measures_of_a_number(profiled: Any) -> None:
    """Quantiles, mean, deviation, skew and both kinds of outliers are numpy's and scipy's."""
    values = RANDOM.lognormal(size=ROWS)
    found = feature(profiled({"x": values}), "x").spread
    quantiles = np.quantile(values, [float(level) for level in found.quantiles])
    assert list(found.quantiles.values()) == pytest.approx(list(quantiles), rel=1e-12)
    assert [found.mean, found.deviation, found.skew] == pytest.approx(
        [values.mean(), values.std(ddof=1), stats.skew(values, bias=False)], rel=1e-9
    )
    lower, upper = np.quantile(values, [0.25, 0.75])
    reach = 1.5 * (upper - lower)
    assert found.outliers_iqr == ((values < lower - reach) | (values > upper + reach)).sum()
    distance = abs(values - np.median(values))
    assert found.outliers_z == (0.6745 * distance / np.median(distance) > 3.5).sum()


def test_what_is_no_number_is_left_out_and_counted(profiled: Any) -> None:
    """NaN is missing; infinities are counted apart, and no figure is made of them."""
    found = feature(profiled({"x": [1.0, 2.0, math.nan, None, math.inf, -math.inf]}), "x")
    assert (found.missing, found.spread.infinite, found.spread.mean) == (2, 2, 1.5)


@pytest.mark.parametrize("values", [[5.0], [5.0, 5.0], [None, 5.0]], ids=["one-row", "constant", "one-value"])
def test_little_data_has_few_figures_and_no_error(values: list[Any], profiled: Any) -> None:
    """Without spread there is no skew, and no share of anything is invented."""
    found = feature(profiled({"x": values}), "x")
    assert (found.spread.minimum, found.spread.skew, found.spread.outliers_z) == (5.0, None, None)
    assert sum(found.histogram.counts) == found.present


def test_a_histogram_holds_every_value(profiled: Any) -> None:
    """A far tail is held by the outermost range, which says so."""
    values = [*RANDOM.normal(size=ROWS), 1e6]
    found = feature(profiled({"x": values}), "x").histogram
    assert sum(found.counts) == ROWS + 1
    assert found.open_high
    assert found.high < 10


def test_small_whole_numbers_have_a_bar_each(profiled: Any) -> None:
    """Counts by value, not by ranges that cut between them."""
    found = feature(profiled({"x": [1, 1, 2, 5]}), "x").histogram
    assert found.counts == (2, 1, 0, 0, 1)


def test_rank_correlations_are_those_of_scipy(profiled: Any) -> None:
    """With ties, and a falling relation is negative."""
    one = RANDOM.integers(0, 9, ROWS)
    other = -(one**3) + RANDOM.normal(size=ROWS) * 100
    [pair] = profiled({"one": one, "other": other}).pairs
    assert pair.strength == pytest.approx(stats.spearmanr(one, other).statistic, abs=1e-4)


def test_categories_that_go_together_are_found(profiled: Any) -> None:
    """Cramér's V is one for a renaming and nothing for chance."""
    city = RANDOM.integers(0, 5, ROWS).astype(str)
    code = [f"code {each}" for each in city]
    chance = RANDOM.integers(0, 5, ROWS).astype(str)
    [pair] = profiled({"city": city, "code": code, "chance": chance}).pairs
    assert (pair.first, pair.second, pair.method) == ("city", "code", "Cramér's V")
    assert pair.strength == pytest.approx(1, abs=1e-3)


def target_table() -> dict[str, Any]:
    late = RANDOM.random(ROWS) < 0.3
    signal = np.where(late, 1.0, 0.0) + RANDOM.normal(size=ROWS)
    return {
        "late": late,
        "signal": signal,
        "noise": RANDOM.normal(size=ROWS),
        "copy": late.astype(int),
        "key": [f"row {number}" for number in range(ROWS)],
        "tail": [None if each and number % 9 == 0 else "N1" for number, each in enumerate(late)],
    }


def test_power_for_two_classes(profiled: Any) -> None:
    """Near what the values themselves rank, nothing for noise and keys, everything for a copy."""
    table = target_table()
    report = profiled(table, target="late")
    order = stats.mannwhitneyu(table["signal"][table["late"]], table["signal"][~table["late"]])
    auc = order.statistic / (table["late"].sum() * (~table["late"]).sum())
    assert feature(report, "signal").power.auc == pytest.approx(auc, abs=0.02)
    assert feature(report, "noise").power.score < 0.1
    assert feature(report, "key").power.score < 0.1
    assert feature(report, "copy").power.score == 1.0
    assert feature(report, "late").power is None


def test_power_for_a_number(profiled: Any) -> None:
    """R2 of the mean in ranges is near the share of variance that is explained."""
    x = RANDOM.normal(size=ROWS)
    y = 3000 + 2 * x + RANDOM.normal(size=ROWS)
    assert feature(profiled({"x": x, "y": y}, target="y"), "x").power.score == pytest.approx(0.8, abs=0.03)


def test_power_for_classes(profiled: Any) -> None:
    """The explained part of the entropy: all of it, or none."""
    kind = RANDOM.integers(0, 4, ROWS).astype(str)
    report = profiled({"kind": kind, "same": kind, "noise": RANDOM.normal(size=ROWS)}, target="kind")
    assert feature(report, "same").power.score > 0.95
    assert feature(report, "noise").power.score < 0.05
    assert report.target.task == "classes"


def test_leaks_come_first(profiled: Any) -> None:
    """A copy of the target, and a value after which the outcome is certain."""
    report = profiled(target_table(), target="late")
    assert report.findings[0].kind == "target leakage"
    assert kinds(report, "copy") >= {"target leakage"}
    assert kinds(report, "tail") == {"certain outcome", "constant"}
    assert "always true" in next(each.text for each in report.findings if each.column == "tail")
    assert "target leakage" not in kinds(profiled(target_table(), target="late", leak_limit=1.0), "signal")


def test_times_after_the_event_are_named(profiled: Any) -> None:
    """What happened after the prediction was due could not have been known."""
    due = [NOON + timedelta(hours=number) for number in range(ROWS)]
    report = profiled(
        {"due": due, "landed": [each + timedelta(hours=3) for each in due], "booked": [NOON] * ROWS},
        event_time="due",
    )
    assert {each.column for each in report.findings if each.kind == "after the event"} == {"landed"}
    assert "by up to 3.0 hours" in next(each.text for each in report.findings if each.column == "landed")


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([None] * 200, "empty"),
        ([None] * 150 + [1] * 50, "missing"),
        ([1] * 200, "constant"),
        (list(range(200)), "id"),
        (["a", "N/A"] * 100, "placeholder"),
        (["a", "  "] * 100, "blank"),
        ([float(number) for number in range(199)] + [1e6], "skewed"),
        ([1.0, math.inf] * 100, "infinite"),
        ([0.0, 0.1] * 90 + [9.0] * 20, "outliers"),
        (["ann@example.org", "bob@example.org"] * 100, "sensitive"),
        (["+49 30 1234567", "+49 40 7654321"] * 100, "sensitive"),
    ],
)
def test_what_looks_wrong_is_named(values: list[Any], kind: str, profiled: Any) -> None:
    """One finding of each kind on a column made for it."""
    column = {"x": values, "other": ["u", "v", "w", "z"] * 50}
    assert kind in kinds(profiled(column), "x")


@pytest.mark.parametrize(
    ("name", "personal"),
    [
        ("email", True), ("CustomerEmail", True), ("phone", True), ("home-phone", True), ("last_name", True), ("name", True),
        ("date_of_birth", True), ("ip_address", True), ("api_key", True), ("carrier_name", False), ("hotel", False),
        ("is_home", False), ("flight_key", False), ("tailnum", False),
    ],
)  # fmt: skip
def test_personal_columns_are_guessed_by_name(name: str, personal: bool, profiled: Any) -> None:
    """Whole words at the end of a name, in any spelling; `not sensitive` wins."""
    assert (feature(profiled({name: ["a", "b"]}), name).sensitive is not None) is personal
    assert feature(profiled({name: ["a", "b"]}, shown=[name]), name).sensitive is None


def test_numbers_with_something_else_among_them_are_named(profiled: Any, tmp_path: Path) -> None:
    """In CSV such a column stays text, and the page says why."""
    path = tmp_path / "data.csv"
    path.write_text("x\n" + "1.5\n2\n3\n4\n" * 25 + "NA\n")
    report = profiled(path)
    assert feature(report, "x").type == "string"
    assert kinds(report, "x") >= {"mixed", "placeholder"}


def test_repeated_rows_and_rare_classes_are_counted(profiled: Any) -> None:
    """Three copies of a row are two repeated rows; a class with few rows is named."""
    report = profiled({"x": [1] * 3 + list(range(2, 99)), "y": ["a"] * 98 + ["b"] * 2}, target="y")
    assert report.duplicates == 2
    assert {"duplicate rows", "rare class", "too few rows"} <= kinds(report)


def test_rows_without_a_target_are_left_out(profiled: Any) -> None:
    """They are counted, and say nothing about any column."""
    table = target_table()
    late = [None if number % 2 else bool(each) for number, each in enumerate(table["late"])]
    report = profiled({**table, "late": late}, target="late")
    assert report.target.missing == ROWS // 2
    assert report.target.mean == pytest.approx(table["late"][::2].mean())
    assert "target missing" in kinds(report, "late")


@pytest.mark.parametrize(
    ("columns", "options", "message"),
    [
        ({"x": [1, 2]}, {"target": "y"}, "no column 'y' to take as target; there is x"),
        ({"x": [1, 1]}, {"target": "x"}, "has 1 value"),
        ({"x": [str(number) for number in range(99)]}, {"target": "x"}, "neither a number nor a choice"),
        ({"x": [1, 2]}, {"event_time": "x"}, "'x' holds no times"),
        ({"x": [1, 2]}, {"sensitive": ["z"]}, "no column z; there is x"),
        ({"x": ["1", "a"]}, {"columns": {"x": "integer"}}, "1 values of 'x' are of no type integer"),
        ({"email": ["a", "b"]}, {"target": "email"}, "the target 'email' is personal"),
        ({"x": np.array([], dtype=int)}, {}, "hold no row"),
    ],
    ids=["no-target", "one-value", "too-many", "no-time", "unknown", "type", "personal", "no-rows"],
)
def test_what_cannot_be_profiled_is_told(
    columns: dict[str, Any], options: dict[str, Any], message: str, profiled: Any
) -> None:
    """One sentence that says what is wrong and what there is."""
    with pytest.raises(DataError, match=message):
        profiled(columns, **options)


def test_lists_are_counted_and_nothing_else(profiled: Any) -> None:
    """A column that is neither number, text nor time has missing values and no others."""
    found = feature(profiled({"x": [[1], None, [2, 3]]}), "x")
    assert (found.type, found.missing, found.categories, found.spread) == ("other", 1, (), None)


def test_progress_is_told(profiled: Any, tmp_path: Path) -> None:
    """Each column as it is looked at."""
    profiled({"x": [1]})
    lines: list[str] = []
    (tmp_path / "again").mkdir()
    from airflow_mlmax.profiling.profile import Options

    profile_function([tmp_path / "data.parquet"], tmp_path / "again", "x", Options(), lines.append)
    assert lines == ["reading", "column 1 of 1: x", "looking at all columns together"]
