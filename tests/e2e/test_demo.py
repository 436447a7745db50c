"""The demo makes everything it promises, and a second run finds it made."""

import re
import signal
from collections.abc import Iterator
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path

import psutil
import pytest

from airflow_mlmax.stack.__main__ import main

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module", autouse=True)
def _signals() -> Iterator[None]:
    """The demo takes the signals over; afterwards they are pytest's again."""
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.getsignal(number) for number in numbers}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def demo(state: Path) -> str:
    """Runs the full demo on a state folder, with three origins of its back-test; returns what was on the screen."""
    screen = StringIO()
    with redirect_stdout(screen):
        status = main(
            ["demo", "--full", "--backtest-step", "150", "--ci", "--port", "0", "--state", str(state)]
        )
    assert status == 0, screen.getvalue()
    left = [
        process
        for process in psutil.process_iter(["cmdline"])
        if str(state) in " ".join(process.info["cmdline"] or [])
    ]
    assert not left, "the demo left processes behind"
    return screen.getvalue()


@pytest.fixture(scope="module")
def shown(state_folder: Path) -> str:
    """What the first run shows."""
    return demo(state_folder / "demo")


def table(shown: str, title: str) -> list[list[str]]:
    """The cells of each row of a closing table."""
    _, _, below = shown.partition(title)
    rows = [line for line in below.split("└")[0].splitlines() if line.startswith("│")]
    return [[cell.strip() for cell in row.strip("│").split("│")] for row in rows]


def test_the_best_challenger_becomes_the_champion(shown: str) -> None:
    """The first version is approved, a worse challenger is refused with the reason, a better one replaces the champion."""
    assert shown.count("approving the version, as a person would") == 2
    first, refused, promoted = (row for row in table(shown, "Champion and challengers") if row[0])
    assert (first[0], first[1], first[6]) == ("1", "2013-07-01", "Approved")
    assert float(first[2]) > float(first[3])
    assert (refused[0], refused[1], refused[6]) == ("2", "2013-07-08", "Rejected")
    assert float(refused[2]) < float(refused[4])
    assert refused[7].startswith("roc_auc may be worse by")
    assert (promoted[0], promoted[1], promoted[6]) == ("3", "2013-07-15", "Approved")
    assert float(promoted[2]) > float(promoted[4])
    assert float(promoted[5]) > 0


def test_drift_that_lasts_leads_to_a_training(shown: str) -> None:
    """One day of drift is held back by the brakes, the second trains."""
    drift = [row for row in table(shown, "What flights_retraining has decided") if row[1] == "drift"]
    assert [(row[0], row[2]) for row in drift] == [
        ("2013-07-13", "no"),
        ("2013-07-14", "yes"),
    ]
    assert "model quality" in shown


def test_every_day_is_scored_by_its_champion(shown: str) -> None:
    """Two weeks by the first version, the day after by the one that replaced it."""
    days = [row for row in table(shown, "Predictions that are published") if row[0].startswith("2013")]
    assert [row[0] for row in days] == [f"2013-07-{day:02}" for day in range(1, 16)]
    assert [row[2] for row in days] == ["1"] * 14 + ["3"]


def test_a_second_backfill_makes_nothing(shown: str) -> None:
    """No job for days that are done, and the same bytes although another version is the champion by then."""
    [told] = re.findall(r"after the promotion: (\d+) new jobs and models; (\d+) of (\d+) ", shown)
    assert told == ("0", "14", "14")


def test_bad_files_are_stopped_and_repaired(shown: str) -> None:
    """The damaged file and the planted row of the future."""
    assert shown.count("DATA QUALITY FAIL") == 2
    assert "After the repair" in shown
    for day in ("2013-07-08", "2013-07-15"):
        assert f"rows of {day} were scored and published." in shown


def test_the_backtest_tells_of_every_window(shown: str) -> None:
    """Model and baseline in each, and where the page is."""
    windows = [row for row in table(shown, "Back-test: ROC AUC") if row[0].startswith("2013")]
    assert [row[0][:10] for row in windows] == ["2013-02-19", "2013-07-19", "2013-12-16"]
    assert "report of the back-test" in shown


def test_a_second_run_creates_nothing(shown: str, state_folder: Path) -> None:
    """It finds every chapter told and shows the same tables."""
    again = demo(state_folder / "demo")
    assert "SageMaker resources created  0: all of this was there before" in again
    for title in (
        "Champion and challengers",
        "What flights_retraining has decided",
        "Predictions that are published",
    ):
        assert table(again, title) == table(shown, title)


def test_a_folder_that_cannot_be_made_is_refused_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The message names the folder and the way out."""
    (tmp_path / "file").touch()
    state = tmp_path / "file" / "state"
    assert main(["demo", "--ci", "--state", str(state)]) == 1
    assert "choose another with --state" in capsys.readouterr().out
