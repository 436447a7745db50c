"""Search: strategies draw what their ranges and scales allow, and repeat themselves for a seed."""

import statistics
from collections.abc import Sequence
from typing import Any

import pytest

from airflow_mlmax.local.search.ranges import Choice, NumberRange, Range, ranges_of
from airflow_mlmax.local.search.strategies import Point, search


def number(name: str = "x", low: str = "0", high: str = "1", scale: str = "Linear") -> dict[str, str]:
    return {"Name": name, "MinValue": low, "MaxValue": high, "ScalingType": scale}


def points(strategy: str, ranges: Sequence[Range], count: int, seed: int | None = 1) -> list[Point]:
    chosen = search(strategy, ranges, seed, is_maximized=True)
    found = []
    for _ in range(count):
        if (point := chosen.next()) is None:
            break
        found.append(point)
    return found


RANGES = ranges_of(
    {
        "ContinuousParameterRanges": [number("rate", "0.0001", "0.1", "Logarithmic")],
        "IntegerParameterRanges": [number("depth", "2", "10")],
        "CategoricalParameterRanges": [{"Name": "kind", "Values": ["a", "b"]}],
    }
)


@pytest.mark.parametrize("strategy", ["Random", "Bayesian"])
def test_a_seed_repeats_the_search(strategy: str) -> None:
    """The same seed gives the same points, another seed others; all lie in their ranges, spelled as text."""
    first = points(strategy, RANGES, 12)
    assert first == points(strategy, RANGES, 12)
    assert first != points(strategy, RANGES, 12, seed=2)
    for point in first:
        assert 0.0001 <= float(point["rate"]) <= 0.1
        assert 2 <= int(point["depth"]) <= 10
        assert point["kind"] in {"a", "b"}


@pytest.mark.parametrize(
    ("scale", "low", "high", "median"),
    [
        ("Linear", "0", "1", 0.5),
        ("Logarithmic", "0.0001", "1", 0.01),
        ("ReverseLogarithmic", "0", "0.9999", 0.99),
        ("Auto", "0.0001", "1", 0.01),
        ("Auto", "1", "10", 5.5),
    ],
)
def test_scales_put_half_of_the_draws_below_their_middle(
    scale: str, low: str, high: str, median: float
) -> None:
    """The median of many draws is the middle of the scale."""
    ranges = ranges_of({"ContinuousParameterRanges": [number("x", low, high, scale)]})
    drawn = [float(point["x"]) for point in points("Random", ranges, 2000)]
    distance = 1 - median if scale == "ReverseLogarithmic" else median
    middle = statistics.median(drawn)
    assert (1 - middle if scale == "ReverseLogarithmic" else middle) == pytest.approx(distance, rel=0.35)


def test_integers_reach_both_bounds() -> None:
    """A small integer range is drawn whole, each value once, and then exhausted."""
    ranges = ranges_of({"IntegerParameterRanges": [number("n", "1", "4", "Logarithmic")]})
    assert sorted(point["n"] for point in points("Random", ranges, 10)) == ["1", "2", "3", "4"]


def test_grid_is_every_combination_once() -> None:
    """The last range varies fastest."""
    grid = [Choice("a", ("1", "2")), Choice("b", ("x", "y"))]
    found = [tuple(point.values()) for point in points("Grid", grid, 10)]
    assert found == [("1", "x"), ("1", "y"), ("2", "x"), ("2", "y")]


@pytest.mark.parametrize(
    ("scale", "is_maximized"), [("Linear", True), ("Logarithmic", True), ("ReverseLogarithmic", False)]
)
def test_bayesian_search_learns_from_earlier_points(scale: str, *, is_maximized: bool) -> None:
    """Where the scale favours the bad end, most points are still at the good one, from the first on."""
    ranges = ranges_of({"ContinuousParameterRanges": [number("x", "0.01", "0.99", scale)]})
    chosen = search("Bayesian", ranges, 1, is_maximized=is_maximized)
    for share in range(1, 41):
        chosen.seen({"x": repr(share / 41)}, share / 41)
    chosen.seen({"x": "5"}, 9.0)  # outside the range: an earlier search may have had another
    chosen.seen({"other": "5"}, 9.0)
    found = []
    for _ in range(20):
        point = chosen.next()
        assert point
        found.append(float(point["x"]))
        chosen.seen(point, found[-1])
    assert (statistics.median(found) > 0.6) == is_maximized


def test_bayesian_search_takes_equal_points_and_failures() -> None:
    """In a small space points come twice; each result goes to one of them."""
    chosen = search("Bayesian", [Choice("a", ("1",))], 1, is_maximized=False)
    first, second = chosen.next(), chosen.next()
    assert first == second == {"a": "1"}
    chosen.seen(first, None)
    chosen.seen(second, 1.0)


@pytest.mark.parametrize(
    ("strategy", "ranges", "text"),
    [
        ("Hyperband", RANGES, "not implemented"),
        ("Grid", RANGES, "rate, depth|depth, rate"),
        ("Random", [], "no hyperparameter range"),
    ],
    ids=["strategy", "numeric grid", "nothing"],
)
def test_what_cannot_be_searched_is_refused(strategy: str, ranges: Sequence[Range], text: str) -> None:
    """The text says what and why."""
    with pytest.raises(ValueError, match=text):
        search(strategy, ranges, None, is_maximized=True)


@pytest.mark.parametrize(
    ("kind", "item"),
    [
        ("ContinuousParameterRanges", number(low="0", scale="Logarithmic")),
        ("ContinuousParameterRanges", number(high="1", scale="ReverseLogarithmic")),
        ("IntegerParameterRanges", number(low="0", high="0", scale="ReverseLogarithmic")),
        ("IntegerParameterRanges", number(low="0.5")),
        ("ContinuousParameterRanges", number(low="2")),
        ("ContinuousParameterRanges", number(high="inf")),
    ],
    ids=["log of 0", "reverse of 1", "integer reverse", "half integer", "order", "infinite"],
)
def test_bounds_must_suit_their_scale(kind: str, item: dict[str, Any]) -> None:
    """The text names the hyperparameter."""
    with pytest.raises(ValueError, match="'x'"):
        ranges_of({kind: [item]})


def test_bayesian_without_optuna_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody has to search for the package's name."""
    monkeypatch.setattr("airflow_mlmax.local.search.strategies.find_spec", lambda _: None)
    with pytest.raises(ValueError, match="bayesian"):
        search("Bayesian", RANGES, None, is_maximized=True)


def test_a_range_knows_its_values() -> None:
    """Text that is no number, or a number outside, is no value of the range."""
    depth = NumberRange("depth", 2, 10, is_integer=True)
    assert [depth.value(text) for text in ("2", "11", "2.5", "deep")] == [2, None, None, None]
