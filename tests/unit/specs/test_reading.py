"""Specs as people write them: right, and wrong in every way."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from airflow_mlmax.settings import Settings
from airflow_mlmax.specs import SpecError, models, refuse_broken
from airflow_mlmax.specs.reading import read_spec

SUITE = "data.suites.landing"


def faults(folder: Path, settings: Settings) -> list[str]:
    with pytest.raises(SpecError) as caught:
        read_spec(folder, settings)
    return caught.value.faults


def test_the_flights_are_right(dags: Path, settings: Settings) -> None:
    """The shipped spec, with the name of its folder."""
    (spec,) = models(dags / "models", settings)
    assert (spec.name, spec.folder) == ("flights", "models/flights")
    assert spec.dag_id("training") == "flights_training"
    assert spec.source_dir == "models/flights/scripts"
    refuse_broken(dags / "models", settings)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"trainning": {}}, "trainning: unknown key; did you mean 'training'?"),
        ({"training/windows/tset": 3}, "training.windows.tset: unknown key; did you mean 'test'?"),
        ({"data/key": None}, "data.key: missing"),
        ({"name": "x"}, "name: unknown key; the name of the folder is the model's"),
        ({"owners": []}, "owners = '[]': List should have at least 1 item after validation, not 0"),
        (
            {"data/suites/landing": "expectations/landings.json"},
            f"{SUITE} = 'expectations/landings.json': not there in the folder of the model; did you mean 'expectations/landing.json'?",
        ),
        ({"scripts": "/tmp"}, "scripts = '/tmp': give a path relative to the folder"),  # noqa: S108
        ({"data/suites/landing": "scripts/train.py"}, f"{SUITE} = 'scripts/train.py': no suite; give a JSON"),
        (
            {"scripts": "script"},
            "scripts = 'script': not there in the folder of the model; did you mean 'scripts'?",
        ),
        (
            {"scripts": "expectations"},
            "scripts = 'expectations': it has no collect.py, evaluate.py, folds.py,",
        ),
        ({"image": "sklern"}, "image = 'sklern': not among the images of prod; did you mean 'sklearn'?"),
        (
            {"notifications": {"failure": ["ml"]}},
            "notifications.failure.0 = 'ml': not among the channels of prod; known are ml-flights",
        ),
        ({"card": {"risk": "Low"}}, "card.risk: unknown key; known are purpose_of_model, intended_uses"),
        (
            {"card": {"risk_rating": "low"}},
            "card.risk_rating = 'low': Input should be 'High', 'Medium', 'Low' or 'Unknown'; did you mean 'Low'?",
        ),
        ({"data/rows": "flight"}, "data.rows = 'flight': no source; did you mean 'flights'?"),
        ({"data/labels": "flights"}, "data.labels = 'flights': the same source as `rows`"),
        ({"data/sources/until": "a/b"}, "data.sources.until = 'until': means something else"),
        (
            {"data/key": "flight_kee"},
            "data.key = 'flight_kee': not among the columns of data.suites.landing, features, predictions; did you mean 'flight_key'?",
        ),
        (
            {"data/label": "origin_"},
            "data.label = 'origin_': not among the columns of data.suites.features; did you mean 'origin'?",
        ),
        (
            {"data/categories": {"orgin": "critical"}},
            "data.categories.orgin = 'orgin': not among the columns of data.suites.landing; did you mean 'origin'?",
        ),
        (
            {"data/categories": {"origin": "fatal"}},
            "data.categories.origin = 'fatal': Input should be 'info', 'warning' or 'critical'",
        ),
        (
            {"promotion/slices": ["orign"]},
            "promotion.slices.0 = 'orign': not among the columns of data.suites.landing, features; did you mean 'origin'?",
        ),
        (
            {"promotion/margins": {"roc": 0.1}},
            "promotion.margins.roc = 'roc': Input should be 'roc_auc', 'pr_auc', 'log_loss' or 'brier'; did you mean 'roc_auc'?",
        ),
        (
            {"monitoring/limits/tmep": {"drift": 0.1}},
            "monitoring.limits.tmep = 'tmep': not among the columns of data.suites.landing; did you mean 'temp'?",
        ),
        (
            {"monitoring/limits/temp/drfit": 0.1},
            "monitoring.limits.temp.drfit: unknown key; did you mean 'drift'?",
        ),
        (
            {"monitoring/on_violations": {"fairness": "warn"}},
            "monitoring.on_violations.fairness = 'fairness': Input should be 'data_quality'",
        ),
        (
            {"training/schedule": "61 * * * *"},
            "training.schedule = '61 * * * *': no schedule; give a cron expression such as",
        ),
        (
            {"training/search/objective": "auc"},
            "training.search.objective = 'auc': no metric of the search; known are validation_auc",
        ),
        (
            {"training/search/metrics/validation_auc": "(["},
            "training.search.metrics.validation_auc = '([': no regular expression: unterminated",
        ),
        (
            {"training/search/hyperparameters/learning-rate": 1},
            "training.search.ranges: learning-rate: in `hyperparameters` too; keep one",
        ),
        (
            {"training/search/ranges/depth": {"type": "integer", "min": 5, "max": 3}},
            "training.search.ranges.depth: a range of numbers has `min`, a greater `max`",
        ),
        (
            {"training/search/ranges/depth": {"type": "categorical", "min": 5}},
            "training.search.ranges.depth: a categorical range has `values`",
        ),
        (
            {"training/search/ranges/depth": {"type": "integr"}},
            "training.search.ranges.depth.type = 'integr': Input should be 'continuous', 'integer' or 'categorical'; did you mean 'integer'?",
        ),
        (
            {"training/gates": [{"metric": "model.roc_auc", "minimun": 1}]},
            "training.gates.0.minimun: unknown key; did you mean 'minimum'?",
        ),
        (
            {"training/gates": [{"metric": "model.roc_auc"}]},
            "training.gates.0: rule for 'model.roc_auc' has no bound; give one of minimum, maximum",
        ),
        (
            {"inference/variant": "transfrom"},
            "inference.variant = 'transfrom': Input should be 'transform' or 'processing'; did you mean 'transform'?",
        ),
        (
            {"compute": {"training": {"instance_type": "m5.large"}}},
            "compute.training.instance_type = 'm5.large': String should match pattern",
        ),
        (
            {"compute": {"training": {"ladder": [{"instance_typ": "ml.m5.large"}]}}},
            "compute.training.ladder.0.instance_typ: unknown key; did you mean 'instance_type'?",
        ),
        (
            {"retraining/causes/drift/in_a_row": 0},
            "retraining.causes.drift.in_a_row = '0': Input should be greater than 0",
        ),
        (
            {"retraining/causes/drift/in_a_rwo": 2},
            "retraining.causes.drift.in_a_rwo: unknown key; did you mean 'in_a_row'?",
        ),
        (
            {"evaluation/backtest/last": "2013-01-01"},
            "evaluation.backtest.last = '2013-01-01': before the first, 2013-05-14",
        ),
        (
            {"evaluation/cross_validation/until": "2013-01-01"},
            "evaluation.cross_validation.until = '2013-01-01': not after the first, 2013-04-29",
        ),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_a_mistake_is_told(copy: Any, settings: Settings, changes: dict[str, Any], expected: str) -> None:
    """File, key, value, and what is allowed or meant."""
    told = faults(copy("other", changes), settings)
    assert any(fault.startswith(f"models/other/model.yaml: {expected}") for fault in told), told


def test_all_mistakes_are_told_at_once(copy: Any, settings: Settings) -> None:
    """Wrong keys, wrong values, and names that refer to nothing, in every section."""
    changes = {
        "image": "torch",
        "owners": None,
        "data/rows": "flight",
        "data/suites/features": "features.json",
        "training/windows/train": "long",
        "monitoring/limits/tmep": {},
        "promotion/aproval": "person",
    }
    told = faults(copy("other", changes), settings)
    assert len(told) == len(changes), told
    text = "\n".join(told)
    assert all(place.replace("/", ".") in text for place in changes)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("image: a\nimage: b\n", "key 'image' stands there twice"),
        ("data: {key: a, key: b}\n", "key 'key' stands there twice"),
        ("- a\n", "model.yaml holds list; give a mapping"),
        ("a: [1\n", "expected ',' or ']'"),
        (None, "No such file or directory"),
    ],
    ids=["twice", "twice below", "list", "syntax", "no file"],
)
def test_a_file_that_is_no_mapping_is_told(
    copy: Any, settings: Settings, text: str | None, expected: str
) -> None:
    """What YAML would take silently, what is no YAML, and a folder without a spec."""
    folder = copy("other")
    (folder / "model.yaml").unlink()
    if text is not None:
        (folder / "model.yaml").write_text(text)
    (told,) = faults(folder, settings)
    assert told.startswith("models/other/model.yaml: ")
    assert expected in told


@pytest.mark.parametrize("name", ["Flights", "two_words", "-x", "x" * 41])
def test_a_folder_that_cannot_name_a_model_is_told(copy: Any, settings: Settings, name: str) -> None:
    """Its name is part of DAG ids and of names in SageMaker."""
    (told,) = faults(copy(name), settings)
    assert f"model.yaml: name = {name!r}: String should" in told


def test_the_others_stay(copy: Any, settings: Settings) -> None:
    """Right specs are read beside wrong ones, all of whose mistakes are one error; hidden folders are no models."""
    folder = copy("good").parent
    copy("bad", {"image": "torch"})
    copy("worse", {"image": "spark", "scripts": "nowhere"})
    copy("_drafts", {"image": "spark"})
    assert [spec.name for spec in models(folder, settings)] == ["good"]
    with pytest.raises(SpecError, match=r"^3 mistake\(s\) in the specs in .*models:\n") as caught:
        refuse_broken(folder, settings)
    assert [fault.split(": ")[:2] for fault in caught.value.faults] == [
        ["models/bad/model.yaml", "image = 'torch'"],
        ["models/worse/model.yaml", "scripts = 'nowhere'"],
        ["models/worse/model.yaml", "image = 'spark'"],
    ]


def test_a_spec_is_frozen(dags: Path, settings: Settings) -> None:
    """Nothing changes a model after it is read."""
    (spec,) = models(dags / "models", settings)
    with pytest.raises(ValidationError, match="frozen"):
        spec.image = "other"
