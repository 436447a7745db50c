import json
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from airflow_mlmax.quality.data import open_data
from airflow_mlmax.quality.errors import DataError, EngineError
from airflow_mlmax.quality.gate import Finding, judge
from airflow_mlmax.quality.message import message
from airflow_mlmax.quality.page import page
from airflow_mlmax.quality.policy import Policy, policy_of
from airflow_mlmax.quality.splitting import write_bad_rows, write_clean_rows
from airflow_mlmax.quality.suites import Suite, load_suite
from airflow_mlmax.quality.verdict import compact, verdict

COLUMNS = {"id": "integer", "age": "integer"}
DATASET = {"uri": "s3://lake/people.csv", "bytes": 10, "manifest_sha256": "abc"}
BETWEEN = ("expect_column_values_to_be_between", {"column": "age", "min_value": 0})
UNIQUE = ("expect_column_values_to_be_unique", {"column": "id"})
MEAN = ("expect_column_mean_to_be_between", {"column": "age", "max_value": 50})


def suite_of(*described: tuple[str, dict[str, Any]], severity: str = "critical") -> Suite:
    items = [{"type": kind, "kwargs": kwargs, "severity": severity} for kind, kwargs in described]
    return load_suite(json.dumps({"name": "people", "expectations": items}))


def found(folder: Path, rows: list[tuple[Any, Any]], suite: Suite, **policy: Any) -> Finding:
    path = folder / "rows.csv"
    path.write_text("id,age\n" + "".join(f"{number},{age}\n" for number, age in rows))
    for old in folder.glob("data.duckdb*"):
        old.unlink()
    with closing(open_data([path], folder, columns=COLUMNS)) as data:
        finding = judge(data, suite.checks, Policy(**policy))
        if finding.rows.bad:
            labels = {each.check.position: each.check.label for each in finding.results}
            assert write_bad_rows(data, folder / "bad.csv", labels, "x") == finding.rows.bad
            assert write_clean_rows(data, folder / "clean.csv") == finding.rows.total - finding.rows.bad
    return finding


ONE_BAD = [(1, 20), (2, -5), (3, 40), (4, 30)]


@pytest.mark.parametrize(
    ("severity", "policy", "status", "decision"),
    [
        ("critical", {}, "fail", "stop"),
        ("warning", {}, "warn", "continue"),
        ("warning", {"fail_on": "warning"}, "fail", "stop"),
        ("info", {"fail_on": "warning"}, "warn", "continue"),
        ("critical", {"fail_on": "never"}, "warn", "continue"),
        ("critical", {"max_bad_rows": 1}, "warn", "continue"),
        ("critical", {"max_bad_row_pct": 25}, "warn", "continue"),
        ("critical", {"max_bad_row_pct": 24.9}, "fail", "stop"),
        ("critical", {"max_bad_rows": 1, "quarantine": "rows"}, "warn", "continue_quarantined"),
        ("critical", {"max_bad_rows": 1, "quarantine": "rows", "min_rows": 4}, "fail", "stop"),
        ("critical", {"quarantine": "rows"}, "fail", "stop"),
        ("critical", {"min_rows": 5}, "fail", "stop"),
    ],
)
def test_the_policy_decides(
    tmp_path: Path, severity: str, policy: dict[str, Any], status: str, decision: str
) -> None:
    """Severity, limits, quarantine and the least number of rows, one bad row of four."""
    finding = found(tmp_path, ONE_BAD, suite_of(BETWEEN, severity=severity), **policy)
    assert (finding.status, finding.decision) == (status, decision)
    assert bool(finding.reasons) == (decision == "stop")


@pytest.mark.parametrize("other", [UNIQUE, ("expect_table_row_count_to_equal", {"value": 9})])
def test_limits_are_for_row_rules_only(tmp_path: Path, other: tuple[str, dict[str, Any]]) -> None:
    """A repeated key or a wrong number of rows closes the gate whatever number of bad rows is allowed."""
    rows = [(1, 20), (1, 30)]
    assert found(tmp_path, rows, suite_of(other), max_bad_row_pct=100, quarantine="rows").decision == "stop"


def test_what_is_left_must_hold_the_other_checks_again(tmp_path: Path) -> None:
    """A mean that only the bad rows had kept low closes the gate."""
    rows = [(1, 60), (2, 70), (3, -100)]
    finding = found(tmp_path, rows, suite_of(BETWEEN, MEAN), max_bad_rows=1, quarantine="rows")
    assert finding.reasons == ("expect_column_mean_to_be_between(age) failed on the rows left",)
    assert (finding.rows.quarantined, finding.rows.passed_on) == (3, 0)


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    ages=st.lists(st.sampled_from([-1, 5, 60, "x", ""]), max_size=8),
    limit=st.integers(0, 8),
    quarantine=st.sampled_from(["off", "rows"]),
    min_rows=st.integers(0, 3),
)
def test_rows_in_are_rows_passed_on_and_quarantined(
    tmp_path: Path, ages: list[Any], limit: int, quarantine: str, min_rows: int
) -> None:
    """No row is lost or doubled, nothing passes a closed gate, and no bad row is among those left."""
    policy = {"max_bad_rows": limit, "quarantine": quarantine, "min_rows": min_rows}
    rows = found(tmp_path, list(enumerate(ages)), suite_of(BETWEEN, UNIQUE), **policy).rows
    finding = found(tmp_path, list(enumerate(ages)), suite_of(BETWEEN, UNIQUE), **policy)
    assert rows.total == len(ages) == rows.passed_on + rows.quarantined
    if finding.decision == "stop":
        assert rows.passed_on == 0
    else:
        bad = sum(age in {-1, "x"} for age in ages)
        assert rows.quarantined == (bad if quarantine == "rows" else 0)


def test_any_word_may_be_a_columns_name(tmp_path: Path) -> None:
    """The gate's own names do not meet those of the data, and quotes are no trouble."""
    names = ["row", "why", "size", "value", "position", "raw", 'a "b"', "it's"]
    path = tmp_path / "rows.csv"
    path.write_text(
        ",".join(f'"{name.replace(chr(34), chr(34) * 2)}"' for name in names) + "\n" + "1,1,1,1,1,1,1,1\n" * 2
    )
    checks = [("expect_column_values_to_be_unique", {"column": name}) for name in names]
    rule = ("expect_column_values_to_be_in_set", {"column": "it's", "value_set": ["o'clock"]})
    with closing(open_data([path], tmp_path)) as data:
        finding = judge(data, suite_of(*checks, rule).checks, Policy())
        assert [each.unexpected_count for each in finding.results] == [2] * 9
        assert write_bad_rows(data, tmp_path / "bad.csv", {8: "it's"}, "x") == 2


def test_missing_columns_and_types_are_the_schemas_business(tmp_path: Path) -> None:
    """Both are failures of the data, not errors, and an integer is a number."""
    types = [
        ("expect_column_values_to_be_of_type", {"column": "age", "type_": kind})
        for kind in ("integer", "number", "string")
    ]
    gone = ("expect_column_values_to_not_be_null", {"column": "gone"})
    results = found(tmp_path, [(1, 2)], suite_of(*types, gone)).results
    assert [each.success for each in results] == [True, True, False, False]
    assert [each.error for each in results] == [None] * 4
    assert results[3].observed == "no column gone"


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({"fail_on": "info"}, "fail_on is 'info'"),
        ({"quarantine": "all"}, "quarantine is 'all'"),
        ({"max_bad_rows": -1}, "max_bad_rows is -1"),
        ({"max_bad_row_pct": 101}, "from 0 to 100"),
        ({"min_rows": True}, "min_rows is True"),
        ({"limit": 1}, "policy has no limit"),
    ],
)
def test_a_policy_that_means_nothing_is_refused(members: dict[str, Any], message: str) -> None:
    """The member and what is allowed are named."""
    with pytest.raises(ValueError, match=message):
        policy_of(members)


def document(finding: Finding, suite: Suite, policy: Policy) -> dict[str, Any]:
    return verdict(
        finding,
        suite,
        policy,
        mark="sha256:x",
        dataset={**DATASET, "format": "csv"},
        engine={"where": "worker", "job_arn": None},
        run={"dag_id": "d"},
        timing={"started_at": "2026-11-20", "seconds": 1},
        artifacts={},
    )


def test_a_verdict_is_capped(tmp_path: Path) -> None:
    """Hundreds of long failures leave a file of 16 kB and an XCom of 2 kB, and both say that they are cut."""
    long = [("expect_column_to_exist", {"column": f"é{number}" + "x" * 300}) for number in range(200)]
    suite = suite_of(*long)
    finding = found(tmp_path, ONE_BAD, suite)
    whole = document(finding, suite, Policy())
    small = compact(whole)
    assert whole["truncated"]
    assert small["truncated"]
    assert len(whole["failed"]) == 20
    assert len(json.dumps(whole)) <= 16_000
    assert len(json.dumps(small)) < 2_000
    assert len(message(whole, "link").splitlines()) == 5


def test_a_verdict_has_no_number_that_json_lacks(tmp_path: Path) -> None:
    """The mean of nothing is null and stays null."""
    suite = suite_of(MEAN)
    finding = found(tmp_path, [(1, "")], suite)
    assert finding.status == "fail"
    json.dumps(document(finding, suite, Policy()), allow_nan=False)


def test_the_page_shows_data_as_text(tmp_path: Path) -> None:
    """Nothing that stands in data, names or suite becomes markup, and the page asks nothing of a network."""
    evil = "<script>alert('1')</script>"
    suite = suite_of(("expect_column_to_exist", {"column": evil}), BETWEEN)
    finding = found(tmp_path, ONE_BAD, suite)
    shown = page(document(finding, suite, Policy()), finding)
    assert "<script" not in shown
    assert "&lt;script&gt;" in shown
    assert "http" not in shown.replace("<!doctype html>", "")


@pytest.mark.parametrize("engine", ["duckdb", "pandas"])
def test_an_engine_that_cannot_is_refused(tmp_path: Path, engine: str) -> None:
    """A set of another type than the column's has no exact equal in SQL."""
    (tmp_path / "rows.csv").write_text("id\n1\n")
    suite = suite_of(("expect_column_values_to_be_in_set", {"column": "id", "value_set": [1]}))
    with closing(open_data([tmp_path / "rows.csv"], tmp_path)) as data, pytest.raises(EngineError):
        judge(data, suite.checks, Policy(), engine)


@pytest.mark.parametrize(
    ("files", "arguments", "message"),
    [
        ({"a.csv": "x\n1\n", "b.csv": "y\n1\n"}, {}, "missing x, new y"),
        ({"a.csv": "x\n1\n", "b.jsonl": "{}"}, {}, "do not tell one format"),
        ({"a.csv": "x\n1\n"}, {"columns": {"x": "int"}}, "none of integer"),
        ({"a.parquet": "no parquet"}, {}, "cannot be read"),
        ({"a.csv.gz": "no gzip"}, {}, "no CSV in UTF-8"),
    ],
    ids=["header", "formats", "type", "parquet", "gzip"],
)
def test_data_that_cannot_be_read_are_refused(
    tmp_path: Path, files: dict[str, str], arguments: dict[str, Any], message: str
) -> None:
    """The error names the file or the word that is wrong."""
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    with pytest.raises(DataError, match=message):
        open_data([tmp_path / name for name in files], tmp_path, **arguments)
