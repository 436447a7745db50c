"""Patterns match what they were made from, and only what looks like codes has one."""

import re

import pytest

from airflow_mlmax.profiling.texts import pattern_of


@pytest.mark.parametrize(
    ("shapes", "pattern"),
    [
        (["AAA"], "^[A-Z]{3}$"),
        (["AA", "9A", "A9"], "^[0-9A-Z]{2}$"),
        (["A-9", "A-999"], "^[A-Z]-[0-9]{1,3}$"),
        (["A9", "A99A"], "^(?:[A-Z][0-9]|[A-Z][0-9]{2}[A-Z])$"),
        (["9999-99-99"], "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"),
        (["(9)", "[9]"], r"^[\(\[][0-9][\)\]]$"),
        (["A.9"], r"^[A-Z]\.[0-9]$"),
        (["a99", "9a9"], "^[0-9a-z]{2}[0-9]$"),
    ],
)
def test_codes_have_a_pattern(shapes: list[str], pattern: str) -> None:
    """By form where forms are few, by position where the length is one."""
    assert pattern_of(shapes) == pattern
    values = [shape.replace("A", "Q").replace("a", "q").replace("9", "4") for shape in shapes]
    assert all(re.search(pattern, value) for value in values)


@pytest.mark.parametrize(
    "shapes",
    [["aaa"], ["Aaa Aaa"], ["é9"], ["A", "A9", "A9A", "A9A9", "A9A9A"], []],
    ids=["words", "names", "other-letters", "many-forms", "nothing"],
)
def test_words_have_none(shapes: list[str]) -> None:
    """What people write freely would only fail tomorrow."""
    assert pattern_of(shapes) is None
