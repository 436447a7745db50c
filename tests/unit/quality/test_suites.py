import json
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from airflow_mlmax.quality.catalogue import CATALOGUE
from airflow_mlmax.quality.data import open_data
from airflow_mlmax.quality.errors import SuiteError
from airflow_mlmax.quality.suites import load_suite

NOT_NULL = {"type": "expect_column_values_to_not_be_null", "kwargs": {"column": "age"}}
BETWEEN = "expect_column_values_to_be_between"


def suite(*expectations: Any, **members: Any) -> str:
    return json.dumps({"name": "census", "expectations": list(expectations), **members})


def test_a_suite_has_name_version_hash_and_checks() -> None:
    """Severities are kept, and critical is the default."""
    loaded = load_suite(suite(NOT_NULL, {**NOT_NULL, "severity": "info"}, meta={"version": 7}))
    assert loaded.title == "census v7"
    assert [check.severity for check in loaded.checks] == ["critical", "info"]
    assert len(loaded.sha256) == 64


def test_the_hash_follows_meaning() -> None:
    """White space changes nothing, a parameter's value does."""
    text = suite({"type": BETWEEN, "kwargs": {"column": "age", "min_value": {"$PARAMETER": "least"}}})
    one, two = (load_suite(text, {"least": least}).sha256 for least in (1, 2))
    assert one != two
    assert load_suite(json.dumps(json.loads(text), indent=4), {"least": 1}).sha256 == one


@pytest.mark.parametrize(
    ("text", "bound"),
    [
        ("2026-11-20", datetime(2026, 11, 20)),  # noqa: DTZ001
        ("2026-11-20T12:00:00+02:00", datetime(2026, 11, 20, 10)),  # noqa: DTZ001
    ],
    ids=["date", "zone"],
)
def test_iso_texts_become_times_in_utc(text: str, bound: datetime) -> None:
    """A bound is the moment that it names, without a zone."""
    [check] = load_suite(suite({"type": BETWEEN, "kwargs": {"column": "day", "min_value": text}})).checks
    assert check.kwargs["min_value"] == bound


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "not JSON"),
        ("[]", "no list `expectations`"),
        (suite(), "holds no check"),
        (suite(NOT_NULL, expectation=[]), "unknown member 'expectation'"),
        (suite("x"), "must be an object"),
        (suite({**NOT_NULL, "severty": "info"}), "unknown member 'severty'"),
        (suite({**NOT_NULL, "severity": "high"}), "severity 'high' is none of info, warning, critical"),
        (suite({**NOT_NULL, "type": "expect_column_values_to_not_be_nul"}), "did you mean"),
        (suite({**NOT_NULL, "kwargs": {"column": "age", "mosty": 0.9}}), "did you mean 'mostly'"),
        (suite({**NOT_NULL, "kwargs": {"column": "age", "mostly": 1.5}}), "mostly is 1.5"),
        (suite({"type": NOT_NULL["type"]}), "needs 'column'"),
        (suite({"type": BETWEEN, "kwargs": {"column": "age"}}), "needs min_value or max_value"),
        (
            suite({"type": BETWEEN, "kwargs": {"column": "age", "max_value": "old"}}),
            "neither a date nor a time",
        ),
        (
            suite({"type": BETWEEN, "kwargs": {"column": "age", "max_value": {"$PARAMETER": "x"}}}),
            "'x' has no value",
        ),
        (
            suite({"type": "expect_column_values_to_match_regex", "kwargs": {"column": "a", "regex": "("}}),
            "no regular expression",
        ),
        (
            suite(
                {"type": "expect_column_values_to_be_in_set", "kwargs": {"column": "a", "value_set": "ab"}}
            ),
            "must be a list",
        ),
        (
            suite({"type": "expect_column_values_to_be_of_type", "kwargs": {"column": "a", "type_": "str"}}),
            "none of integer",
        ),
    ],
)
def test_what_cannot_be_understood_is_refused(text: str, message: str) -> None:
    """No check is ever left out in silence."""
    with pytest.raises(SuiteError, match=message):
        load_suite(text)


def test_all_faults_are_named_at_once() -> None:
    """One round of corrections is enough."""
    with pytest.raises(SuiteError, match=r"check 1: .*check 2: "):
        load_suite(suite({**NOT_NULL, "severity": "high"}, {**NOT_NULL, "type": "nothing"}))


def test_types_beyond_the_catalogue_are_asked_for() -> None:
    """Great Expectations knows more types than DuckDB answers, and more keywords; it has the last word."""
    from airflow_mlmax.quality.gx_engine import keywords

    increasing = {"type": "expect_column_values_to_be_increasing", "kwargs": {"column": "age"}}
    conditional = {"type": NOT_NULL["type"], "kwargs": {"column": "age", "row_condition": "x>1"}}
    assert len(load_suite(suite(increasing, conditional), keywords=keywords).checks) == 2
    with pytest.raises(SuiteError, match="unknown type"):
        load_suite(suite({"type": "expect_wonders", "kwargs": {}}), keywords=keywords)
    with pytest.raises(SuiteError, match="unknown type"):
        load_suite(suite(increasing))


@pytest.mark.parametrize(
    "kind",
    ["expect_column_values_to_match_like_pattern", "unexpected_rows_expectation"],
    ids=["like", "query"],
)
def test_what_only_a_database_can_answer_is_refused(kind: str) -> None:
    """It would end as a check that could not be evaluated, at night."""
    from airflow_mlmax.quality.gx_engine import keywords

    with pytest.raises(SuiteError, match=f"{kind} asks a SQL database"):
        load_suite(suite({"type": kind, "kwargs": {}}), keywords=keywords)


def test_every_type_is_compiled_or_run_on_pandas_or_refused() -> None:
    """Great Expectations' own register, so that a type of its next release does not slip through."""
    from airflow_mlmax.quality.gx_engine import keywords

    keywords("expect_column_to_exist")  # imports Great Expectations without its warnings
    from great_expectations.exceptions import MetricProviderError
    from great_expectations.execution_engine import PandasExecutionEngine
    from great_expectations.expectations import registry

    homeless = []
    for kind in registry.list_registered_expectation_implementations():
        expectation = registry.get_expectation_impl(kind)
        metrics = list(getattr(expectation, "metric_dependencies", ()))
        if row_metric := getattr(expectation, "map_metric", None):
            metrics.append(f"{row_metric}.condition")
        try:
            keywords(kind)
            for metric in metrics:
                registry.get_metric_provider(metric, PandasExecutionEngine())
        except SuiteError:
            continue
        except MetricProviderError:
            homeless.append(kind)
    assert set(homeless) <= CATALOGUE.keys()


def test_quantiles_run_in_great_expectations(tmp_path: Path) -> None:
    """Their result is not JSON with some versions of its libraries; ours is."""
    from airflow_mlmax.quality.gx_engine import GreatExpectationsEngine, keywords

    ranges = {"quantiles": [0.5], "value_ranges": [[2, 3]]}
    kwargs = {"column": "age", "quantile_ranges": ranges}
    text = suite({"type": "expect_column_quantile_values_to_be_between", "kwargs": kwargs})
    path = tmp_path / "rows.csv"
    path.write_text("age\n1\n2\n9\n")
    with closing(open_data([path], tmp_path, columns={"age": "integer"})) as data:
        [result] = GreatExpectationsEngine().run(data, load_suite(text, keywords=keywords).checks)
    assert result.success is True
    assert json.loads(json.dumps(result.observed))["values"] == [2]
