"""Windows of a back-test: whatever the scheme, no test day was seen by its own training."""

from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_mlmax.backtesting.windows import MOST, Scheme, rolling_windows

PARAMS: dict[str, Any] = {
    "first": "2013-05-14",
    "last": "2013-06-30",
    "step": 14,
    "train": 42,
    "validation": 7,
    "test": 14,
    "window": "sliding",
}
LENGTH = st.integers(1, 60)


@st.composite
def schemes(draw: st.DrawFn) -> Scheme:
    first = draw(st.dates(date(2000, 1, 1), date(2030, 1, 1)))
    step = draw(LENGTH)
    last = first + timedelta(days=draw(st.integers(0, step * 20)))
    validation = draw(st.integers(0, 30))
    return Scheme(first, last, step, draw(LENGTH), validation, draw(LENGTH), expanding=draw(st.booleans()))


@given(schemes())
def test_train_validation_and_test_follow_each_other(scheme: Scheme) -> None:
    """Each begins where the one before ends, and all have the lengths that were asked for."""
    for window in rolling_windows(scheme):
        assert window.train_start < window.validation_start <= window.test_start < window.end
        assert (window.end - window.test_start).days == scheme.test
        assert (window.test_start - window.validation_start).days == scheme.validation
        trained = (window.validation_start - window.train_start).days
        assert trained >= scheme.train if scheme.expanding else trained == scheme.train


@given(schemes())
def test_origins_move_on_by_one_step_from_first_to_last(scheme: Scheme) -> None:
    """None is left out, none is after the last."""
    origins = [window.test_start for window in rolling_windows(scheme)]
    assert origins[0] == scheme.first
    assert {(after - before).days for before, after in pairwise(origins)} <= {scheme.step}
    assert origins[-1] <= scheme.last < origins[-1] + timedelta(days=scheme.step)


@given(schemes())
def test_expanding_windows_begin_together(scheme: Scheme) -> None:
    """Where windows expand no day is forgotten; where they slide all trainings move on."""
    starts = {window.train_start for window in rolling_windows(scheme)}
    assert len(starts) == (1 if scheme.expanding else len(rolling_windows(scheme)))


def test_a_step_of_the_length_of_the_test_covers_every_day_once() -> None:
    """The tests lie side by side."""
    windows = rolling_windows(Scheme.read(PARAMS))
    assert [window.name for window in windows] == [
        "2013-05-14 to 2013-05-27",
        "2013-05-28 to 2013-06-10",
        "2013-06-11 to 2013-06-24",
        "2013-06-25 to 2013-07-08",
    ]
    assert windows[0].train_start == date(2013, 3, 26)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"last": "2013-05-13"}, "the last origin 2013-05-13 is before the first, 2013-05-14"),
        ({"step": 0}, "step is 0 days; give at least 1"),
        ({"train": 0}, "train is 0 days"),
        ({"test": -1}, "test is -1 days"),
        ({"validation": -1}, "validation is -1 days; give at least 0"),
        ({"window": "growing"}, "window is 'growing'; give sliding or expanding"),
        ({"first": "14 May"}, "14 May"),
        ({"last": "2020-01-01", "step": 1}, f"windows are more than {MOST}"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_what_gives_no_windows_is_named(wrong: dict[str, Any], message: str) -> None:
    """One sentence says which param does not fit."""
    with pytest.raises(ValueError, match=message):
        rolling_windows(Scheme.read({**PARAMS, **wrong}))
