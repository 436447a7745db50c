"""Filters: the JSONPath subset of batch transform selects what AWS documents, or says what is wrong."""

import pytest

from airflow_mlmax.local.serving.filters import Filter, FilterError

RECORD = {"id": 7, "features": [1, 2, 3], "nested": {"a": {"b": 1}}}


@pytest.mark.parametrize(
    ("path", "value", "selected"),
    [
        ("$", RECORD, RECORD),
        ("$.features", RECORD, [1, 2, 3]),
        ("$.nested.a.b", RECORD, 1),
        ("$['nested']['a']", RECORD, {"b": 1}),
        ("$.nested.['a']", RECORD, {"b": 1}),
        ("$['id','features']", RECORD, {"id": 7, "features": [1, 2, 3]}),
        ("$.features[1]", RECORD, 2),
        ("$.nested.*", RECORD, [{"b": 1}]),
        ("$[1:]", ["a", "b", "c"], ["b", "c"]),
        ("$[:2]", ["a", "b", "c"], ["a", "b"]),
        ("$[0,2:]", ["a", "b", "c", "d"], ["a", "c", "d"]),
        ("$[-1]", ["a", "b", "c"], "c"),
        ("$[-2:]", ["a", "b", "c"], ["b", "c"]),
        ("$[0, 2]", ["a", "b", "c"], ["a", "c"]),
    ],
)
def test_paths_select(path: str, value: object, selected: object) -> None:
    """One name or index gives the value, several an object or a list."""
    assert Filter.parse(path).of(value) == selected


@pytest.mark.parametrize(
    "path", ["", "a", "$..a", "$[?(@.a)]", "$.", "$[]", "$[a]", "$['a',1]", "$['a','b'].c", "$[1:2:3]"]
)
def test_other_paths_are_refused(path: str) -> None:
    """The text shows the path."""
    with pytest.raises(FilterError) as caught:
        Filter.parse(path)
    assert repr(path) in str(caught.value)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("$[3]", [1, 2, 3]),
        ("$[-4]", [1, 2, 3]),
        ("$[3:]", [1, 2, 3]),
        ("$[0:4]", [1, 2, 3]),
        ("$.x", {"a": 1}),
        ("$['a','x']", {"a": 1}),
        ("$.x", [1]),
        ("$[0]", {"a": 1}),
        ("$.*", 1),
    ],
)
def test_a_record_without_what_is_selected_is_an_error(path: str, value: object) -> None:
    """Nothing is left out silently."""
    with pytest.raises(FilterError):
        Filter.parse(path).of(value)
