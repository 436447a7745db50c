"""Folds: every flight is tested once, and what belongs together is never on both sides."""

import json
from pathlib import Path

import folds
import pandas as pd
import pytest

DAYS = pd.Series([f"2013-07-{1 + number // 30:02}" for number in range(300)])  # ten days of thirty flights
METHODS = pytest.mark.parametrize("method", folds.METHODS)


@METHODS
@pytest.mark.parametrize("count", [2, 3, 7])
def test_every_row_is_in_one_fold(method: str, count: int) -> None:
    """No row is left out, and no fold is empty."""
    fold = folds.assign(DAYS, method, count, seed=1)
    assert set(fold) == set(range(count))
    assert fold.index.equals(DAYS.index)


@METHODS
def test_folds_do_not_change(method: str) -> None:
    """The same rows give the same folds in the next run."""
    assert folds.assign(DAYS, method, 4, seed=1).equals(folds.assign(DAYS, method, 4, seed=1))


@pytest.mark.parametrize("method", ["blocked", "grouped"])
@pytest.mark.parametrize("count", [2, 5, 10])
def test_a_group_is_never_split(method: str, count: int) -> None:
    """All rows of a day are in the same fold."""
    fold = folds.assign(DAYS, method, count, seed=1)
    assert fold.groupby(DAYS).nunique().max() == 1


def test_shuffling_does_split_days() -> None:
    """What the other methods are there to prevent."""
    assert folds.assign(DAYS, "shuffled", 5, seed=1).groupby(DAYS).nunique().min() > 1


def test_blocks_follow_each_other() -> None:
    """A later fold holds later days, whatever the order of the rows."""
    mixed = DAYS.sample(frac=1, random_state=3)
    fold = folds.assign(mixed, "blocked", 3, seed=1)
    spans = mixed.groupby(fold).agg(["min", "max"])
    assert (spans["max"].iloc[:-1].to_numpy() < spans["min"].iloc[1:].to_numpy()).all()


@pytest.mark.parametrize("method", ["blocked", "grouped"])
def test_more_folds_than_groups_are_refused(method: str) -> None:
    """Ten days cannot be eleven folds."""
    with pytest.raises(ValueError, match="11"):
        folds.assign(DAYS, method, 11, seed=1)


def test_an_unknown_plane_is_a_group() -> None:
    """A flight without tail number is not lost."""
    rows = pd.DataFrame({"tailnum": ["N1", None, "N1"]})
    assert folds.groups(rows, "tailnum").tolist() == ["N1", "", "N1"]


@pytest.fixture(scope="module")
def made(landing: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three folds by carrier of nine real days."""
    folder = tmp_path_factory.mktemp("folds")
    inputs = ["--flights", str(landing / "flights"), "--labels", str(landing / "labels")]
    how = ["--method", "grouped", "--group", "carrier", "--folds", "3"]
    folds.main([*how, *inputs, "--output", str(folder)])
    return folder / "folds"


def test_a_carrier_is_trained_on_or_tested(made: Path) -> None:
    """Training and test of a fold share no carrier, and all tests together hold every flight once."""
    tested = []
    for number in range(3):
        train, test = (pd.read_csv(made / str(number) / name / "rows.csv") for name in ("train", "test"))
        assert not set(train["carrier"]) & set(test["carrier"])
        assert set(train["flight_key"]).isdisjoint(test["flight_key"])
        tested.append(test["flight_key"])
    everything = pd.concat(tested)
    assert everything.is_unique
    assert len(everything) == len(train) + len(test)


def test_a_summary_says_what_is_held_out(made: Path) -> None:
    """Counts by outcome on both sides, and the carriers."""
    summary = json.loads((made / "0/summary/summary.json").read_text())
    test = pd.read_csv(made / "0/test/rows.csv")
    assert summary["test"]["arrived"] == len(test)
    assert set(test["carrier"]) <= set(summary["held_out"]["first"])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--method", "blocked", "--group", "carrier"], "goes with --group day"),
        (["--no-such-flag", "1"], "unrecognized arguments"),
        (["--method", "random"], "invalid choice"),
    ],
    ids=["blocked carriers", "unknown flag", "unknown method"],
)
def test_arguments_that_do_not_fit_are_refused(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """The script says what is allowed and makes nothing."""
    with pytest.raises(SystemExit):
        folds.main(arguments)
    assert message in capsys.readouterr().err


def test_too_many_folds_are_told(landing: Path, tmp_path: Path) -> None:
    """Three airports cannot be four folds."""
    inputs = ["--flights", str(landing / "flights"), "--labels", str(landing / "labels")]
    how = ["--method", "grouped", "--group", "origin", "--folds", "4"]
    with pytest.raises(SystemExit, match="4 folds by origin cannot be made"):
        folds.main([*how, *inputs, "--output", str(tmp_path)])
