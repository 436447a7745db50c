"""What an endpoint's data capture wrote: payloads, times, ground truth, and scripts that turn records into rows."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from analyzer import Analyze, Report

GOLDEN = Path(__file__).parents[2] / "golden" / "capture"
CAPTURE = {
    "dataset_format": {"sagemakerCaptureJson": {"captureIndexNames": ["endpointInput", "endpointOutput"]}}
}
BINARY = {
    **CAPTURE,
    "analysis_type": "MODEL_QUALITY",
    "problem_type": "BinaryClassification",
    "probability_attribute": "0",
}


def record(
    given: str,
    answer: str | None = "0.5",
    at: str = "2026-11-21T10:00:00Z",
    encoding: str = "CSV",
    **ids: str,
) -> str:
    kind = {"CSV": "text/csv", "JSON": "application/json"}.get(encoding, "text/csv")
    sides = {"endpointInput": given, "endpointOutput": answer}
    data = {
        name: {"observedContentType": kind, "mode": name[8:].upper(), "data": value, "encoding": encoding}
        for name, value in sides.items()
        if value is not None
    }
    metadata = {"eventId": f"id-{given}-{at}", "inferenceTime": at, **ids}
    return json.dumps({"captureData": data, "eventMetadata": metadata, "eventVersion": "0"}) + "\n"


def label(name: str, value: str) -> str:
    told = {"data": value, "encoding": "CSV"}
    return (
        json.dumps({"groundTruthData": told, "eventMetadata": {"eventId": name}, "eventVersion": "0"}) + "\n"
    )


def labels(folder: Path, text: str) -> dict[str, str]:
    place = folder / "labels" / "2026" / "11" / "21" / "10"
    place.mkdir(parents=True)
    (place / "labels.jsonl").write_text(text)
    return {"ground_truth_source": str(folder / "labels")}


def columns(report: Report) -> dict[str, str]:
    assert report.code == 0, report.message
    return {each["name"]: each["inferred_type"] for each in report.file("statistics")["features"]}


def test_the_golden_pair_joins(analyze: Analyze, tmp_path: Path) -> None:
    """44 of 44 records of AWS's sample have their label."""
    truth = labels(tmp_path, (GOLDEN / "actuals.jsonl").read_text())
    report = analyze({"a.jsonl": (GOLDEN / "capture.jsonl").read_bytes()}, **BINARY, **truth)
    assert report.code == 0, report.message
    counts = {key: report.file("verdict")[key] for key in ("rows", "unlabelled", "orphaned")}
    assert counts == {"rows": 44, "unlabelled": 0, "orphaned": 0}
    found = report.file("statistics")["binary_classification_metrics"]
    assert sum(sum(row.values()) for row in found["confusion_matrix"].values()) == 44
    assert sum(found["confusion_matrix"]["1"].values()) == 34


def test_the_golden_json_records_are_read(analyze: Analyze) -> None:
    """Lists in JSON payloads become numbered columns."""
    found = columns(analyze({"a.jsonl": (GOLDEN / "captured-data.jsonl").read_bytes()}, **CAPTURE))
    assert list(found) == [f"{name}{n}" for name in ("predictions", "instances") for n in range(3)]


def test_joined_unlabelled_and_orphaned_are_counted(analyze: Analyze, tmp_path: Path) -> None:
    """A label goes by the caller's own id where there is one, else by the endpoint's."""
    data = "".join(record(str(n), "0.9", inferenceId=f"mine-{n}") for n in range(3)) + record(
        "9", eventId="own"
    )
    told = label("mine-0", "1") + label("own", "0") + label("nobody", "1")
    report = analyze(data, **BINARY, **labels(tmp_path, told))
    assert report.code == 0, report.message
    counts = {key: report.file("verdict")[key] for key in ("rows", "unlabelled", "orphaned")}
    assert counts == {"rows": 2, "unlabelled": 2, "orphaned": 1}


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (record("1", eventId="a"), label("a", "1") + label("a", "0")),
        (record("1", eventId="a") * 2, label("a", "1")),
    ],
    ids=["labels", "records"],
)
def test_an_id_that_occurs_twice_is_an_error(analyze: Analyze, tmp_path: Path, data: str, told: str) -> None:
    """Which of the two is meant nobody knows."""
    report = analyze(data, **BINARY, **labels(tmp_path, told))
    assert report.code == 1
    assert "'a' more than once" in report.message


def test_csv_columns_are_those_of_the_baseline(analyze: Analyze) -> None:
    """The answer stands first, as the target does in the training data of AWS's algorithms."""
    baseline = analyze("late,distance\n" + "".join(f"{n % 2},{n}\n" for n in range(100)))
    data = "".join(record(f"{n}\n", f"{n % 2}\n", eventId=str(n)) for n in range(100))
    report = analyze(data, baseline, **CAPTURE)
    assert list(columns(report)) == ["late", "distance"]
    assert report.file("constraint_violations")["violations"] == []


@pytest.mark.parametrize(
    ("layout", "kinds"),
    [
        ({}, ["Fractional", "Integral", "String"]),
        ({"captureIndexNames": ["endpointInput"]}, ["Integral", "String"]),
        ({"output_columns_position": "END"}, ["Integral", "String", "Fractional"]),
    ],
    ids=["both", "input", "end"],
)
def test_which_sides_are_taken(analyze: Analyze, layout: dict[str, Any], kinds: list[str]) -> None:
    """Both, the answer first, unless the format says otherwise."""
    found = columns(analyze(record("1,a", "0.5"), dataset_format={"sagemakerCaptureJson": layout}))
    assert found == {f"_c{position}": kind for position, kind in enumerate(kinds)}


@pytest.mark.parametrize(
    ("line", "found"),
    [
        (record('{"x": 1, "city": "a"}', '{"score": 0.5}', encoding="JSON"), {"score", "x", "city"}),
        (record('{"x": 1}', '{"x": 2}', encoding="JSON"), {"endpointOutput_x", "x"}),
        (record('{"x": {"y": [1, 2]}}', None, encoding="JSON"), {"x.y0", "x.y1"}),
        (
            record('{"rows": [{"x": 1}, {"x": 2}]}', '{"p": [[1], [2]]}', encoding="JSON"),
            {"x", "endpointOutput_0"},
        ),
        (record(base64.b64encode(b"1,2\n").decode(), None, encoding="BASE64"), {"_c0", "_c1"}),
        (record("1,2\n3,4\n", "0.1,0.2"), {"_c0", "_c1", "_c2"}),
        (record("1,2", None), {"_c0", "_c1"}),
    ],
    ids=["json", "same-name", "nested", "instances", "base64", "one-line-of-answers", "no-answer"],
)
def test_payloads(analyze: Analyze, line: str, found: set[str]) -> None:
    """Objects, lists, several rows in a record, Base64."""
    assert set(columns(analyze(line, **CAPTURE))) == found


def test_only_records_of_the_window_count(analyze: Analyze) -> None:
    """From the first moment on, and before the last."""
    data = "".join(record(str(hour), at=f"2026-11-21T{hour:02}:00:00Z") for hour in range(10))
    window = {"start_time": "2026-11-21T03:00:00Z", "end_time": "2026-11-21T09:00:00+01:00"}
    report = analyze(data, **CAPTURE, **window)
    assert report.file("statistics")["dataset"]["item_count"] == 5


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("no json\n", "data.csv, line 1: a captured record must be one line of JSON"),
        ('{"x": 1}\n', "has no eventMetadata"),
        (record("1", at="yesterday"), "'yesterday', no time of ISO 8601"),
        (record("1", encoding="PARQUET"), "has the encoding PARQUET"),
        (
            record("{", "{}", encoding="JSON"),
            "endpointInput of a captured record is not JSON",
        ),
        (record("???", encoding="BASE64"), "is no text in Base64"),
        (
            record("1\n2\n3\n", "0.1\n0.2\n"),
            "different numbers of rows: 2 in endpointOutput, 3 in endpointInput",
        ),
        (record("1", eventId=""), "neither inferenceId nor eventId"),
    ],
    ids=["text", "form", "time", "encoding", "json", "base64", "rows", "id"],
)
def test_what_cannot_be_read_is_named(analyze: Analyze, line: str, words: str) -> None:
    """Never left out in silence."""
    report = analyze(line, **CAPTURE, start_time="2026-01-01T00:00:00")
    assert report.code == 1
    assert words in report.message


def test_a_preprocessor_makes_the_rows(analyze: Analyze, tmp_path: Path) -> None:
    """A dict is a row, an empty list none; the logger is handed over if it is asked for."""
    script = tmp_path / "before.py"
    script.write_text(
        "def preprocess_handler(inference_record, logger):\n"
        "    given = inference_record.endpoint_input.data.split(',')\n"
        "    if given[1] == 'test':\n"
        "        return []\n"
        "    answer = inference_record.event_data.endpointOutput.data\n"
        "    return {'x': int(given[0]), 'score': float(answer)}\n"
    )
    data = record("1,real", "0.25") + record("2,test", "0.5") + record("3,real", "0.75")
    report = analyze(data, **CAPTURE, record_preprocessor_script=str(script))
    assert columns(report) == {"x": "Integral", "score": "Fractional"}
    assert report.file("statistics")["dataset"]["item_count"] == 2


def test_a_preprocessor_may_number_its_columns(analyze: Analyze, tmp_path: Path) -> None:
    """As in the example of AWS's page: keys of twenty digits are positions."""
    script = tmp_path / "before.py"
    script.write_text(
        "def preprocess_handler(inference_record):\n"
        "    data = inference_record.endpoint_output.data + ',' + inference_record.endpoint_input.data\n"
        "    return {str(i).zfill(20): d for i, d in enumerate(data.split(','))}\n"
    )
    baseline = analyze("late,x\n0,1\n1,2\n")
    report = analyze(
        {"a.jsonl": record("1", "0")}, baseline, **CAPTURE, record_preprocessor_script=str(script)
    )
    assert list(columns(report)) == ["late", "x"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("x = 1", "has no function preprocess_handler"),
        ("def preprocess_handler(record):\n    return 3", "gave int; give a dict"),
        ("def preprocess_handler(record):\n    return 1 / 0", "raised ZeroDivisionError: division by zero"),
        ("import nothing_of_this_name", "cannot be loaded: ModuleNotFoundError"),
    ],
    ids=["function", "value", "error", "import"],
)
def test_a_script_that_fails_is_named(analyze: Analyze, tmp_path: Path, text: str, words: str) -> None:
    """With the file, the function and what it raised."""
    script = tmp_path / "before.py"
    script.write_text(text)
    report = analyze(record("1"), **CAPTURE, record_preprocessor_script=str(script))
    assert report.code == 1
    assert "before.py" in report.message
    assert words in report.message


def test_a_preprocessor_needs_records(analyze: Analyze, tmp_path: Path) -> None:
    """Of a table it would never be called, which would look as if it had been."""
    report = analyze("x\n1\n", record_preprocessor_script=str(tmp_path / "before.py"))
    assert report.code == 1
    assert "goes with sagemakerCaptureJson" in report.message


@pytest.mark.parametrize("position", ["START", "END"])
def test_predictions_beside_the_features_are_left_out(analyze: Analyze, position: str) -> None:
    """Without the position, `_c0` of the baseline would be compared with the prediction."""
    features = [f"{n},{'ab'[n % 2]}" for n in range(100)]
    baseline = analyze("\n".join(features), dataset_format={"csv": {"header": False}})
    scored = [f"0.5,{line}" if position == "START" else f"{line},0.5" for line in features]
    layout = {"header": False, "output_columns_position": position}
    report = analyze("\n".join(scored), baseline, dataset_format={"csv": layout})
    assert report.file("constraint_violations")["violations"] == []


def test_a_long_setting_may_lie_in_a_file(analyze: Analyze, tmp_path: Path) -> None:
    """SageMaker allows 256 characters in a variable."""
    path = tmp_path / "dataset_format.json"
    path.write_text('{"csv": {"header": false}}')
    assert list(columns(analyze("1,2\n", dataset_format=str(path)))) == ["_c0", "_c1"]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("from pathlib import Path\ndef postprocess_handler():\n    Path({!r}).touch()", 0),
        ("def postprocess_handler():\n    raise OSError('full')", 1),
    ],
    ids=["good", "raises"],
)
def test_a_postprocessor_runs_last(analyze: Analyze, tmp_path: Path, text: str, code: int) -> None:
    """When the report is written; if it fails, so does the job."""
    script, mark = tmp_path / "after.py", tmp_path / "mark"
    script.write_text(text.replace("{!r}", repr(str(mark))))
    report = analyze("x\n1\n", post_analytics_processor_script=str(script))
    assert (report.code, mark.exists()) == (code, code == 0)
    assert (report.folder / "verdict.json").exists()
    assert ("after.py: postprocess_handler raised OSError: full" in report.message) == bool(code)
