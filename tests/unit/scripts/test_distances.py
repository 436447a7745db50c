"""Distances: values that Deequ and AWS publish, and what holds for any data."""

import math
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_mlmax.scripts.monitor.distances import (
    CATEGORICAL_NOISE,
    NUMERIC_NOISE,
    NumericComparison,
    chi_squared,
    chi_squared_tail,
    l_infinity,
    noise,
    psi,
)
from airflow_mlmax.scripts.monitor.sketch import Sketch, weighted

NUMBERS = st.lists(st.integers(-20, 20).map(float) | st.floats(allow_nan=False), min_size=1, max_size=60)
CATEGORIES = st.dictionaries(st.sampled_from("abcdefgh"), st.integers(1, 50), min_size=1)


def gap(baseline: list[float], current: list[float]) -> float:
    """The package's distance."""
    comparison = NumericComparison(np.array(baseline), np.ones(len(baseline)))
    comparison.add(np.array(current))
    return comparison.distance()


def plain_gap(baseline: list[float], current: list[float]) -> float:
    """The definition: the largest difference of the shares up to any value of either side."""
    return max(
        abs(sum(v <= x for v in baseline) / len(baseline) - sum(v <= x for v in current) / len(current))
        for x in {*baseline, *current}
    )


@given(NUMBERS, NUMBERS)
def test_a_numeric_distance_is_the_kolmogorov_smirnov_distance(a: list[float], b: list[float]) -> None:
    """Of any two samples, repeated values, infinity and values outside the baseline's range included."""
    assert gap(a, b) == pytest.approx(plain_gap(a, b), abs=1e-12)
    assert 0 <= gap(a, b) <= 1
    assert gap(a, b) == pytest.approx(gap(b, a), abs=1e-12)


@given(NUMBERS)
def test_equal_samples_are_at_distance_zero(values: list[float]) -> None:
    """In any order, and however often the whole is repeated."""
    assert gap(values, sorted(values) * 2) == pytest.approx(0, abs=1e-12)


@given(NUMBERS, st.integers(1, 40))
def test_replacing_more_values_never_comes_closer(values: list[float], more: int) -> None:
    """The distance grows with the share of values beyond everything in the baseline."""
    beyond = [math.inf] * more
    finite = [each for each in values if each < 1e300] or [0.0]
    assert gap(finite, finite + beyond) <= gap(finite, finite + beyond + [math.inf]) + 1e-12


@pytest.mark.parametrize(
    ("baseline", "current", "expected"),
    [
        pytest.param([1, 2, 3, 4], [2, 3, 4, 5], 0.25, id="deequ"),
        pytest.param([0] * 90 + [1] * 10, [0] * 10 + [1] * 90, 0.8, id="repeated-values"),
        pytest.param([1, 2, 3], [100, 200], 1.0, id="outside-the-range"),
        pytest.param([5, 5, 5], [5], 0.0, id="constant"),
    ],
)
def test_numeric_examples(baseline: list[float], current: list[float], expected: float) -> None:
    """Cases with a known answer, the ones that Deequ gets wrong among them."""
    assert gap(baseline, current) == pytest.approx(expected)


def test_no_current_value_is_no_distance() -> None:
    """Not a number, which is above no threshold: whoever asks must ask for it."""
    assert math.isnan(NumericComparison(np.ones(3), np.ones(3)).distance())


def test_parts_of_the_current_data_add_up() -> None:
    """Chunks give what the whole gives."""
    values = np.random.default_rng(3).normal(size=1000)
    comparison = NumericComparison(np.arange(-2.0, 3.0), np.ones(5))
    for part in np.array_split(values, 7):
        comparison.add(part)
    assert comparison.distance() == gap(list(np.arange(-2.0, 3.0)), values.tolist())


def test_a_sketch_of_many_values_keeps_the_distribution() -> None:
    """Bounded in size, every value stands for something, and no rank is off by more than half a percent."""
    values = np.random.default_rng(1).lognormal(size=300_000)
    sketch = Sketch()
    for part in np.array_split(values, 13):
        sketch.add(part)
    points, weights = weighted([level.tolist() for level in sketch.levels])
    assert weights.sum() == len(values)
    assert len(points) < 6000
    comparison = NumericComparison(points, weights)
    comparison.add(values)
    assert comparison.distance() < 0.005


def test_a_sketch_of_few_values_is_the_values() -> None:
    """In their own order, up to 2,050."""
    values = np.random.default_rng(2).normal(size=2050)
    sketch = Sketch()
    sketch.add(values)
    assert sketch.document() == {"parameters": {"c": 0.64, "k": 2048.0}, "data": [values.tolist()]}


@given(CATEGORIES, CATEGORIES)
def test_a_categorical_distance_is_a_difference_of_shares(a: dict[str, int], b: dict[str, int]) -> None:
    """Between 0 and 1, the same from both sides, 0 for the same shares."""
    assert 0 <= l_infinity(a, b) <= 1
    assert l_infinity(a, b) == l_infinity(b, a)
    assert l_infinity(a, {key: 3 * count for key, count in a.items()}) == pytest.approx(0, abs=1e-12)


DEEQU = Counter(a=10, b=20, c=25, d=10, e=5)
MANY = Counter(a=207, b=20, c=25, d=14, e=25, g=13)


@pytest.mark.parametrize(
    ("current", "expected"),
    [
        pytest.param({"a": 11, "b": 20, "c": 25, "d": 10, "e": 10}, 0.06015037593984962, id="shares"),
        pytest.param({"f": 11, "a": 20, "c": 25, "d": 10, "e": 10}, 0.2857142857142857, id="new-and-gone"),
    ],
)
def test_categorical_examples(current: dict[str, int], expected: float) -> None:
    """Deequ's own tests; the union of the categories counts."""
    assert l_infinity(DEEQU, current) == pytest.approx(expected, abs=1e-15)


def test_the_robust_distance_of_deequs_test() -> None:
    """The noise of both samples is taken off."""
    current = {"a": 22, "b": 20, "c": 25, "d": 12, "e": 13, "f": 15}
    tolerated = noise(CATEGORICAL_NOISE, sum(MANY.values()), sum(current.values()))
    assert l_infinity(MANY, current) - tolerated == pytest.approx(0.2726338046550349, abs=1e-15)


@given(st.integers(1, 10**6), st.integers(1, 10**6))
def test_more_values_make_less_noise(n: int, m: int) -> None:
    """Never the other way round."""
    assert noise(NUMERIC_NOISE, n + 1, m) <= noise(NUMERIC_NOISE, n, m)


def test_chi_square_of_deequs_tests() -> None:
    """Statistic and p-value, small categories merged."""
    baseline = {"a": 223, "b": 20, "c": 25, "d": 12, "e": 13, "f": 15}
    assert chi_squared(baseline, MANY) == pytest.approx(
        (28.175042782458068, 3.3640191298478506e-05), rel=1e-6
    )
    assert chi_squared({"a": 20, "b": 20}, {"a": 30})[1] == pytest.approx(4.3204630539861455e-08, rel=1e-6)


@pytest.mark.parametrize(
    ("baseline", "current"),
    [
        pytest.param({"c": 20, "d": 20}, {"a": 15, "b": 20}, id="nothing-in-common"),
        pytest.param({"a": 30}, {"a": 20, "b": 20}, id="one-category"),
        pytest.param({}, {"a": 1}, id="empty-baseline"),
    ],
)
def test_chi_square_needs_two_categories(baseline: dict[str, int], current: dict[str, int]) -> None:
    """Otherwise it is not a number."""
    assert all(map(math.isnan, chi_squared(baseline, current)))


@pytest.mark.parametrize(
    ("statistic", "degrees", "expected"),
    [(3.841458820694124, 1, 0.05), (5.991464547107979, 2, 0.05), (18.307038053275146, 10, 0.05), (0, 3, 1.0)],
)
def test_the_tail_of_chi_square(statistic: float, degrees: int, expected: float) -> None:
    """The tables' critical values."""
    assert chi_squared_tail(statistic, degrees) == pytest.approx(expected, rel=1e-9)


@given(st.lists(st.integers(0, 100), min_size=2, max_size=10))
def test_psi_is_finite_and_never_negative(counts: list[int]) -> None:
    """Also with empty buckets, and 0 for the same shares."""
    baseline, current = np.array(counts, float), np.array(counts[::-1], float)
    index = psi(baseline, current)
    assert (not baseline.sum() and math.isnan(index)) or (math.isfinite(index) and index >= -1e-12)
    assert not baseline.sum() or psi(baseline, 2 * baseline) == pytest.approx(0, abs=1e-12)


def test_psi_of_a_known_example() -> None:
    """(0.5 - 0.25) ln 2 + (0.5 - 0.75) ln (0.5 / 0.75)."""
    expected = 0.25 * math.log(2) - 0.25 * math.log(0.5 / 0.75)
    assert psi(np.array([10.0, 10.0]), np.array([5.0, 15.0])) == pytest.approx(expected)
