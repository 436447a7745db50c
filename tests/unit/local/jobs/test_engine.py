"""What becomes of jobs when the runtime dies, closes or starts again."""

import time
from pathlib import Path
from typing import Any

import pytest

from airflow_mlmax.local.server import LocalRuntime

SLEEP = "import os, time; print(os.getpid()); time.sleep(600)"


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def ends(pid: int) -> bool:
    """Whether a process is soon gone."""
    deadline = time.monotonic() + 10
    while is_running(pid) and time.monotonic() < deadline:
        time.sleep(0.01)
    return not is_running(pid)


def pid_of(jobs: Any, name: str) -> int:
    """The number of the job's process, from its log."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            if lines := jobs.lines(name):
                return int(lines[0])
        except jobs.client("logs").exceptions.ResourceNotFoundException:
            pass
        time.sleep(0.02)
    raise AssertionError(f"{name} logged nothing")


def test_killed_runtime(tmp_path: Path, connect: Any, start_remote: Any) -> None:
    """After kill -9 a job that ran is Failed and its process gone; one that waited runs; names stay taken."""
    remote = start_remote()
    try:
        jobs = connect(remote)
        running = jobs.training(SLEEP)
        pid = pid_of(jobs, running)
        waiting = jobs.processing("print('ran')")
    finally:
        remote.kill()
    assert is_running(pid)
    with LocalRuntime(tmp_path) as server:
        again = connect(server, jobs.bucket)
        found = again.describe(running)
        assert found["TrainingJobStatus"] == "Failed"
        assert found["FailureReason"] == "InternalServerError: the local runtime was restarted"
        assert found["SecondaryStatus"] == "Failed"
        assert found["TrainingEndTime"] >= found["TrainingStartTime"]
        assert ends(pid)
        assert again.ended(waiting, "Processing")["ProcessingJobStatus"] == "Completed"


def test_killed_while_stopping(tmp_path: Path, connect: Any, start_remote: Any) -> None:
    """A job that was about to stop is not run again."""
    remote = start_remote()
    try:
        jobs = connect(remote)
        name = jobs.training("import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); " + SLEEP)
        pid = pid_of(jobs, name)
        jobs.sagemaker.stop_training_job(TrainingJobName=name)
        assert jobs.describe(name)["TrainingJobStatus"] == "Stopping"
    finally:
        remote.kill()
    with LocalRuntime(tmp_path) as server:
        assert connect(server, jobs.bucket).describe(name)["TrainingJobStatus"] == "Failed"
    assert ends(pid)


def test_close_kills_what_runs(tmp_path: Path, connect: Any) -> None:
    """No job outlives a runtime that closes."""
    with LocalRuntime(tmp_path) as server:
        jobs = connect(server)
        pid = pid_of(jobs, jobs.training(SLEEP))
    assert ends(pid)


def test_queue_keeps_its_order(tmp_path: Path, connect: Any) -> None:
    """Jobs run in the order of their creation."""
    with LocalRuntime(tmp_path, workers=1) as server:
        jobs = connect(server)
        names = [jobs.processing("pass") for _ in range(4)]
        ends = [jobs.ended(name, "Processing")["ProcessingEndTime"] for name in names]
    assert ends == sorted(ends)


def test_workers_run_at_the_same_time(tmp_path: Path, connect: Any) -> None:
    """Two workers run two jobs at once."""
    meet = "import pathlib, time\npathlib.Path('{0}').touch()\nwhile not pathlib.Path('{1}').exists(): time.sleep(0.01)"
    first, second = str(tmp_path / "first"), str(tmp_path / "second")
    with LocalRuntime(tmp_path / "data", workers=2) as server:
        jobs = connect(server)
        names = [jobs.processing(meet.format(first, second)), jobs.processing(meet.format(second, first))]
        assert [jobs.ended(name, "Processing")["ProcessingJobStatus"] for name in names] == ["Completed"] * 2


def test_old_folders_go(tmp_path: Path, connect: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the folders of the newest jobs stay, over restarts too."""
    monkeypatch.setattr("airflow_mlmax.local.jobs.folders._KEPT", 2)
    for _ in range(2):
        with LocalRuntime(tmp_path) as server:
            jobs = connect(server)
            for _ in range(3):
                jobs.ended(jobs.processing("pass"), "Processing")
    assert len(list((tmp_path / "jobs").glob("*/*/*"))) == 2


def test_name_of_a_deleted_job(tmp_path: Path, connect: Any, start_remote: Any) -> None:
    """The folder of a deleted job does not make its namesake look begun."""
    remote = start_remote()
    try:
        jobs = connect(remote)
        jobs.ended(jobs.processing("pass", ProcessingJobName="twice"), "Processing")
        jobs.sagemaker.delete_processing_job(ProcessingJobName="twice")
        pid_of(jobs, jobs.training(SLEEP))
        jobs.processing("pass", ProcessingJobName="twice")
    finally:
        remote.kill()
    with LocalRuntime(tmp_path) as server:
        found = connect(server, jobs.bucket).ended("twice", "Processing")
    assert found["ProcessingJobStatus"] == "Completed"
