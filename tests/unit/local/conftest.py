"""Jobs as a client makes them: boto3 over HTTP against a runtime that really runs them."""

import io
import itertools
import json
import subprocess
import sys
import tarfile
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore import xform_name
from botocore.config import Config

from airflow_mlmax.local.container.jail import choose
from airflow_mlmax.local.server import LocalRuntime

IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.4-2-cpu-py3"
ROLE = "arn:aws:iam::123456789012:role/mlmax-local"
_PATIENCE = 30.0
_SERVER = """
import sys, threading
from pathlib import Path
from airflow_mlmax.local.server import LocalRuntime
with LocalRuntime(Path(sys.argv[1]), workers=1) as server:
    print(server.url, flush=True)
    threading.Event().wait()
"""


@dataclass
class Jobs:
    """A client of one runtime, with a bucket of its own."""

    server: Any
    """A LocalRuntime, or anything with its `url`."""

    bucket: str = field(default_factory=lambda: f"jobs-{uuid.uuid4().hex[:12]}")
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def __post_init__(self) -> None:
        self.s3 = self.client("s3")
        self.sagemaker = self.client("sagemaker")
        self.s3.create_bucket(Bucket=self.bucket)

    def client(self, service: str) -> Any:
        return _client(self.server.url, service)

    def name(self) -> str:
        return f"{self.bucket}-{next(self.numbers)}"

    def uri(self, key: str) -> str:
        return f"s3://{self.bucket}/{key}"

    def put(self, **objects: str | bytes) -> None:
        for key, body in objects.items():
            self.s3.put_object(Bucket=self.bucket, Key=key, Body=body)

    def get(self, key: str) -> bytes:
        return bytes(self.s3.get_object(Bucket=self.bucket, Key=key)["Body"].read())

    def keys(self, prefix: str = "") -> list[str]:
        found = self.s3.list_objects_v2(Bucket=self.bucket, Prefix=prefix)
        return [item["Key"] for item in found.get("Contents", ())]

    def processing(self, code: str, **changes: Any) -> str:
        """Create a processing job that runs `code` with Python; `count` instances; the job's name."""
        name = changes.pop("ProcessingJobName", None) or self.name()
        count = changes.pop("count", 1)
        entrypoint = {"ImageUri": IMAGE, "ContainerEntrypoint": _program(code)}
        request: dict[str, Any] = {
            "ProcessingJobName": name,
            "RoleArn": ROLE,
            "AppSpecification": entrypoint,
            "ProcessingResources": {
                "ClusterConfig": {"InstanceType": "ml.m5.large", "InstanceCount": count, "VolumeSizeInGB": 1}
            },
        }
        self.sagemaker.create_processing_job(**{**request, **changes})
        return name

    def training(self, code: str, **changes: Any) -> str:
        """Create a training job that runs `code` with Python; `count` instances; the job's name."""
        name = self.name()
        count = changes.pop("count", 1)
        algorithm = {
            "TrainingImage": IMAGE,
            "TrainingInputMode": "File",
            "ContainerEntrypoint": _program(code),
            **changes.pop("algorithm", {}),
        }
        request: dict[str, Any] = {
            "TrainingJobName": name,
            "RoleArn": ROLE,
            "AlgorithmSpecification": {key: value for key, value in algorithm.items() if value is not None},
            "OutputDataConfig": {"S3OutputPath": self.uri("models")},
            "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": count, "VolumeSizeInGB": 1},
            "StoppingCondition": {"MaxRuntimeInSeconds": 60},
        }
        self.sagemaker.create_training_job(**{**request, **changes})
        return name

    def script(
        self, code: str, files: dict[str, bytes] | None = None, **hyperparameters: Any
    ) -> dict[str, Any]:
        """Arguments of `training` for script mode: the code is uploaded as `train.py`."""
        key = f"code/{uuid.uuid4().hex}/sourcedir.tar.gz"
        self.s3.put_object(
            Bucket=self.bucket, Key=key, Body=_archive({"train.py": code.encode(), **(files or {})})
        )
        values = {
            "sagemaker_program": "train.py",
            "sagemaker_submit_directory": self.uri(key),
            **hyperparameters,
        }
        return {
            "algorithm": {"ContainerEntrypoint": None},
            "HyperParameters": {name: json.dumps(value) for name, value in values.items()},
        }

    def describe(self, name: str, kind: str = "Training") -> dict[str, Any]:
        method = getattr(self.sagemaker, xform_name(f"Describe{kind}Job"))
        return dict(method(**{f"{kind}JobName": name}))

    def until(self, name: str, *states: str, kind: str = "Training") -> dict[str, Any]:
        """The description once the job is in one of the states, or was in passing; fails after half a minute."""
        deadline = time.monotonic() + _PATIENCE
        while time.monotonic() < deadline:
            found = self.describe(name, kind)
            passed = {each["Status"] for each in found.get("SecondaryStatusTransitions", ())}
            if {found[f"{kind}JobStatus"], *passed} & {*states}:
                return found
            time.sleep(0.02)
        raise AssertionError(
            f"{name} is {found[f'{kind}JobStatus']} and did not become {' or '.join(states)}"
        )

    def ended(self, name: str, kind: str = "Training") -> dict[str, Any]:
        return self.until(name, "Completed", "Failed", "Stopped", kind=kind)

    def lines(self, name: str, kind: str = "Training", host: str = "") -> list[str]:
        """What the job logged."""
        group = f"/aws/sagemaker/{kind}Jobs"
        logs = self.client("logs")
        found = logs.filter_log_events(logGroupName=group, logStreamNamePrefix=f"{name}/{host}")
        return [event["message"] for event in found["events"]]

    def logged(self, name: str, line: str, kind: str = "Training") -> None:
        """Wait until the job has logged a line."""
        deadline = time.monotonic() + _PATIENCE
        while time.monotonic() < deadline:
            try:
                if line in self.lines(name, kind):
                    return
            except self.client("logs").exceptions.ResourceNotFoundException:
                pass  # nothing was logged yet
            time.sleep(0.02)
        raise AssertionError(f"{name} did not log {line!r}")


class Remote:
    """A runtime in another process, with one worker, to be killed."""

    def __init__(self, folder: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", _SERVER, str(folder)], stdout=subprocess.PIPE, text=True, process_group=0
        )
        assert self.process.stdout
        self.url = self.process.stdout.readline().strip()

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()
        assert self.process.stdout
        self.process.stdout.close()


@cache
def _client(url: str, service: str) -> Any:
    config = Config(retries={"mode": "standard", "total_max_attempts": 1}, s3={"addressing_style": "path"})
    return boto3.client(
        service, region_name="us-east-1", endpoint_url=url, config=config,
        aws_access_key_id="test", aws_secret_access_key="test",
    )  # fmt: skip


def _program(code: str) -> list[str]:
    """An entrypoint that runs some code: its words hold at most 256 characters and no newline, so each is a line."""
    return ["python3", "-c", "import sys; exec('\\n'.join(sys.argv[1:]))", *filter(None, code.split("\n"))]


def _archive(files: dict[str, bytes]) -> bytes:
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w:gz") as tar:
        for name, body in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(body)
            tar.addfile(info, io.BytesIO(body))
    return raw.getvalue()


@pytest.fixture
def jobs(runtime: Any) -> Jobs:
    """A client of the shared runtime."""
    return Jobs(runtime.server)


@pytest.fixture
def connect() -> Callable[..., Jobs]:
    """Makes a client of a runtime; the second argument is the bucket of an earlier client."""
    return Jobs


@pytest.fixture
def start_remote(tmp_path: Path) -> Iterator[Callable[[], Remote]]:
    """Starts a runtime in another process, over the test's own folder; it is killed at the latest at the test's end."""
    started: list[Remote] = []

    def start() -> Remote:
        started.append(Remote(tmp_path))
        return started[-1]

    yield start
    for remote in started:
        remote.kill()


@pytest.fixture(params=["remap", "namespace"])
def jailed_jobs(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Jobs]:
    """A client of a runtime with each isolation in turn."""
    if request.param == "namespace" and choose("auto").name != "namespace":
        pytest.skip("this system allows no namespaces")
    with LocalRuntime(tmp_path, isolation=request.param, stop_grace=2.0) as server:
        yield Jobs(server)
