"""The job's log in the task's log: every line once, with few calls, and never in the way."""

import asyncio
import time
from typing import Any
from uuid import uuid4

import pytest

from airflow_mlmax.hooks.sagemaker import SageMakerJobHook
from airflow_mlmax.sagemaker.jobs import TRAINING, TUNING, JobType
from airflow_mlmax.triggers.logs import LogTail
from airflow_mlmax.triggers.pace import Pace

GROUP = TRAINING.log_group


class Lines:
    """Keeps what a tail passes on."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.warnings: list[str] = []

    def info(self, event: str, *args: Any, **_: Any) -> None:
        self.lines.append(event % args)

    def warning(self, event: str, *args: Any, **_: Any) -> None:
        self.warnings.append(event % args)


pytestmark = pytest.mark.usefixtures("runtime")


@pytest.fixture
def hook() -> SageMakerJobHook:
    return SageMakerJobHook(aws_conn_id="aws_default", patience=0.0, attempts=1)


@pytest.fixture
def name() -> str:
    return f"log-{uuid4().hex[:8]}"


def write(runtime: Any, name: str, stream: str, *lines: str) -> None:
    for line in lines:
        now = int(time.time() * 1000)
        runtime.server.logs.put("us-east-1", GROUP, f"{name}/{stream}", now, line)


def tail(name: str, streams: int, log: Lines) -> LogTail:
    return LogTail(TRAINING, name, streams, pace=Pace(1000.0), log=log)


def read(tail: LogTail, hook: SageMakerJobHook, *, last: bool = False) -> None:
    asyncio.run(tail.read(hook, last=last))


def test_each_line_is_passed_on_once_with_its_stream(runtime: Any, hook: SageMakerJobHook, name: str) -> None:
    """Two instances write; the second read goes on where the first ended."""
    log = Lines()
    reader = tail(name, 2, log)
    write(runtime, name, "algo-1", "a", "b")
    write(runtime, name, "algo-2", "c")
    read(reader, hook)
    write(runtime, name, "algo-1", "d")
    read(reader, hook)
    read(reader, hook)
    assert sorted(log.lines) == ["[algo-1] a", "[algo-1] b", "[algo-1] d", "[algo-2] c"]


def test_streams_are_listed_only_until_all_are_known(runtime: Any, hook: SageMakerJobHook, name: str) -> None:
    """One listing for a stream that is there, then none but the last."""
    reader = tail(name, 1, Lines())
    write(runtime, name, "algo-1", "a")
    for _ in range(5):
        read(reader, hook)
    assert runtime.server.calls.count("DescribeLogStreams") == 1
    read(reader, hook, last=True)
    assert runtime.server.calls.count("DescribeLogStreams") == 2


def test_a_stream_that_came_late_is_drained(runtime: Any, hook: SageMakerJobHook, name: str) -> None:
    """A job of a second has written everything before the first look."""
    log = Lines()
    reader = tail(name, 1, log)
    write(runtime, name, "algo-1", "a")
    read(reader, hook)
    write(runtime, name, "algo-9", "late")
    read(reader, hook, last=True)
    assert "[algo-9] late" in log.lines


def test_a_missing_group_is_a_log_that_comes_later(hook: SageMakerJobHook, name: str) -> None:
    """The group exists only after the first job of the family."""
    log = Lines()
    family = JobType("NothingJob", "/aws/sagemaker/Nothing", "nothing")
    reader = LogTail(family, name, 1, pace=Pace(1000.0), log=log)
    read(reader, hook)
    assert (log.lines, log.warnings) == ([], [])


def test_another_jobs_log_is_left_alone(runtime: Any, hook: SageMakerJobHook, name: str) -> None:
    """`job-1` is a prefix of `job-10`."""
    log = Lines()
    write(runtime, f"{name}0", "algo-1", "theirs")
    read(tail(name, 1, log), hook)
    assert log.lines == []


def test_the_log_of_a_tuning_job_is_that_of_its_children(
    runtime: Any, hook: SageMakerJobHook, name: str
) -> None:
    """Each line says which child wrote it; a tuning job whose number begins alike is left alone."""
    log = Lines()
    write(runtime, f"{name}-1-001-abc", "algo-1", "first")
    write(runtime, f"{name}-1-002-def", "algo-1", "second")
    write(runtime, f"{name}-10-001-ghi", "algo-1", "theirs")
    read(LogTail(TUNING, f"{name}-1", 2, pace=Pace(1000.0), log=log), hook)
    assert sorted(log.lines) == ["[001-abc/algo-1] first", "[002-def/algo-1] second"]


def test_a_log_that_may_not_be_read_is_given_up_with_one_warning(
    runtime: Any, hook: SageMakerJobHook, name: str
) -> None:
    """The job goes on; nobody is asked again."""
    log = Lines()
    reader = tail(name, 1, log)
    runtime.server.faults.add("error", operation="DescribeLogStreams", code="AccessDeniedException", times=9)
    read(reader, hook)
    read(reader, hook)
    assert len(log.warnings) == 1
    assert runtime.server.calls.count("DescribeLogStreams") == 1


def test_a_busy_log_service_loses_no_line(runtime: Any, hook: SageMakerJobHook, name: str) -> None:
    """The next read goes on where the last good one ended."""
    log = Lines()
    reader = tail(name, 1, log)
    write(runtime, name, "algo-1", "a", "b")
    runtime.server.faults.add("throttle", operation="GetLogEvents")
    read(reader, hook)
    assert log.lines == []
    read(reader, hook)
    assert log.lines == ["[algo-1] a", "[algo-1] b"]
