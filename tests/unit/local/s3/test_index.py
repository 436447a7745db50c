"""The order of keys."""

import pytest

from airflow_mlmax.local.s3.index import successor


@pytest.mark.parametrize(
    ("prefix", "expected"),
    [
        ("a/", "a0"),
        ("", None),
        ("a\U0010ffff", "b"),
        ("\U0010ffff", None),
        ("\ud7ff", "\ue000"),
    ],
    ids=["folder", "all", "last-character", "nothing-behind", "no-surrogate"],
)
def test_successor(prefix: str, expected: str | None) -> None:
    """The next text behind all texts with a prefix is one that can be stored, or there is none."""
    assert successor(prefix) == expected
