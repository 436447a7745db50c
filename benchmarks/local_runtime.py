"""What the local runtime costs: a job that does nothing, and one gibibyte up and down.

    python benchmarks/local_runtime.py [--size MEBIBYTES] [--jobs COUNT]

Prints numbers beside their targets; the exit code is 1 when one is missed. Times depend on the machine and on what
else it does.
"""

import argparse
import contextlib
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import psutil
from botocore.config import Config

JOB_TARGET = 0.5
"""Seconds from Create to Completed."""

GROWTH_TARGET = 100.0
"""Mebibytes that the server may grow by while large objects pass."""

MEBIBYTE = 2**20
IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.4-2-cpu-py3"
ROLE = "arn:aws:iam::123456789012:role/mlmax-local"
BUCKET = "benchmark"
PATIENCE = 60.0


@dataclass(frozen=True)
class Server:
    """A runtime in a process of its own."""

    url: str
    process: psutil.Process

    def client(self, service: str) -> Any:
        return boto3.client(
            service,
            region_name="us-east-1",
            endpoint_url=self.url,
            aws_access_key_id="test",
            aws_secret_access_key="test",  # noqa: S106 - any key is accepted
            config=Config(retries={"total_max_attempts": 1}),
        )

    def memory(self) -> float:
        """Resident memory in mebibytes."""
        return float(self.process.memory_info().rss) / MEBIBYTE


@contextlib.contextmanager
def running(folder: Path) -> Iterator[Server]:
    command = [sys.executable, "-m", "airflow_mlmax.local", "--port", "0", "--data-dir", str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - our own module
        try:
            line = process.stdout.readline() if process.stdout else ""
            print(line.strip())
            yield Server(line.split()[3].rstrip(","), psutil.Process(process.pid))
        finally:
            process.terminate()


class Peak(threading.Thread):
    """Watches the server's memory until it is told to stop."""

    def __init__(self, server: Server) -> None:
        super().__init__(daemon=True)
        self.before = self.highest = server.memory()
        self._server = server
        self._over = threading.Event()

    def run(self) -> None:
        while not self._over.wait(0.02):
            self.highest = max(self.highest, self._server.memory())

    def growth(self) -> float:
        """Stop watching; mebibytes between the beginning and the highest."""
        self._over.set()
        self.join()
        return self.highest - self.before


def job_seconds(sagemaker: Any, name: str) -> float:
    """Time of a training job that does nothing, from before Create until Describe tells Completed."""
    begun = time.perf_counter()
    sagemaker.create_training_job(
        TrainingJobName=name,
        RoleArn=ROLE,
        AlgorithmSpecification={
            "TrainingImage": IMAGE,
            "TrainingInputMode": "File",
            "ContainerEntrypoint": ["python", "-c", "pass"],
        },
        OutputDataConfig={"S3OutputPath": f"s3://{BUCKET}/models"},
        ResourceConfig={"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1},
        StoppingCondition={"MaxRuntimeInSeconds": 60},
    )
    while time.perf_counter() - begun < PATIENCE:
        status = sagemaker.describe_training_job(TrainingJobName=name)["TrainingJobStatus"]
        if status != "InProgress":
            break
        time.sleep(0.01)
    if status != "Completed":
        raise SystemExit(f"job {name} is {status} after {PATIENCE} s: see the data folder's logs")
    return time.perf_counter() - begun


def measure_jobs(server: Server, count: int) -> bool:
    sagemaker = server.client("sagemaker")
    seconds = [job_seconds(sagemaker, f"empty-{number}") for number in range(count)]
    print(f"memory after {count} jobs: {server.memory():.0f} MiB")
    return judged("empty job, median", statistics.median(seconds), JOB_TARGET, "s")


def measure_transfer(server: Server, folder: Path, mebibytes: int) -> bool:
    """One object up in parts and down in ranges, as boto3 transfers it."""
    s3 = server.client("s3")
    source, target = folder / "up", folder / "down"
    with source.open("wb") as file:
        file.truncate(mebibytes * MEBIBYTE)
    peak = Peak(server)
    peak.start()
    for way, transfer in (
        ("up", lambda: s3.upload_file(str(source), BUCKET, "large")),
        ("down", lambda: s3.download_file(BUCKET, "large", str(target))),
    ):
        begun = time.perf_counter()
        transfer()
        print(f"{mebibytes} MiB {way}: {mebibytes / (time.perf_counter() - begun):.0f} MiB/s")
    growth = peak.growth()
    if target.stat().st_size != source.stat().st_size:
        raise SystemExit(f"{target.stat().st_size} bytes came back of {source.stat().st_size}")
    return judged("growth of the server", growth, GROWTH_TARGET, "MiB")


def judged(what: str, value: float, target: float, unit: str) -> bool:
    print(f"{what}: {value:.3g} {unit} (target {target:g} {unit}): {'pass' if value <= target else 'FAIL'}")
    return value <= target


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--size", type=int, default=1024, help="mebibytes of the object (default: %(default)s)"
    )
    parser.add_argument("--jobs", type=int, default=20, help="number of jobs (default: %(default)s)")
    options = parser.parse_args()
    with (
        tempfile.TemporaryDirectory(prefix="mlmax-benchmark-") as name,
        running(Path(name, "data")) as server,
    ):
        server.client("s3").create_bucket(Bucket=BUCKET)
        passed = [
            measure_jobs(server, options.jobs),
            measure_transfer(server, Path(name), options.size),
        ]
    return 0 if all(passed) else 1


if __name__ == "__main__":
    sys.exit(main())
