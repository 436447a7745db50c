"""One process of a job."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from airflow_mlmax.local.container import runner
from airflow_mlmax.local.container.jail import Launch
from airflow_mlmax.local.container.runner import Process

IGNORES_SIGTERM = (
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('ready'); time.sleep(60)"
)


class Lines(list[str]):
    """Lines of output; a test can wait for the first."""

    def __init__(self) -> None:
        self.first = threading.Event()

    def __call__(self, line: str) -> None:
        self.append(line)
        self.first.set()


@pytest.fixture
def lines() -> Lines:
    return Lines()


def process(tmp_path: Path, lines: Lines, *command: str) -> Process:
    environment = {"PATH": os.environ["PATH"], "PYTHONUNBUFFERED": "1"}
    launch = Launch(command, environment, tmp_path, tmp_path / "work", "algo-1", ("algo-1",))
    started = Process(launch, lines, pid_file=tmp_path / "algo-1.pid")
    started.start()
    return started


def ends(pid: int) -> bool:
    """Whether a process is soon gone, or a zombie at most."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except (FileNotFoundError, ProcessLookupError):
            return True
        if state == "Z":
            return True
        time.sleep(0.01)
    return False


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(["sleep", "60"], process_group=0) as popen:
        yield popen
        popen.kill()


def test_output_and_code(tmp_path: Path, lines: Lines) -> None:
    """Both outputs come line by line in their order, an unfinished last line too."""
    code = process(tmp_path, lines, "sh", "-c", "echo one; echo two >&2; printf three; exit 3").wait()
    assert (code, lines) == (3, ["one", "two", "three"])


def test_lines_come_while_it_runs(tmp_path: Path, lines: Lines) -> None:
    """The first line is seen long before the end."""
    started = process(tmp_path, lines, sys.executable, "-c", "print('hello'); import time; time.sleep(60)")
    assert lines.first.wait(10)
    started.kill()
    assert started.wait() == -signal.SIGKILL


def test_long_lines_are_cut(tmp_path: Path, lines: Lines, monkeypatch: pytest.MonkeyPatch) -> None:
    """A line beyond the bound becomes several events; nothing is lost, and no byte is refused."""
    monkeypatch.setattr(runner, "LONGEST_LINE", 10)
    process(
        tmp_path, lines, sys.executable, "-c", r"import sys; sys.stdout.buffer.write(b'x'*25+b'\n\xff\n')"
    ).wait()
    assert lines == ["x" * 10, "x" * 10, "x" * 5, "�"]


def test_unknown_program(tmp_path: Path, lines: Lines) -> None:
    """A program that does not exist ends as in a shell, and says so in the log."""
    assert process(tmp_path, lines, "no-such-program").wait() == 127
    assert lines == ["cannot run no-such-program: No such file or directory"]


def test_terminate_reaches_the_whole_group(tmp_path: Path, lines: Lines) -> None:
    """SIGTERM ends a program and its children at once."""
    started = process(tmp_path, lines, "sh", "-c", "sleep 60 & echo $!; wait")
    assert lines.first.wait(10)
    started.terminate(grace=60)
    assert started.wait() == -signal.SIGTERM
    assert ends(int(lines[0]))


def test_kill_after_grace(tmp_path: Path, lines: Lines) -> None:
    """Who ignores SIGTERM is killed when the grace is over."""
    started = process(tmp_path, lines, sys.executable, "-c", IGNORES_SIGTERM)
    assert lines.first.wait(10)
    started.terminate(grace=0.2)
    assert started.wait() == -signal.SIGKILL


def test_what_is_left_running_is_killed(tmp_path: Path, lines: Lines) -> None:
    """When the program ends, its children end too, as in a container."""
    assert process(tmp_path, lines, "sh", "-c", "sleep 60 & echo $!").wait() == 0
    assert ends(int(lines[0]))


def test_pid_file_only_while_it_runs(tmp_path: Path, lines: Lines) -> None:
    """The file that finds a process after a crash holds its number and start time, and goes with it."""
    started = process(tmp_path, lines, "sleep", "60")
    noted = json.loads((tmp_path / "algo-1.pid").read_text())
    assert noted["started"] == runner.start_time(noted["pid"])
    started.kill()
    started.wait()
    assert not (tmp_path / "algo-1.pid").exists()


def test_leftovers_are_killed(tmp_path: Path, sleeper: subprocess.Popen[bytes]) -> None:
    """A process that a killed runtime left is killed."""
    noted = {"pid": sleeper.pid, "started": runner.start_time(sleeper.pid)}
    (tmp_path / "algo-1.pid").write_text(json.dumps(noted))
    runner.kill_leftovers(tmp_path)
    assert sleeper.wait(10) == -signal.SIGKILL


@pytest.mark.parametrize("text", ['{"pid": %d, "started": "1"}', "{}", "no json"])
def test_strangers_are_spared(tmp_path: Path, sleeper: subprocess.Popen[bytes], text: str) -> None:
    """A process that only has the number of an old one, or a broken note, is left alone."""
    (tmp_path / "algo-1.pid").write_text(text.replace("%d", str(sleeper.pid)))
    runner.kill_leftovers(tmp_path)
    assert sleeper.poll() is None


def test_start_time_of_nobody() -> None:
    """A number without a process has no start time."""
    assert runner.start_time(2**22 + 1) is None
