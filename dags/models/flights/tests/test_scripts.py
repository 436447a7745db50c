"""The scripts of the pipeline, each through its main function and the files it leaves."""

import json
import re
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path
from types import ModuleType
from typing import Any

import collect
import evaluate
import inference
import joblib
import pandas as pd
import preprocess
import pytest
import train
from sklearn.ensemble import HistGradientBoostingClassifier

DAY = "date=2013-07-09/flights.csv"


def serve(model: Any, body: str) -> list[str]:
    """Lines of the answer to one call."""
    prediction = inference.predict_fn(inference.input_fn(body, "text/csv"), model)
    answer, content_type = inference.output_fn(prediction, "text/csv")
    assert content_type == "text/csv"
    return answer.splitlines()


def test_windows_follow_each_other_in_time(windows: Path, landing: Path) -> None:
    """Train, validation and test share no flight and hold every flight that arrived."""
    parts = [pd.read_csv(windows / name / "rows.csv") for name in ("train", "validation", "test")]
    days = [part["flight_key"].str[:10] for part in parts]
    assert days[0].max() <= days[1].min() <= days[1].max() <= days[2].min()
    labels = preprocess.read_days(landing / "labels")
    assert sum(map(len, parts)) == (labels["outcome"] == "arrived").sum()


def test_summary_counts_the_flights_that_never_arrived(windows: Path) -> None:
    """Cancelled and diverted flights are left out and counted."""
    summary = json.loads((windows / "summary/summary.json").read_text())
    assert summary["train"]["cancelled"] > 0
    assert summary["test"]["arrived"] == len(pd.read_csv(windows / "test/rows.csv"))


def test_the_rows_of_the_train_window_are_kept_as_they_landed(windows: Path, landing: Path) -> None:
    """Byte by byte, the cancelled flights included: the contract says what the model was shown, not what it made of it."""
    kept = (windows / "reference/rows.csv").read_text().splitlines()
    days = sorted((landing / "flights").rglob("*.csv"))[:5]
    landed = [line for day in days for line in day.read_text().splitlines()[1:]]
    assert kept == [days[0].read_text().splitlines()[0], *landed]


def test_a_flight_without_label_stops_preprocessing(landing: Path, tmp_path: Path) -> None:
    """A label file that has not arrived is an error that names a flight, not a silent loss."""
    shutil.copytree(landing / "labels", tmp_path / "labels")
    shutil.rmtree(tmp_path / "labels/date=2013-07-09")
    flights, labels = preprocess.read_days(landing / "flights"), preprocess.read_days(tmp_path / "labels")
    with pytest.raises(SystemExit, match=r"flights have no label, first 2013-07-0"):
        preprocess.join_labels(flights, labels)


def test_an_empty_window_stops_preprocessing(landing: Path) -> None:
    """A window that lies outside the data is named."""
    with pytest.raises(SystemExit, match="test"):
        preprocess.split(preprocess.read_days(landing / "flights"), "2013-07-05", "2014-01-01")


def test_training_prints_what_metric_definitions_read(
    windows: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The objective of the tuning job is parsed from the log by a plain pattern."""
    channels = ["--train", str(windows / "train"), "--validation", str(windows / "validation")]
    train.main([*channels, "--max-iter", "5", "--model-dir", str(tmp_path)])
    value = re.search(r"validation_auc=([0-9.]+)", capsys.readouterr().out)
    assert value is not None
    assert 0.5 < float(value[1]) < 1


def test_training_needs_no_other_code_at_serving_time(model_dir: Path) -> None:
    """The archive carries the handlers and the features they import."""
    assert {path.name for path in (model_dir / "model/code").iterdir()} == {"inference.py", "features.py"}


@pytest.fixture(scope="module")
def evaluated(windows: Path, model_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with `evaluation.json` and `predictions.csv`."""
    folder = tmp_path_factory.mktemp("evaluated")
    evaluate.main(evaluation_of(windows, model_dir, folder))
    return folder


def evaluation_of(windows: Path, model_dir: Path, folder: Path, *more: str) -> list[str]:
    """Arguments of an evaluation that writes into a folder."""
    inputs = {name: windows / name for name in ("train", "test", "summary")}
    outputs = {"output": folder, "predictions": folder, "champion-predictions": folder / "champion"}
    folders = {**inputs, **outputs, "model": model_dir / "archive"}
    return [word for name, path in folders.items() for word in (f"--{name}", str(path))] + [*more]


def test_evaluation_stands_beside_a_baseline(windows: Path, evaluated: Path) -> None:
    """The same four metrics for the model and for origin, carrier and hour alone."""
    evaluation = json.loads((evaluated / "evaluation.json").read_text())
    assert (
        set(evaluation["model"]) == set(evaluation["baseline"]) == {"roc_auc", "pr_auc", "log_loss", "brier"}
    )
    assert evaluation["rows"] == len(pd.read_csv(windows / "test/rows.csv"))
    assert evaluation["model"]["roc_auc"] > 0.5


def test_evaluation_tells_the_airports_apart(evaluated: Path) -> None:
    """Every airport with its metrics and rows, which add up to the whole."""
    evaluation = json.loads((evaluated / "evaluation.json").read_text())
    assert set(evaluation["slices"]) == {"origin=EWR", "origin=JFK", "origin=LGA"}
    assert sum(each["rows"] for each in evaluation["slices"].values()) == evaluation["rows"]
    assert {*evaluation["model"], "rows"} == set(evaluation["slices"]["origin=LGA"])


def test_a_slice_where_all_are_late_has_nothing_to_rank() -> None:
    """No number is made up, so that no gate can take it for one."""
    metrics = evaluate.measure(pd.Series([1, 1]), pd.Series([0.2, 0.9]))
    assert (metrics["roc_auc"], metrics["pr_auc"]) == (None, None)
    assert metrics["log_loss"] is not None


def test_every_evaluated_row_is_kept_with_its_prediction(windows: Path, evaluated: Path) -> None:
    """What the baselines of the monitors are made of: key, categories, label and probability."""
    predictions = pd.read_csv(evaluated / "predictions.csv")
    rows = pd.read_csv(windows / "test/rows.csv")
    assert list(predictions) == ["flight_key", "carrier", "origin", "dest", "late", "late_probability"]
    assert predictions["flight_key"].tolist() == rows["flight_key"].tolist()
    assert predictions["late_probability"].between(0, 1).all()


def champion_of(features: dict[str, str], windows: Path, folder: Path) -> Path:
    """The folder of a champion's archive, trained on columns of this version under names of its own."""
    rows = train.read(windows / "train").rename(columns=features)
    model = HistGradientBoostingClassifier(max_iter=2).fit(rows[[*features.values()]], rows["late"])
    joblib.dump(model, folder / "model.joblib")
    with tarfile.open(folder / "model.tar.gz", "w:gz") as archive:
        archive.add(folder / "model.joblib", "model.joblib")
    return folder


def test_a_champion_of_fewer_features_is_scored_with_those(
    windows: Path, model_dir: Path, tmp_path: Path
) -> None:
    """The same rows in the same order, with its own probabilities."""
    champion = champion_of({"hour": "hour", "distance": "distance"}, windows, tmp_path)
    evaluate.main(evaluation_of(windows, model_dir, tmp_path, "--champion", str(champion)))
    before, now = (pd.read_csv(tmp_path / name) for name in ("champion/predictions.csv", "predictions.csv"))
    assert before["flight_key"].tolist() == now["flight_key"].tolist()
    assert before["late_probability"].tolist() != now["late_probability"].tolist()


def test_a_champion_of_other_features_stops_nothing(windows: Path, model_dir: Path, tmp_path: Path) -> None:
    """A sentence in place of its predictions says what is missing; the new version is evaluated."""
    champion = champion_of({"hour": "hour", "humid": "humidity"}, windows, tmp_path)
    evaluate.main(evaluation_of(windows, model_dir, tmp_path, "--champion", str(champion)))
    assert {path.name for path in (tmp_path / "champion").iterdir()} == {"incomparable.json"}
    reason = "the champion cannot score the rows of this version: they have no humidity"
    assert json.loads((tmp_path / "champion/incomparable.json").read_text()) == {"reason": reason}
    assert (tmp_path / "evaluation.json").is_file()


def test_serving_answers_a_header_with_a_header(landing: Path, model_dir: Path) -> None:
    """One line out for each line in, so that a join keeps the file a CSV file."""
    body = (landing / "flights" / DAY).read_text()
    model = inference.model_fn(str(model_dir / "model"))
    answer = serve(model, body)
    assert len(answer) == len(body.splitlines())
    assert answer[0] == "late_probability"


def test_a_batch_without_header_is_scored_alike(landing: Path, model_dir: Path) -> None:
    """The second mini-batch of a transform has no header and gives the same probabilities."""
    lines = (landing / "flights" / DAY).read_text().splitlines(keepends=True)
    model = inference.model_fn(str(model_dir / "model"))
    whole = serve(model, "".join(lines))
    batch = serve(model, "".join(lines[100:200]))
    assert batch == whole[100:200]


@pytest.mark.parametrize(
    ("body", "content_type", "message"),
    [
        ("a,b,c\n", "text/csv", "3 columns found, 23 expected"),
        ("{}", "application/json", "is not text/csv"),
    ],
    ids=["width", "content type"],
)
def test_serving_refuses_other_input(body: str, content_type: str, message: str) -> None:
    """What does not fit is an error of the request, never a wrong score."""
    with pytest.raises(ValueError, match=message):
        inference.input_fn(body, content_type)


def test_batch_script_scores_as_serving_does(landing: Path, model_dir: Path, tmp_path: Path) -> None:
    """The Processing variant writes the same keys and probabilities as transform with join and filter."""
    inference.main(
        [
            *("--model", str(model_dir / "archive"), "--input", str(landing / "flights")),
            *("--output", str(tmp_path)),
        ]
    )
    body = (landing / "flights" / DAY).read_text()
    served = serve(inference.model_fn(str(model_dir / "model")), body)
    keys = [line.split(",")[0] for line in body.splitlines()]
    expected = [f"{key},{score}" for key, score in zip(keys, served, strict=True)]
    assert (tmp_path / f"{DAY}.out").read_text().splitlines() == expected


def test_the_handlers_are_what_framework_containers_take() -> None:
    """`transform_fn` beside the other handlers is refused by AWS's scikit-learn container."""
    assert not hasattr(inference, "transform_fn")


@pytest.fixture
def scored_day(landing: Path, model_dir: Path, tmp_path: Path) -> dict[str, Path]:
    """Folders of one day's flights, predictions, and labels but for the last three."""
    folders = {name: tmp_path / name for name in ("flights", "labels", "predictions", "scored", "output")}
    for name in ("flights", "labels"):
        shutil.copytree(landing / name / "date=2013-07-09", folders[name])
    inference.main(
        [
            *("--model", str(model_dir / "archive"), "--input", str(folders["flights"])),
            *("--output", str(folders.pop("scored"))),
        ]
    )
    folders["predictions"].mkdir()
    shutil.copy(tmp_path / "scored/flights.csv.out", folders["predictions"] / "flights.csv")
    labels = folders["labels"] / "labels.csv"
    labels.write_text("\n".join(labels.read_text().splitlines()[:-3]))
    return folders


def collected(folders: dict[str, Path]) -> tuple[pd.DataFrame, dict[str, int]]:
    """Outcomes and summary."""
    collect.main([word for name, path in folders.items() for word in (f"--{name}", str(path))])
    summary = json.loads((folders["output"] / "summary/summary.json").read_text())
    return pd.read_csv(folders["output"] / "outcomes/outcomes.csv"), summary


def test_outcomes_are_joined_and_counted(scored_day: dict[str, Path]) -> None:
    """Every prediction stays: with its label, or without one for a flight that never arrived or has none yet."""
    outcomes, summary = collected(scored_day)
    assert summary["without_label"] == 3
    assert summary["labelled"] + summary["never_arrived"] + 3 == summary["predictions"] == len(outcomes)
    assert outcomes["late"].isna().sum() == summary["never_arrived"] + 3
    landed = (scored_day["flights"] / "flights.csv").read_text()
    assert (scored_day["output"] / "rows/rows.csv").read_text() == landed


def test_a_prediction_of_no_flight_is_told(scored_day: dict[str, Path]) -> None:
    """Landing files that changed after they were scored are not what the monitors may look at."""
    flights = scored_day["flights"] / "flights.csv"
    flights.write_text("\n".join(flights.read_text().splitlines()[:-1]))
    with pytest.raises(SystemExit, match="1 predictions are of no flight that landed, first 2013-07-"):
        collected(scored_day)


def test_batch_script_needs_input(model_dir: Path, tmp_path: Path) -> None:
    """An empty input folder is an error."""
    folders = ["--input", str(tmp_path), "--output", str(tmp_path)]
    with pytest.raises(SystemExit, match="no landing files"):
        inference.main(["--model", str(model_dir / "archive"), *folders])


@pytest.mark.parametrize(
    "script", [preprocess, train, evaluate, inference, collect], ids=lambda module: module.__name__
)
def test_unknown_flags_are_refused(script: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    """A misspelled argument ends the script instead of being ignored."""
    with pytest.raises(SystemExit):
        script.main(["--no-such-flag", "1"])
    assert capsys.readouterr().err


def test_training_outside_a_job_names_what_is_missing(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a channel the script says which argument to give."""
    monkeypatch.delenv("SM_CHANNEL_TRAIN", raising=False)
    with pytest.raises(SystemExit):
        train.parse([])
    assert "--train is needed" in capsys.readouterr().err


def test_scripts_import_neither_the_package_nor_airflow() -> None:
    """The container has only what its image has."""
    code = "import train, evaluate, inference, collect, sys; print(*sys.modules)"
    folder = Path(train.__file__).parent
    done = subprocess.run(  # noqa: S603 - our own scripts
        [sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=True
    )
    assert not {"airflow", "airflow_mlmax", "boto3", "botocore"} & set(done.stdout.split())
