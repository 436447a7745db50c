"""The page needs nothing but itself, escapes what the data hold, and stays small."""

import json
import re
from dataclasses import asdict
from typing import Any

import numpy as np
import pytest

from airflow_mlmax.profiling.formats import moment, number, share, shorten, size
from airflow_mlmax.profiling.page import page

EVIL = "<script>alert(1)</script>\" onload='x' &"


def test_nothing_of_the_data_is_markup(profiled: Any) -> None:
    """Names, values, classes and patterns are escaped wherever they stand."""
    report = profiled({EVIL: [EVIL, "b"] * 50, "y": [EVIL, "no"] * 50, "<i>": [1, 2] * 50}, target="y")
    text = page(report)
    assert "<script" not in text
    assert "<i>" not in text.replace('<i class="m', "")
    assert not re.search(r"<[^>]*onload='", text)
    assert "&lt;script&gt;" in text


def test_the_page_asks_nobody_for_anything(profiled: Any) -> None:
    """No script, no link, no image, no font from elsewhere."""
    text = page(profiled({"x": [1, 2, 3], "y": [3, 1, 2]}))
    assert not re.search(r"<(script|link|img|iframe|object|embed|base|form)|url\(|@import|https?:", text)
    assert set(re.findall(r'href="([^"]*)"', text)) <= {"#c1", "#c2"}


def test_warnings_come_first(profiled: Any) -> None:
    """Before any figure of a column, in the order of their weight, each with a link to its column."""
    text = page(profiled({"same": [1] * 200, "x": list(range(200)), "y": [True, False] * 100}, target="y"))
    assert (
        text.index("To look at first")
        < text.index("has the same value in every row")
        < text.index("All columns")
    )
    assert '<a href="#c1">same</a></b> has the same value' in text


def test_a_hundred_columns_stay_below_300_kb(profiled: Any) -> None:
    """Long names, histograms with the target, and categories."""
    random = np.random.default_rng(1)
    columns: dict[str, Any] = {
        f"a_rather_long_name_of_a_number_{place}": random.normal(size=2000) * 10**place for place in range(75)
    }
    columns |= {
        f"category_{place}": random.choice([f"value {k}" for k in range(20)], 2000) for place in range(24)
    }
    text = page(profiled({**columns, "y": random.random(2000) < 0.4}, target="y"))
    assert len(text.encode()) < 300_000


def test_personal_values_are_not_on_the_page(profiled: Any) -> None:
    """Neither examples nor quantiles; how many are missing and distinct is told."""
    report = profiled(
        {"email": ["ann@example.org", "bob@example.org"] * 50, "dob": [19700101, 19991231] * 50}
    )
    for text in (page(report), json.dumps(asdict(report))):
        assert "example.org" not in text
        assert "1970" not in text
    assert "its name says e-mail address" in page(report)


def test_all_figures_are_json(profiled: Any) -> None:
    """The report has no value that JSON does not know."""
    report = profiled(
        {"x": [1.0, float("inf"), None], "y": ["a", None, "b"], "z": [True, False, True]}, target="z"
    )
    assert json.loads(json.dumps(asdict(report), allow_nan=False))["rows"] == 3


@pytest.mark.parametrize(
    ("shown", "text"),
    [
        (number(0.0123456), "0.01235"),
        (number(14.0000001), "14"),
        (number(1e-12), "1e-12"),
        (number(None), "\N{EN DASH}"),
        (share(1, 100_000), "< 0.1 %"),
        (share(99_999, 100_000), "> 99.9 %"),
        (share(0, 5), "0 %"),
        (share(1, 0), "\N{EN DASH}"),
        (moment(0), "1970-01-01"),
        (moment(3660), "1970-01-01 01:01"),
        (moment(1e18), "1e+18"),
        (size(999), "999 B"),
        (size(63_422_281), "63 MB"),
        (size(2_500_000_000), "2.5 GB"),
        (shorten("a\n b", 9), "a b"),
        (shorten("abcdef", 4), "abc…"),
        (shorten(" ", 9), "' '"),
    ],
)
def test_numbers_read_well(shown: str, text: str) -> None:
    """Four digits that count, thousands apart; small parts are not shown as none."""
    assert shown == text
