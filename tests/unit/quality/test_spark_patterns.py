import pytest

from airflow_mlmax.quality.spark_patterns import portable


@pytest.mark.parametrize(
    ("pattern", "translated"),
    [
        (r"^\d{5}$", r"^\p{Nd}{5}$"),
        (r"[\w.-]+@\w+", r"[\p{L}\p{N}_.-]+@[\p{L}\p{N}_]+"),
        ("a{,3}{x}", r"a{0,3}\{x\}"),
        ("[]a[&]]", r"[\]a\[\&]\]"),
        (r"[^^\d]\.", r"[^\^\p{Nd}]\."),
        (r"(?:a|b)(?=c)(?<!d)\Z", r"(?:a|b)(?=c)(?<!d)\z"),
    ],
    ids=["digit", "word", "braces", "brackets", "not", "groups"],
)
def test_a_pattern_is_said_in_java(pattern: str, translated: str) -> None:
    """What stands for ASCII there, or is no letter there, is written out; only a newline ends a line."""
    assert portable(pattern) == f"(?d){translated}"


@pytest.mark.parametrize("pattern", ["(?i)a", "(?P<a>b)", r"(a)\1", r"[\W]", r"[\b]", r"\N{DASH}"])
def test_what_is_not_known_to_be_the_same_has_no_translation(pattern: str) -> None:
    """Flags, names, references back, and classes turned round inside classes."""
    assert portable(pattern) is None
