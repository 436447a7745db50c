"""The feature-attribution monitor: models in archives, what their scripts may lack, and when the ranking has changed."""

import io
import json
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from analyzer import GOLDEN, Analyze, Report, table

from airflow_mlmax.scripts.monitor.model import unpack
from airflow_mlmax.scripts.monitor.reading import DataError, Values
from airflow_mlmax.scripts.monitor.sampling import drawn
from airflow_mlmax.scripts.monitor.table import load

RANDOM = np.random.default_rng(8)
SCRIPT = """
import json
from pathlib import Path
import numpy as np

def model_fn(model_dir):
    return json.loads((Path(model_dir) / "model.json").read_text())
"""
LINEAR = (
    SCRIPT
    + """
def input_fn(body, content_type):
    return np.array([[float(x or "nan") for x in line.split(",")] for line in body.splitlines()[1:]])

def predict_fn(features, model):
    return features @ np.array(model["weights"])
"""
)
FRAME = (
    SCRIPT
    + """
import io
import pandas as pd
import helpers_of_the_model

def input_fn(body, content_type):
    rows = pd.read_csv(io.StringIO(body), dtype={"city": "category", "code": "str"})
    return rows.assign(flag=rows["x"] > 0)

def predict_fn(features, model):
    assert list(features.columns) == ["x", "city", "code", "flag"]
    assert str(features["city"].dtype) == "category" and features["flag"].dtype == bool
    far = helpers_of_the_model.is_far(features["city"])
    high = features["x"] * 0.1 + far * 3.0 + (features["code"] == "007") * 1.0
    return np.column_stack([1 - high, high])
"""
)
X = RANDOM.normal(size=(60, 3))
DATA = table(a=X[:, 0].tolist(), b=X[:, 1].tolist(), c=X[:, 2].tolist())
MIXED = table(
    x=X[:, 0].tolist(),
    city=RANDOM.choice(["near", "far"], 60).tolist(),
    code=RANDOM.choice(["007", "7"], 60).tolist(),
)

Archive = Callable[..., dict[str, str]]


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    """Makes a model's archive of a script and files; gives the variables that lead there."""

    def make(script: str | None, **files: str) -> dict[str, str]:
        folder = tmp_path / f"model-{len(list(tmp_path.glob('model-*')))}"
        folder.mkdir()
        content = {"model.json": json.dumps({"weights": [3, -1, 0.5]}), **files}
        if script is not None:
            content["code/inference.py"] = script
        with tarfile.open(folder / "model.tar.gz", "w:gz") as tar:
            for name, text in content.items():
                member = tarfile.TarInfo(name)
                member.size = len(text.encode())
                tar.addfile(member, io.BytesIO(text.encode()))
        return {"model_source": str(folder), "analysis_type": "FEATURE_ATTRIBUTION"}

    return make


def attributions(report: Report, label: str = "label0") -> dict[str, float]:
    assert report.code == 0, report.message
    found: dict[str, float] = report.file("analysis")["explanations"]["kernel_shap"][label][
        "global_shap_values"
    ]
    return found


def test_a_linear_model(analyze: Analyze, archive: Archive) -> None:
    """Mean absolute weight times distance from the background, of the rows that were drawn."""
    rows = drawn_rows(X, 60)
    background, explained = rows[:20], rows[20:]
    config = {"background_rows": 20}
    report = analyze(DATA, **archive(LINEAR), attribution_config=config)
    distances = np.abs(explained - background.mean(axis=0)).mean(axis=0)
    assert attributions(report) == pytest.approx(dict(zip("abc", distances * [3, 1, 0.5], strict=True)))
    entry = report.file("analysis")["explanations"]["kernel_shap"]["label0"]
    assert entry["expected_value"] == pytest.approx(float((background @ [3, -1, 0.5]).mean()))
    assert (report.file("verdict")["rows"], report.file("verdict")["explained"]) == (60, 40)


def drawn_rows(values: np.ndarray, count: int, seed: int = 0) -> np.ndarray:
    """The rows of an array in the order in which the analyzer draws them."""
    return values[np.argsort(np.random.default_rng(seed).random(len(values)))[:count]]


def test_the_form_is_that_of_the_sample(analyze: Analyze, archive: Archive) -> None:
    """The keys of AWS's file, less what it has of texts."""
    theirs = json.loads((GOLDEN / "forms" / "clarify_explanability.json").read_text())
    ours = analyze(DATA, **archive(LINEAR)).file("analysis")
    assert ours["version"] == theirs["version"]
    sample = theirs["explanations"]["kernel_shap"]["label0"]
    [found] = ours["explanations"]["kernel_shap"].values()
    assert list(found) == [key for key in sample if key != "global_top_shap_text"]


def test_texts_categories_and_booleans(analyze: Analyze, archive: Archive) -> None:
    """Columns keep their types; the last class's probability is explained; code beside the script is found."""
    helper = {"code/helpers_of_the_model.py": "def is_far(city):\n    return (city == 'far').astype(float)\n"}
    found = attributions(
        analyze(MIXED, **archive(FRAME, **helper), attribution_config={"label": "late"}), "late"
    )
    assert list(found) == ["x", "city", "code", "flag"]
    assert found["city"] > found["code"] > found["x"] > 0
    assert found["flag"] == pytest.approx(0, abs=1e-9)
    assert "helpers_of_the_model" not in sys.modules


@pytest.mark.parametrize(
    ("method", "expected"),
    [
        ("mean_abs", lambda values: np.abs(values).mean(axis=0)),
        ("median", lambda values: np.median(values, axis=0)),
        ("mean_sq", lambda values: (values**2).mean(axis=0)),
    ],
    ids=["mean_abs", "median", "mean_sq"],
)
def test_aggregation(analyze: Analyze, archive: Archive, method: str, expected: Any) -> None:
    """In Clarify's words."""
    config = {"agg_method": method, "background_rows": 20}
    found = attributions(analyze(DATA, **archive(LINEAR), attribution_config=config))
    rows = drawn_rows(X, 60)
    values = (rows[20:] - rows[:20].mean(axis=0)) * [3, -1, 0.5]
    assert list(found.values()) == pytest.approx(expected(values).tolist())


def test_the_same_seed_gives_the_same_file(analyze: Analyze, archive: Archive) -> None:
    """Whether the rows come in one file or in two; another seed draws other rows."""
    model, config = archive(LINEAR), {"max_rows": 10, "background_rows": 5, "seed": 3}
    once = attributions(analyze(DATA, **model, attribution_config=config))
    lines = DATA.splitlines()
    parts = {"1.csv": "\n".join(lines[:20]), "2.csv": "\n".join([lines[0], *lines[20:]])}
    assert attributions(analyze(parts, **model, attribution_config=config)) == once
    assert attributions(analyze(DATA, **model, attribution_config={**config, "seed": 4})) != once


def test_a_changed_order_is_drift(analyze: Analyze, archive: Archive) -> None:
    """In AWS's words; the details name the features that fell."""
    baseline = analyze(DATA, **archive(LINEAR))
    assert analyze(DATA, baseline, **archive(LINEAR)).violations == []
    turned = archive(LINEAR, **{"model.json": json.dumps({"weights": [0.1, -1, 4]})})
    report = analyze(DATA, baseline, **turned)
    [violation] = report.violations
    score = violation["details"]["observed"]
    assert 0 < score < 0.9
    assert violation["description"] == f"Feature attribution drift {score} exceeds threshold 0.9"
    assert list(violation)[:3] == ["label", "metric_name", "constraint_check_type"]
    assert (violation["label"], violation["metric_name"]) == ("label0", "shap")
    assert violation["constraint_check_type"] == "feature_attribution_drift_check"
    assert violation["details"]["worst"][0]["feature"] == "a"
    assert report.file("constraint_violations")["version"] == "1.0"
    [row] = report.file("verdict")["drift"]
    assert (row["metric"], row["observed"], row["threshold"], row["state"]) == ("ndcg", score, 0.9, "drift")


def test_the_background_is_that_of_the_baseline(analyze: Analyze, archive: Archive) -> None:
    """So a value that all rows of a day share keeps its attribution; without it the day's own rows serve."""
    model = archive(LINEAR)
    baseline = analyze(DATA, **model)
    background = baseline.file("background")
    assert len(background["rows"]) == 10
    constant = table(a=[2.0] * 20, b=X[:20, 1].tolist(), c=X[:20, 2].tolist())
    report = analyze(constant, baseline, **model)
    assert report.file("background") == background
    expected = abs(2.0 - np.mean([float(row[0]) for row in background["rows"]])) * 3
    assert attributions(report)["a"] == pytest.approx(expected)
    (baseline.folder / "background.json").unlink()
    assert attributions(analyze(constant, baseline, **model))["a"] == pytest.approx(0, abs=1e-9)


def test_a_background_of_other_columns_is_laid_by_name(analyze: Analyze, archive: Archive) -> None:
    """What it lacks is empty, for the model's script to judge."""
    baseline = analyze(DATA, **archive(LINEAR))
    turned = table(c=X[:, 2].tolist(), b=X[:, 1].tolist(), a=X[:, 0].tolist())
    report = analyze(turned, baseline, **archive(LINEAR))
    assert report.file("background")["names"] == ["c", "b", "a"]
    rows = [row[::-1] for row in report.file("background")["rows"]]
    assert rows == baseline.file("background")["rows"]


def test_a_baseline_without_attributions_is_no_pass(analyze: Analyze, archive: Archive) -> None:
    """Nothing can be said, and that is said."""
    still = archive(LINEAR, **{"model.json": json.dumps({"weights": [0, 0, 0]})})
    report = analyze(DATA, analyze(DATA, **still), **archive(LINEAR))
    [row] = report.file("verdict")["drift"]
    assert (row["state"], row["reason"]) == ("not_evaluated", "no feature of the baseline has an attribution")


def test_few_rows(analyze: Analyze, archive: Archive) -> None:
    """A violation, and no baseline."""
    model = archive(LINEAR)
    baseline = analyze(DATA, **model)
    assert analyze(DATA, baseline, **model, min_rows="61").checks == {("item_count", "row_count_check")}
    assert "at least 61 rows" in analyze(DATA, **model, min_rows="61").message
    assert "at least 2 rows" in analyze("a,b,c\n1,2,3\n", **model).message


def test_headerless_and_json_lines(analyze: Analyze, archive: Archive) -> None:
    """The body is in the form that is asked for, with a header only if the file has one."""
    plain = LINEAR.replace("[1:]", "")
    rows = DATA.split("\n", 1)[1]
    first = analyze(rows, **archive(plain), dataset_format={"csv": {"header": False}})
    assert list(attributions(first)) == ["_c0", "_c1", "_c2"]
    lines = LINEAR.replace(
        '[float(x or "nan") for x in line.split(",")] for line in body.splitlines()[1:]',
        "list(json.loads(line).values()) for line in body.splitlines()",
    )
    json_lines = {"content_type": "application/jsonlines"}
    second = analyze(DATA, **archive(lines), attribution_config=json_lines)
    records = "\n".join(json.dumps(dict(zip("abc", row, strict=True))) for row in X.tolist())
    third = analyze(
        records,
        **archive(lines),
        dataset_format={"json": {"lines": True}},
        attribution_config=json_lines,
    )
    for other in (second, third):
        assert list(attributions(other).values()) == pytest.approx(list(attributions(first).values()))


def test_a_script_without_input_or_predict_function(analyze: Analyze, archive: Archive) -> None:
    """Numbers are handed over as they are; the model predicts itself, probabilities if it has any."""
    script = """
import numpy as np
class Model:
    def predict_proba(self, rows):
        return np.column_stack([1 - rows[:, 0], rows[:, 0]])
def model_fn(model_dir):
    return Model()
"""
    found = attributions(analyze(DATA, **archive(script)))
    assert found["a"] > 0
    assert [found["b"], found["c"]] == pytest.approx([0, 0], abs=1e-9)


@pytest.mark.parametrize(
    ("script", "message"),
    [
        (None, "archive has no code/inference.py"),
        ("x = 1", "code/inference.py has no model_fn"),
        (
            "import no_such_module",
            "code/inference.py raised ModuleNotFoundError: No module named 'no_such_module'",
        ),
        ("def model_fn(d): raise OSError('gone')", "model_fn raised OSError: gone"),
        (SCRIPT + "def transform_fn(*a): ...", "transform_fn, which does not show the features"),
        (SCRIPT + "def input_fn(b, c): return [1, 2]", "input_fn gave list"),
        (SCRIPT + "def input_fn(b, c): return np.zeros((2, 2))", "input_fn made 2 rows of 60"),
        (SCRIPT + "def input_fn(b, c): raise KeyError('a')", "input_fn raised KeyError: 'a'"),
        (
            SCRIPT + "def predict_fn(f, m): return ['late'] * len(f)",
            "predict_fn gave something that is no number",
        ),
        (SCRIPT + "def predict_fn(f, m): return f.sum()", "predict_fn gave the shape ()"),
        (SCRIPT + "def predict_fn(f, m): return f[:, 0] * np.nan", "a value that is not finite"),
    ],
    ids=[
        *("no-script", "no-model_fn", "import", "model_fn", "transform_fn", "one-dimension", "fewer-rows"),
        *("input_fn", "texts", "scalar", "nan"),
    ],
)
def test_a_script_that_does_not_fit(
    analyze: Analyze, archive: Archive, script: str | None, message: str
) -> None:
    """One sentence says which function, and what is wrong with it."""
    report = analyze(DATA, **archive(script))
    assert report.code == 1
    assert message in report.message


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"samples": 3}, "attribution_config has 'samples'"),
        ({"num_samples": "many"}, "num_samples 'many' is no whole number from 1 on"),
        ({"num_samples": 5}, "num_samples 5 is too small for 3 features; give 6 or more"),
        ({"agg_method": "sum"}, "agg_method 'sum' is unknown"),
        ({"content_type": "image/png"}, "content_type 'image/png' is not known"),
    ],
    ids=["word", "number", "too-few", "method", "type"],
)
def test_wrong_settings_are_refused(analyze: Analyze, archive: Archive, config: Any, message: str) -> None:
    """In one sentence."""
    assert message in analyze(DATA, **archive(LINEAR), attribution_config=config).message


def test_texts_need_an_input_function(analyze: Analyze, archive: Archive) -> None:
    """They are no features by themselves."""
    assert "the data have texts" in analyze(MIXED, **archive(SCRIPT)).message


def test_a_baseline_of_another_monitor_is_refused(analyze: Analyze, archive: Archive) -> None:
    """And one of another label."""
    model = archive(LINEAR)
    bias = {"baseline_constraints": str(GOLDEN / "bias" / "analysis_good.json")}
    assert "is it of another monitor?" in analyze(DATA, **model, **bias).message
    other = analyze(DATA, analyze(DATA, **model), **model, attribution_config={"label": "late"})
    assert "the baseline explains label0, not 'late'" in other.message


def tar(path: Path, *members: tuple[tarfile.TarInfo, bytes]) -> Path:
    with tarfile.open(path, "w:gz") as archive:
        for member, content in members:
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return path


def link(name: str, target: str) -> tuple[tarfile.TarInfo, bytes]:
    member = tarfile.TarInfo(name)
    member.type, member.linkname = tarfile.SYMTYPE, target
    return member, b""


def device(name: str) -> tuple[tarfile.TarInfo, bytes]:
    member = tarfile.TarInfo(name)
    member.type = tarfile.CHRTYPE
    return member, b""


@pytest.mark.parametrize(
    "member",
    [(tarfile.TarInfo("../out"), b"x"), link("code", "/etc"), device("null")],
    ids=["path", "link", "device"],
)
def test_an_unsafe_archive_is_refused(tmp_path: Path, member: tuple[tarfile.TarInfo, bytes]) -> None:
    """Nothing is written outside of the folder."""
    place = tmp_path / "in" / "deep"
    place.mkdir(parents=True)
    with pytest.raises(DataError, match="is not safe to unpack"):
        unpack(tar(tmp_path / "model.tar.gz", member), place)
    assert not list(place.parent.glob("out"))
    assert not list(place.iterdir())


def test_a_huge_archive_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    """By what it would unpack to, which is far more than it has."""
    archive = tar(tmp_path / "model.tar.gz", (tarfile.TarInfo("zeros"), bytes(5_000_000)))
    assert archive.stat().st_size < 50_000
    place = tmp_path / "place"
    place.mkdir()
    with pytest.raises(DataError, match="unpacks to more than 1,000,000 bytes"):
        unpack(archive, place, most_bytes=1_000_000)
    assert not list(place.iterdir())


def test_a_broken_archive_is_refused(analyze: Analyze, archive: Archive) -> None:
    """And a folder without one."""
    model = archive(LINEAR)
    path = Path(model["model_source"]) / "model.tar.gz"
    path.write_bytes(path.read_bytes()[:200])
    assert "model.tar.gz cannot be unpacked" in analyze(DATA, **model).message
    path.unlink()
    assert "holds 0 archives of a model" in analyze(DATA, **model).message


def test_rows_are_drawn_evenly() -> None:
    """Each of a hundred about as often; where fewer are there than wanted, all are drawn."""
    values = np.arange(100.0)

    def chunks(size: int) -> Any:
        return ({"x": Values(numbers=values[start : start + size])} for start in range(0, 100, size))

    counts = np.zeros(100)
    for seed in range(300):
        sample = drawn(chunks(7), 10, seed)
        assert sample.rows == drawn(chunks(100), 10, seed).rows
        counts[[int(row[0] or 0) for row in sample.rows]] += 1
    assert sample.total == 100
    assert counts.sum() == 3000
    assert counts.min() > 10
    assert counts.max() < 55
    assert len(drawn(chunks(30), 1000, 0).rows) == 100


def test_columns_that_chunks_lack_are_empty() -> None:
    """A table in memory is as long as its rows, whatever a chunk holds."""
    chunks = [{"a": Values(numbers=np.ones(2))}, {"b": Values(numbers=np.zeros(3))}]
    cells = load(iter(chunks))
    assert {name: each.present.tolist() for name, each in cells.items()} == {
        "a": [True, True, False, False, False],
        "b": [False, False, True, True, True],
    }
