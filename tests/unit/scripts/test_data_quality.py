"""Where monitors have been wrong: each trap once, from the file to the verdict."""

import io
import json
import random
from datetime import date
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from analyzer import Analyze, Report, table
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

RANDOM = random.Random(7)  # noqa: S311  test data
NORMAL = [round(RANDOM.gauss(50, 10), 3) for _ in range(2000)]
CITIES = ["JFK"] * 900 + ["LGA"] * 700 + ["EWR"] * 400
JSON_LINES = {"json": {"lines": True}}
PARQUET = {"parquet": {}}


def parquet(**columns: Any) -> dict[str, bytes]:
    buffer = io.BytesIO()
    pq.write_table(pa.table(columns), buffer)
    return {"data.parquet": buffer.getvalue()}


def config(**drift: Any) -> dict[str, Any]:
    return {"distribution_constraints": drift}


def test_the_same_data_violate_nothing(analyze: Analyze) -> None:
    """Numbers, texts, mixed columns and gaps, against their own baseline; every distance is 0."""
    data = table(
        x=NORMAL,
        city=CITIES,
        mixed=[i if i % 3 else "n/a" for i in range(2000)],
        gaps=[i if i % 2 else None for i in range(2000)],
    )
    baseline = analyze(data)
    assert baseline.file("verdict")["status"] == "baseline"
    assert not (baseline.folder / "constraint_violations.json").exists()
    report = analyze(data, baseline)
    assert report.violations == []
    assert report.file("verdict")["status"] == "pass"
    assert [each.get("distance") for each in report.file("verdict")["drift"]][:2] == [0.0, 0.0]


@pytest.mark.parametrize(
    ("values", "drifts"),
    [
        pytest.param([value + 1000 for value in NORMAL], True, id="outside-the-training-range"),
        pytest.param([value + 3 for value in NORMAL], False, id="small-shift"),
        pytest.param([value + 8 for value in NORMAL], True, id="shift"),
        pytest.param([50.0] * 2000, True, id="became-constant"),
        pytest.param(["inf"] * 500 + NORMAL[500:], True, id="infinity"),
    ],
)
def test_numbers_that_move(analyze: Analyze, values: list[Any], drifts: bool) -> None:
    """A numeric feature drifts by its whole distribution, wherever its values went."""
    report = analyze(table(x=values), analyze(table(x=NORMAL)))
    assert (("x", "baseline_drift_check") in report.checks) is drifts
    assert report.drift("x")["state"] == ("drift" if drifts else "ok")
    assert report.drift("x")["psi"] > 0


def test_repeated_values(analyze: Analyze) -> None:
    """A 0/1 feature that turns from 90:10 to 10:90 is at distance 0.8, less the noise."""
    report = analyze(table(x=[0] * 200 + [1] * 1800), analyze(table(x=[0] * 1800 + [1] * 200)))
    assert report.drift("x")["distance"] == pytest.approx(0.8 - 1.8 * (4000 / 2000**2) ** 0.5)


def test_new_and_vanished_categories(analyze: Analyze) -> None:
    """Both are named; the new one is outside the domain, and the shares drift."""
    baseline = analyze(table(city=CITIES))
    report = analyze(table(city=["PHL" if each == "EWR" else each for each in CITIES]), baseline)
    assert report.checks == {("city", "categorical_values_check"), ("city", "baseline_drift_check")}
    assert report.drift("city")["new_categories"] == ["PHL"]
    assert report.drift("city")["vanished_categories"] == ["EWR"]


def test_chi_square_sees_a_new_category(analyze: Analyze) -> None:
    """Its share decides, for the test itself is blind to it; without it the p-value does."""
    baseline = analyze(table(city=CITIES))
    chi = {"categorical_drift_method": "ChiSquared"}
    new = analyze(table(city=["PHL"] * 800 + [*CITIES] * 1), baseline, **chi).drift("city")
    assert new["state"] == "drift"
    assert "28.6%" in new["reason"]
    assert analyze(table(city=CITIES), baseline, **chi).drift("city")["state"] == "ok"
    shares = analyze(table(city=["JFK"] * 100 + ["LGA"] * 100 + ["EWR"] * 100), baseline, **chi)
    assert ("city", "baseline_drift_check") in shares.checks
    assert shares.drift("city")["distance"] < 0.1


def test_missingness_is_seen(analyze: Analyze) -> None:
    """The values that are left look the same; the share of them does not."""
    half = [value if i % 2 else None for i, value in enumerate(NORMAL)]
    report = analyze(table(x=half), analyze(table(x=NORMAL)))
    assert report.checks == {("x", "completeness_check")}
    assert report.violations[0]["details"] == {"observed": 0.5, "threshold": 1.0}
    assert analyze(table(x=NORMAL), analyze(table(x=half))).violations == []


@pytest.mark.parametrize("now", [None, ""], ids=["null", "empty"])
def test_a_column_without_values_is_not_evaluated(analyze: Analyze, now: Any) -> None:
    """No distance is not a small distance: the state says so, and completeness fails."""
    report = analyze(table(x=[now] * 2000, y=NORMAL), analyze(table(x=NORMAL, y=NORMAL)))
    assert report.checks == {("x", "completeness_check")}
    assert report.drift("x") == {
        "feature": "x", "state": "not_evaluated", "n": 2000, "m": 0, "reason": "no value is present"
    }  # fmt: skip
    assert report.file("statistics")["features"][0]["inferred_type"] == "Unknown"


def test_a_baseline_without_values_is_not_evaluated(analyze: Analyze) -> None:
    """Values where there were none violate nothing, and are compared with nothing."""
    report = analyze(table(x=[1, 2], y=[1, 1]), analyze(table(x=[None, None], y=[1, 1])))
    assert report.violations == []
    assert report.drift("x")["reason"] == "the baseline has no value"


@pytest.mark.parametrize("rows", [0, 1])
def test_few_rows(analyze: Analyze, rows: int) -> None:
    """No row is a violation; one row is too few to see any drift, and is not called free of it."""
    report = analyze(table(x=[50.0] * rows), analyze(table(x=NORMAL)))
    assert report.checks == (set() if rows else {("", "row_count_check")})
    drift = report.drift("x")
    assert drift["state"] == "not_evaluated"
    assert not rows or drift["smallest_visible"] > 1


def test_no_file_is_a_violation(analyze: Analyze) -> None:
    """An empty prefix does not pass, and does not say that each column is missing."""
    assert analyze({}, analyze(table(x=[1, 2]))).checks == {("", "row_count_check")}
    assert analyze({"empty.csv": ""}, analyze(table(x=[1, 2]))).checks == {("", "row_count_check")}


def test_a_baseline_of_nothing_is_refused(analyze: Analyze) -> None:
    """It would let everything pass."""
    report = analyze(table(x=[]))
    assert report.code == 1
    assert report.message == "DataError: a baseline needs at least 1 rows, the data have 0."


def test_duplicate_column_names(analyze: Analyze) -> None:
    """Both columns are looked at; the second is an extra column."""
    report = analyze("x,x\n1,5\n2,6\n", analyze("x\n1\n2\n"))
    assert report.checks == {("x#2", "extra_column_check")}
    assert [each["name"] for each in report.file("statistics")["features"]] == ["x", "x#2"]


def test_columns_are_found_by_name(analyze: Analyze) -> None:
    """Their order never matters, not even between the files of one data set; a missing one does."""
    baseline = analyze(table(x=NORMAL, city=CITIES))
    half = 1000
    files = {
        "a.csv": table(city=CITIES[:half], x=NORMAL[:half]),
        "b.csv": table(x=NORMAL[half:], city=CITIES[half:]),
    }
    assert analyze(files, baseline).violations == []
    assert analyze(table(x=NORMAL), baseline).checks == {("city", "missing_column_check")}
    late = {"a.csv": table(x=NORMAL[:half]), "b.csv": table(x=NORMAL[half:], city=CITIES[half:])}
    assert ("city", "completeness_check") in analyze(late, baseline).checks


@pytest.mark.parametrize(
    ("baseline", "current", "checks"),
    [
        pytest.param([1, 2, 3], ["1.0", "2.0", "3.0"], set(), id="whole-numbers-by-value"),
        pytest.param([1, 2, 3], [1, 2, "x"], {("x", "data_type_check")}, id="text-among-integers"),
        pytest.param([1, 2, 3], [1, 2, 2.5], {("x", "data_type_check")}, id="fraction-among-integers"),
        pytest.param([0.5, 2, 3], [1, 2, 3], set(), id="integers-among-fractions"),
        pytest.param(["A", "1", "2"], ["1", "2", "1"], set(), id="codes-that-look-like-numbers"),
        pytest.param(["A", "B", "C"], [7, 8, 9], {("x", "data_type_check"), ("x", "categorical_values_check")},
                     id="numbers-for-texts"),
        pytest.param([1, 2, 3], [1, 2, -3], {("x", "non_negative_check")}, id="negative"),
        pytest.param([" 1", "2 ", "x"], ["1", "2", "x"], set(), id="spaces-around-numbers"),
    ],
)  # fmt: skip
def test_types(analyze: Analyze, baseline: list[Any], current: list[Any], checks: set[Any]) -> None:
    """By value, not by spelling, and a share of 100 % is required."""
    assert analyze(table(x=current), analyze(table(x=baseline))).checks == checks


def test_mixed_types_are_counted_once(analyze: Analyze) -> None:
    """Numbers in a column of texts are texts of their own, also if the text comes last."""
    feature = analyze(table(x=[1, 1, 2, "n/a"])).file("statistics")["features"][0]
    assert feature["inferred_type"] == "String"
    buckets = feature["string_statistics"]["distribution"]["categorical"]["buckets"]
    assert {each["value"]: each["count"] for each in buckets} == {"1": 2, "2": 1, "n/a": 1}


def test_many_categories_are_not_compared(analyze: Analyze) -> None:
    """An id never drifts by shares; the verdict says why nothing is said."""
    ids = [f"id-{i}" for i in range(2000)]
    baseline = analyze(table(id=ids))
    strings = baseline.file("statistics")["features"][0]["string_statistics"]
    assert strings["distinct_count"] == 2000.0
    assert len(strings["distribution"]["categorical"]["buckets"]) == 1000
    assert "string_constraints" not in baseline.file("constraints")["features"][0]
    report = analyze(table(id=ids[::-1]), baseline)
    assert report.violations == []
    assert report.drift("id")["reason"] == "more than 1000 categories in the baseline"


def test_counting_categories_is_bounded(analyze: Analyze, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond the limit new texts are counted together, so the comparison is not evaluated."""
    baseline = analyze(table(city=CITIES))
    monkeypatch.setattr("airflow_mlmax.scripts.monitor.columns.TRACKED", 3)
    report = analyze(table(city=[*CITIES[:-2], "a", "b"]), baseline)
    assert report.drift("city")["reason"] == "more than 3 categories now"
    assert ("city", "categorical_values_check") in report.checks


def test_a_constant_feature_has_ten_buckets_of_no_width(analyze: Analyze) -> None:
    """All values in the last, as Deequ writes it; nothing is divided by 0."""
    baseline = analyze(table(x=[5] * 200))
    numbers = baseline.file("statistics")["features"][0]["numerical_statistics"]
    assert numbers["std_dev"] == 0
    assert [each["count"] for each in numbers["distribution"]["kll"]["buckets"]] == [0.0] * 9 + [200.0]
    assert analyze(table(x=[5] * 300), baseline).drift("x")["distance"] == 0
    assert analyze(table(x=[6] * 300), baseline).drift("x")["state"] == "drift"


def test_infinity_is_counted_and_left_out_of_moments(analyze: Analyze) -> None:
    """No NaN and no infinity reach the file."""
    numbers = analyze(table(x=[1.0, 3.0, "inf", "-inf"])).file("statistics")["features"][0]
    numbers = numbers["numerical_statistics"]
    assert (numbers["mean"], numbers["min"], numbers["max"], numbers["common"]["num_present"]) == (2, 1, 3, 4)
    only = analyze(table(x=["inf", "inf"])).file("statistics")["features"][0]["numerical_statistics"]
    assert (only["mean"], only["min"], only["max"]) == (0, 0, 0)


@pytest.mark.parametrize("kind", ["csv", "json", "parquet"])
def test_every_format_says_the_same(analyze: Analyze, kind: str) -> None:
    """The same table in three formats has the same statistics."""
    rows = [{"i": i, "f": i / 2, "s": "ab"[i % 2], "gap": i if i % 3 else None} for i in range(50)]
    columns = {name: [row[name] for row in rows] for name in rows[0]}
    expected = analyze(table(**columns)).file("statistics")
    if kind == "json":
        lines = "\n\n".join(map(json.dumps, rows))
        assert (
            analyze({"a.jsonl": lines}, dataset_format={"json": {"line": True}}).file("statistics")
            == expected
        )
    elif kind == "parquet":
        assert analyze(parquet(**columns), dataset_format=PARQUET).file("statistics") == expected
    else:
        assert [each["inferred_type"] for each in expected["features"]] == [
            "Integral", "Fractional", "String", "Integral"
        ]  # fmt: skip


def test_types_of_parquet(analyze: Analyze) -> None:
    """Booleans, dates and nested values are texts, decimals are numbers, digits in a text column stay texts."""
    data = parquet(
        flag=[True, False],
        day=[date(2026, 1, 1), date(2026, 1, 2)],
        price=[Decimal("1.50"), Decimal("2.00")],
        code=["01", "02"],
        tags=[["a"], ["b"]],
        city=pa.array(["x", "y"]).dictionary_encode(),
        nan=[1.0, float("nan")],
    )
    baseline = analyze(data, dataset_format=PARQUET)
    found = {each["name"]: each for each in baseline.file("constraints")["features"]}
    kinds = {name: each["inferred_type"] for name, each in found.items()}
    assert kinds == {
        "flag": "String", "day": "String", "price": "Fractional", "code": "String", "tags": "String",
        "city": "String", "nan": "Fractional",
    }  # fmt: skip
    assert found["nan"]["completeness"] == 0.5
    assert "string_constraints" not in found["day"]
    report = analyze(data, baseline, dataset_format=PARQUET)
    assert report.violations == []
    assert report.drift("day")["reason"] == "dates and times are not compared"


def test_files_beside_the_data_are_left_out(analyze: Analyze) -> None:
    """Empty ones, and those whose name begins with `_` or a dot; a byte order mark is no part of a name."""
    files = {"a.csv": "\ufeffä,b\r\nü,1\r\n", "_SUCCESS": "done", ".part.crc": "x", "b.csv": ""}
    found = analyze(files).file("statistics")
    assert found["dataset"]["item_count"] == 1
    assert [(each["name"], each["inferred_type"]) for each in found["features"]] == [
        ("ä", "String"),
        ("b", "Integral"),
    ]


def test_mixed_json(analyze: Analyze) -> None:
    """A text among the numbers of a JSON column violates the type by its share, and a number among texts is a text."""
    baseline = analyze({"a.jsonl": '{"x": 1, "y": "a"}\n{"x": 2, "y": "b"}'}, dataset_format=JSON_LINES)
    report = analyze(
        {"a.jsonl": '{"x": 1, "y": 5}\n{"x": "?", "y": "b"}'}, baseline, dataset_format=JSON_LINES
    )
    assert report.checks == {("x", "data_type_check"), ("y", "categorical_values_check")}
    typed = analyze({"a.jsonl": '{"y": 5}\n{"y": 6}'}, baseline, dataset_format=JSON_LINES)
    assert ("y", "data_type_check") in typed.checks


@pytest.mark.parametrize(
    ("monitoring_config", "drifts"),
    [
        pytest.param(config(), True, id="default"),
        pytest.param(config(comparison_threshold=0.9), False, id="threshold"),
        pytest.param(config(perform_comparison="Disabled"), False, id="off"),
        pytest.param({"evaluate_constraints": "Disabled"}, False, id="nothing-evaluated"),
        pytest.param(config(comparison_method="linf_simple"), True, id="simple"),
    ],
)
def test_the_configuration_of_a_baseline_counts(
    analyze: Analyze, monitoring_config: dict[str, Any], drifts: bool
) -> None:
    """What the baseline was made with is written into it and holds for what is compared with it."""
    baseline = analyze(table(x=NORMAL), monitoring_config=monitoring_config)
    report = analyze(table(x=[value + 8 for value in NORMAL]), baseline)
    assert ("x", "baseline_drift_check") in report.checks or not drifts
    assert bool(report.checks) is drifts


def test_overrides_of_one_feature(analyze: Analyze) -> None:
    """They hold for this feature, and for no other."""
    baseline = analyze(table(x=NORMAL, y=NORMAL))
    path = baseline.folder / "constraints.json"
    document = json.loads(path.read_text())
    document["features"][0]["monitoringConfigOverrides"] = config(comparison_threshold=0.9)
    path.write_text(json.dumps(document))
    moved = [value + 8 for value in NORMAL]
    assert analyze(table(x=moved, y=moved), baseline).checks == {("y", "baseline_drift_check")}


def test_equality_with_a_threshold_passes(analyze: Analyze) -> None:
    """Only more than the distance, and less than the share, is a violation."""
    drift = config(comparison_method="Simple", comparison_threshold=0.25)
    baseline = analyze(table(x=[1, 2, 3, 4]), monitoring_config={"datatype_check_threshold": 0.75, **drift})
    assert analyze(table(x=[2, 3, 4, 5]), baseline).violations == []
    assert ("x", "data_type_check") not in analyze(table(x=[1, 2, 3, "x"]), baseline).checks


def fault(analyze: Analyze, data: Any, **environment: Any) -> str:
    report: Report = analyze(data, **environment)
    assert report.code == 1
    assert not report.folder.exists()
    return report.message


@pytest.mark.parametrize(
    ("data", "environment", "message"),
    [
        pytest.param("a,b\n1\n", {}, "data.csv cannot be read as csv", id="ragged"),
        pytest.param(
            {"a.jsonl": "[1]"}, {"dataset_format": JSON_LINES}, "must be a JSON object", id="no-object"
        ),
        pytest.param({"a": "x"}, {"dataset_format": PARQUET}, "a cannot be read as parquet", id="no-parquet"),
        pytest.param(
            "a\n1\n", {"dataset_format": {"avro": {}}}, "give one of csv, json or parquet", id="format"
        ),
        pytest.param("a\n1\n", {"dataset_format": "[]"}, "is no JSON object", id="no-mapping"),
        pytest.param("a\n1\n", {"dataset_format": "{"}, "is no JSON object", id="no-json"),
        pytest.param("a\n1\n", {"min_rows": "many"}, "min_rows 'many' is no number", id="no-number"),
        pytest.param("a\n1\n", {"analysis_type": "TASTE"}, "analysis_type 'TASTE' is unknown", id="analysis"),
        pytest.param("a\n1\n", {"baseline_constraints": "/none.json"}, "there is no file", id="no-baseline"),
    ],
)
def test_what_cannot_be_read(analyze: Analyze, data: Any, environment: dict[str, Any], message: str) -> None:
    """One clear sentence, exit code 1, and no report that could be taken for a good one."""
    assert message in fault(analyze, data, **environment)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[]", "holds no JSON object"),
        ("{", "is not JSON"),
        ("{}", "no list of features"),
        (
            '{"features": [], "monitoring_config": {"distribution_constraints": {"comparison_method": "X"}}}',
            "comparison_method 'X' is unknown",
        ),
    ],
    ids=["list", "broken", "other-monitor", "method"],
)
def test_a_baseline_that_is_none(analyze: Analyze, tmp_path: Any, text: str, message: str) -> None:
    """The message names what is wrong with it."""
    path = tmp_path / "constraints.json"
    path.write_text(text)
    assert message in fault(analyze, "a\n1\n", baseline_constraints=str(path))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.none() | st.integers(-5, 5) | st.sampled_from(["a", "b c", "1.5", "x,y"]), min_size=1, max_size=30
    )
)
def test_any_data_fulfil_their_own_baseline(analyze: Analyze, values: list[Any]) -> None:
    """Whatever a column holds, it does not violate what it was itself the model for."""
    quoted = [f'"{value}"' if isinstance(value, str) else value for value in values]
    data = table(x=quoted, row=range(len(values)))
    assert analyze(data, analyze(data)).violations == []
