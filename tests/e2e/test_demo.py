"""The demo makes everything it promises, and a second run finds it made."""

import signal
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from airflow_mlmax.stack.__main__ import main

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def _signals() -> Iterator[None]:
    """The demo takes the signals over; afterwards they are pytest's again."""
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.getsignal(number) for number in numbers}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def demo(state: Path, capsys: pytest.CaptureFixture[str]) -> str:
    """Runs the demo on a state folder; returns what was on the screen."""
    status = main(["demo", "--ci", "--port", "0", "--state", str(state)])
    shown = capsys.readouterr().out
    assert status == 0, shown
    left = [
        process
        for process in psutil.process_iter(["cmdline"])
        if str(state) in " ".join(process.info["cmdline"] or [])
    ]
    assert not left, "the demo left processes behind"
    return shown


def test_the_demo_makes_everything_once(state_folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A model is promoted, a week scored and monitored, a bad day stopped and repaired; a second run creates nothing."""
    first = demo(state_folder / "demo", capsys)
    assert "(Approved)" in first
    assert "ROC AUC" in first
    for day in range(1, 8):
        assert f"2013-07-0{day}" in first
    assert "approving the version, as a person would" in first
    assert "feature attribution" in first
    assert "DATA QUALITY FAIL" in first
    assert "rows of 2013-07-08 were scored and published" in first
    second = demo(state_folder / "demo", capsys)
    assert "flights_training is done from an earlier run" in second
    assert "all 7 days are scored from an earlier run" in second
    assert "a gate closed in front of 2013-07-08 in an earlier run" in second
    assert "SageMaker resources created  0: all of this was there before" in second


def test_a_folder_that_cannot_be_made_is_refused_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The message names the folder and the way out."""
    (tmp_path / "file").touch()
    state = tmp_path / "file" / "state"
    assert main(["demo", "--ci", "--state", str(state)]) == 1
    assert "choose another with --state" in capsys.readouterr().out
