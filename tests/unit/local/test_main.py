"""`python -m airflow_mlmax.local` as a process of its own."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
import requests
from botocore.config import Config

from airflow_mlmax.local.server import LocalRuntime

IMAGE = "123456789012.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.4-2-cpu-py3"
PATIENCE = 30.0


def command(data: Path, *more: str) -> list[str]:
    options = ["--port", "0", "--data-dir", str(data), "--isolation", "remap", "--stop-grace", "1"]
    return [sys.executable, "-m", "airflow_mlmax.local", *options, *more]


class Process:
    """A runtime in a process of its own."""

    def __init__(self, data: Path) -> None:
        self.process = subprocess.Popen(command(data), stdout=subprocess.PIPE, text=True)
        assert self.process.stdout
        self.line = self.process.stdout.readline()
        self.url = self.line.split()[3].rstrip(",")

    def client(self) -> Any:
        keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
        config = Config(retries={"total_max_attempts": 1})
        return boto3.client("sagemaker", "us-east-1", endpoint_url=self.url, config=config, **keys)

    def end(self, number: int) -> int:
        self.process.send_signal(number)
        return self.process.wait(PATIENCE)

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        assert self.process.stdout
        self.process.stdout.close()


@pytest.fixture
def started(tmp_path: Path) -> Iterator[Any]:
    """Starts runtimes over one data folder, one after the other."""
    processes: list[Process] = []

    def start() -> Process:
        processes.append(Process(tmp_path / "data"))
        return processes[-1]

    yield start
    for process in processes:
        process.close()


def sleeper(client: Any, marker: str) -> None:
    """Create a processing job that sleeps and can be found by the marker in its command."""
    client.create_processing_job(
        ProcessingJobName="sleeper",
        RoleArn="arn:aws:iam::123456789012:role/mlmax-local",
        AppSpecification={
            "ImageUri": IMAGE,
            "ContainerEntrypoint": ["python3", "-c", "import time; time.sleep(300)", marker],
        },
        ProcessingResources={
            "ClusterConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1}
        },
    )


def running(marker: str) -> list[str]:
    """Ids of processes with the marker in their command line, zombies not counted."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            is_marked = marker.encode() in (folder / "cmdline").read_bytes()
        except OSError:
            continue
        if is_marked:
            found.append(folder.name)
    return found


def until(condition: Any) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=["term", "int"])
def test_a_signal_ends_it_and_leaves_no_child(started: Any, number: int) -> None:
    """Exit code 0, and the job's process is gone too."""
    runtime = started()
    marker = f"marker-{os.getpid()}-{number}"
    sleeper(runtime.client(), marker)
    until(lambda: running(marker))
    assert runtime.end(number) == 0
    until(lambda: not running(marker))


def test_state_survives_a_crash(started: Any) -> None:
    """After sudden death the job that was running is Failed with its reason, and its process is killed."""
    runtime = started()
    marker = f"marker-{os.getpid()}-crash"
    sleeper(runtime.client(), marker)
    until(lambda: running(marker))
    with pytest.raises(requests.ConnectionError):
        requests.post(f"{runtime.url}/_mlmax/crash", timeout=10)
    assert runtime.process.wait(PATIENCE) == -signal.SIGKILL
    again = started()
    found = again.client().describe_processing_job(ProcessingJobName="sleeper")
    assert found["ProcessingJobStatus"] == "Failed"
    assert found["FailureReason"] == "InternalServerError: the local runtime was restarted"
    until(lambda: not running(marker))


def test_it_says_where_it_is(started: Any, tmp_path: Path) -> None:
    """One line with URL, folder and isolation; health answers; its memory stays small."""
    runtime = started()
    start = f"local runtime at {runtime.url}, data in {tmp_path / 'data'}, isolation "
    assert runtime.line in {f"{start}namespace\n", f"{start}remap\n"}
    assert requests.get(f"{runtime.url}/_mlmax/health", timeout=10).json()["status"] == "ok"
    runtime.client().list_training_jobs()
    status = Path(f"/proc/{runtime.process.pid}/status").read_text(encoding="utf-8")
    kilobytes = re.search(r"VmRSS:\s+(\d+)", status)
    assert kilobytes
    assert int(kilobytes[1]) < 150_000


def refused(data: Path, *more: str) -> str:
    done = subprocess.run(command(data, *more), capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    return done.stderr


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.1", "::"], ids=str)  # noqa: S104 - it is refused
def test_others_must_not_reach_it(tmp_path: Path, host: str) -> None:
    """Any host but the loopback is refused, with the reason."""
    assert f"refusing to listen on {host}: signatures are not verified" in refused(tmp_path, "--host", host)


def test_a_taken_port_is_said_in_one_line(tmp_path: Path) -> None:
    """No traceback, and what to do."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        assert f"port {port} of 127.0.0.1 is not free" in refused(tmp_path, "--port", str(port))


def test_a_folder_has_one_runtime(tmp_path: Path) -> None:
    """A second one over the same folder would run every job twice."""
    with LocalRuntime(tmp_path, isolation="remap"):
        assert f"another local runtime works in {tmp_path}" in refused(tmp_path)
