"""Champion against challenger: the metrics, the certainty, and what cannot be compared."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, brier_score_loss, log_loss, roc_auc_score

from airflow_mlmax.scripts.comparison.__main__ import main
from airflow_mlmax.scripts.comparison.metrics import METRICS, Scored

MEASURED = {
    "roc_auc": roc_auc_score,
    "pr_auc": average_precision_score,
    "log_loss": log_loss,
    "brier": brier_score_loss,
}


@dataclass(frozen=True)
class Row:
    """One row that both models scored."""

    label: int
    champion: float
    challenger: float
    slice: str = "a"
    day: str = "1"


@dataclass(frozen=True)
class Answer:
    """How a comparison ended."""

    code: int
    message: str
    report: dict[str, Any]


Compare = Callable[..., Answer]


@pytest.fixture
def compare(tmp_path: Path) -> Compare:
    """Runs the program on rows, which the champion scored in another order."""

    def run(rows: Sequence[Row], *options: str, margins: str = '{"roc_auc": 0.01}') -> Answer:
        write(tmp_path / "old", [(f"k{at}", row.label, row.champion) for at, row in enumerate(rows)][::-1])
        write(
            tmp_path / "new",
            [(f"k{at}", row.label, row.challenger, row.slice, row.day) for at, row in enumerate(rows)],
        )
        return program(tmp_path, "--margins", margins, *options)

    return run


def write(folder: Path, rows: Sequence[tuple[Any, ...]]) -> None:
    folder.mkdir(exist_ok=True)
    lines = [",".join(map(str, row)) for row in rows]
    (folder / "rows.csv").write_text("\n".join(["key,late,probability,origin,day", *lines]) + "\n")


def program(folder: Path, *options: str) -> Answer:
    places = ["--champion", "old", "--challenger", "new", "--output", "out"]
    named = [str(folder / each) if at % 2 else each for at, each in enumerate(places)]
    columns = ["--key", "key", "--label", "late", "--score", "probability"]
    code = main([*named, *columns, *options], folder / "message")
    written = folder / "out/comparison.json"
    return Answer(
        code,
        (folder / "message").read_text(),
        json.loads(written.read_text()) if written.exists() else {},
    )


def window(size: int, *, noise: float, seed: int = 1, copies: int = 1) -> list[Row]:
    """A champion that knows the truth a little, and a challenger whose scores have so much more noise."""
    random = np.random.default_rng(seed)
    label = random.integers(0, 2, size)
    known = 0.35 + 0.3 * label + random.normal(0, 0.15, size)
    other = known + random.normal(0, noise, size)
    both = (np.clip(each, 0.01, 0.99) for each in (known, other))
    return [
        Row(int(truth), old, new, "ab"[at % 2], str(at))
        for at, (truth, old, new) in enumerate(zip(label, *both, strict=True))
        for _ in range(copies)
    ]


@given(
    st.lists(
        st.tuples(
            st.integers(0, 1),
            st.sampled_from([0.05, 0.2, 0.5, 0.5, 0.7, 0.9]),
            st.integers(0, 3),
        ),
        min_size=2,
        max_size=30,
    )
)
@pytest.mark.parametrize("name", METRICS)
def test_a_weight_counts_a_row_that_many_times(name: str, rows: list[tuple[int, float, int]]) -> None:
    """scikit-learn gives the same for the rows written out."""
    repeated = [(label, score) for label, score, times in rows for _ in range(times)]
    if len({label for label, _ in repeated}) < 2:
        return
    label, score, times = (np.array(each, dtype=float) for each in zip(*rows, strict=True))
    found = METRICS[name](Scored(label, score), times[None, :])[0]
    assert found == pytest.approx(MEASURED[name](*map(list, zip(*repeated, strict=True))), rel=1e-9)


def test_the_same_scores_are_not_inferior(compare: Compare) -> None:
    """Every resample has a difference of exactly 0, however the rows were ordered."""
    answer = compare(window(300, noise=0.0), margins='{"roc_auc": 0, "log_loss": 0}')
    assert answer.code == 0
    assert answer.report["decision"] == "non_inferior"
    assert answer.report["metrics"]["roc_auc"]["lower"] == 0


def test_more_noise_is_inferior_and_less_is_not(compare: Compare) -> None:
    """The reason says how much worse it may be, and how much is allowed."""
    rows = window(600, noise=0.3)
    worse = compare(rows)
    assert worse.report["decision"] == "inferior"
    assert "roc_auc may be worse by" in worse.report["reasons"][0]
    better = compare([Row(row.label, row.challenger, row.champion) for row in rows])
    assert better.report["decision"] == "non_inferior"
    assert better.report["metrics"]["roc_auc"]["lower"] > 0


def test_few_rows_prove_nothing(compare: Compare) -> None:
    """A challenger that looks better on thirty rows is still refused: nobody can be sure."""
    rows = window(30, noise=0.25, seed=4)
    answer = compare([Row(row.label, row.challenger, row.champion) for row in rows], margins='{"brier": 0}')
    assert answer.report["metrics"]["brier"]["gain"] > 0
    assert answer.report["decision"] == "inferior"


def test_the_bound_is_what_the_normal_law_says_of_a_mean(compare: Compare) -> None:
    """The gain in Brier score is a mean over rows: its 5 % quantile is 1.645 standard errors below."""
    rows = window(2000, noise=0.1)
    gains = np.array([(row.champion - row.label) ** 2 - (row.challenger - row.label) ** 2 for row in rows])
    expected = gains.mean() - 1.645 * gains.std() / np.sqrt(len(gains))
    found = compare(rows, margins='{"brier": 0}').report["metrics"]["brier"]
    assert found["gain"] == pytest.approx(gains.mean())
    assert found["lower"] == pytest.approx(expected, abs=0.1 * (gains.mean() - expected) + 1e-4)


def test_copies_of_a_row_are_no_new_evidence_where_they_are_one_cluster(compare: Compare) -> None:
    """Nine copies of each row narrow the interval by three, unless they are drawn together."""
    widths = {}
    for name, copies, options in (("once", 1, ()), ("copied", 9, ()), ("clustered", 9, ("--cluster", "day"))):
        metric = compare(window(200, noise=0.2, copies=copies), *options).report["metrics"]["brier"]
        widths[name] = metric["upper"] - metric["lower"]
    assert widths["clustered"] == pytest.approx(widths["once"], rel=0.1)
    assert widths["copied"] == pytest.approx(widths["once"] / 3, rel=0.2)


def test_a_slice_may_not_fall_below_its_floor(compare: Compare) -> None:
    """The whole is no worse, but one airport is; a slice that is too small decides nothing."""
    rows = [
        Row(row.label, row.champion, row.challenger if row.slice == "b" else row.champion, row.slice)
        for row in window(1000, noise=0.4)
    ]
    options = ("--slices", '["origin"]', "--floors", '{"roc_auc": 0.02}')
    answer = compare(rows, *options, margins='{"roc_auc": 0.2}')
    assert answer.report["decision"] == "inferior"
    assert [reason[:16] for reason in answer.report["reasons"]] == ["origin=b: roc_au"]
    assert answer.report["slices"]["origin=a"]["roc_auc"]["gain"] == 0
    small = compare(rows, *options, "--slice-min-rows", "501", margins='{"roc_auc": 0.2}')
    assert small.report["decision"] == "non_inferior"
    assert small.report["slices"]["origin=b"]["judged"] is False


def test_a_metric_that_does_not_exist_never_passes(compare: Compare) -> None:
    """One class alone has no ROC curve."""
    answer = compare([Row(1, 0.5, 0.6)] * 20)
    assert answer.report["decision"] == "inferior"
    assert answer.report["reasons"] == ["roc_auc cannot be computed from these rows"]
    assert answer.report["metrics"]["roc_auc"]["gain"] is None


def test_a_seed_repeats_a_comparison(compare: Compare) -> None:
    """The same rows and seed give the same bytes."""
    rows = window(200, noise=0.2)
    assert compare(rows).report == compare(rows).report
    assert compare(rows, "--seed", "1").report["metrics"] != compare(rows).report["metrics"]


OLD = [("k1", 1, 0.5), ("k2", 0, 0.5)]


@pytest.mark.parametrize(
    ("new", "told"),
    [
        ([("k1", 1, 0.5), ("k3", 0, 0.5)], "2 keys stand in one only, first ['k2', 'k3']"),
        ([("k1", 1, 0.5), ("k1", 0, 0.5)], "1 keys stand twice"),
        ([("k1", 0, 0.5), ("k2", 0, 0.5)], "have different late for the same rows"),
        ([("k1", 1, 1.5), ("k2", 0, 0.5)], "a value outside 0 to 1"),
        ([("k1", 1, "nan"), ("k2", 0, 0.5)], "a value outside 0 to 1"),
        ([("k1", "yes", 0.5), ("k2", 0, 0.5)], "late below"),
        ([], "no rows of CSV below"),
    ],
    ids=["keys", "twice", "labels", "probability", "nan", "label", "empty"],
)
def test_what_cannot_be_compared_is_told(tmp_path: Path, new: list[tuple[Any, ...]], told: str) -> None:
    """The exit code is 1, the message names the fault, and no report is left to be read."""
    write(tmp_path / "old", OLD)
    write(tmp_path / "new", new)
    answer = program(tmp_path, "--margins", '{"roc_auc": 0}')
    assert answer.code == 1
    assert told in answer.message
    assert answer.report == {}


def test_a_champion_that_cannot_score_the_rows_is_an_answer(tmp_path: Path) -> None:
    """The evaluation says why; nobody is called better or worse, and the job does not fail."""
    (tmp_path / "old").mkdir()
    (tmp_path / "old/incomparable.json").write_text('{"reason": "the champion needs gust"}')
    write(tmp_path / "new", OLD)
    answer = program(tmp_path, "--margins", '{"roc_auc": 0}')
    assert (answer.code, answer.message) == (0, "Completed: the challenger is incomparable.")
    assert answer.report["decision"] == "incomparable"
    assert answer.report["reasons"] == ["the champion needs gust"]


def test_a_margin_of_an_unknown_metric_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A misspelt margin must not let every challenger pass."""
    with pytest.raises(SystemExit):
        program(tmp_path, "--margins", '{"auc": 0}')
    assert "give a number from 0 for one of brier, log_loss, pr_auc, roc_auc" in capsys.readouterr().err


def test_a_comparison_without_a_margin_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing would be compared, and everything would pass."""
    with pytest.raises(SystemExit):
        program(tmp_path, "--margins", "{}")
    assert "at least one metric" in capsys.readouterr().err
