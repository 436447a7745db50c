"""XML answers, read back by a parser."""

from typing import Any
from xml.etree import ElementTree as ET

import pytest

from airflow_mlmax.local.markup import document


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ({"A": "x<&>\"'\r\n ü"}, [("A", "x<&>\"'\r\n ü")]),
        ({"A": [{"B": 1}, {"B": 2}], "C": []}, [("A", None), ("B", "1"), ("A", None), ("B", "2")]),
        ({"A": None, "B": True, "C": ""}, [("B", "true"), ("C", None)]),
        ("text", []),
    ],
    ids=["escaped", "repeated", "left-out", "bare"],
)
def test_document(content: Any, expected: list[tuple[str, str | None]]) -> None:
    """Every value comes back as it was, carriage returns too; None is left out."""
    root = ET.fromstring(document("Root", content))  # noqa: S314 - our own
    assert [(element.tag, element.text) for element in root.iter() if element is not root] == expected


def test_namespace() -> None:
    """The root element carries the namespace."""
    assert ET.fromstring(document("Root", {}, "urn:x")).tag == "{urn:x}Root"  # noqa: S314 - our own
