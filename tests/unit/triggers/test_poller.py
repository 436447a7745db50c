"""Many tasks wait through one poller: its calls grow with time, not with tasks."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from typing import Any
from uuid import uuid4

import pytest

from airflow_mlmax.exceptions import ApiError, UnknownJobError
from airflow_mlmax.hooks import clients
from airflow_mlmax.sagemaker.jobs import PROCESSING, TRAINING
from airflow_mlmax.sagemaker.monitoring import MONITORING_EXECUTION, Execution
from airflow_mlmax.triggers import poller as module
from airflow_mlmax.triggers.poller import JobPoller, Watch, shared_poller

CONNECTION = {"aws_conn_id": "aws_default", "region_name": None, "verify": None, "config": None}
REGION = "us-east-1"


class Records:
    """Jobs that stand in the runtime's store and run nowhere."""

    def __init__(self, runtime: Any) -> None:
        self.store = runtime.server.store
        self.names: list[str] = []
        self.prefix = f"poll-{uuid4().hex[:8]}"

    def add(self, count: int) -> list[str]:
        new = [f"{self.prefix}-{len(self.names) + number}" for number in range(count)]
        for name in new:
            answer = {
                "ProcessingJobArn": f"arn:aws:sagemaker:{REGION}:123456789012:processing-job/{name}",
                "ProcessingJobStatus": "InProgress",
                "CreationTime": time.time(),
                "LastModifiedTime": time.time(),
            }
            self.store.insert(REGION, "ProcessingJob", name, {"ProcessingJobName": name}, answer)
        self.names += new
        return new

    def end(self, *names: str, status: str = "Completed") -> None:
        for name in names:
            self.store.update(REGION, "ProcessingJob", name, {"ProcessingJobStatus": status})


@pytest.fixture
def records(runtime: Any) -> Iterator[Records]:
    records = Records(runtime)
    yield records
    for name in records.names:
        if records.store.get(REGION, "ProcessingJob", name):
            records.end(name)


def over(poller: JobPoller, name: str, created: float | None = None) -> Awaitable[None]:
    return poller.until_over(PROCESSING, name, created=created or time.time(), interval=0.2)


async def soon(condition: Callable[[], Any]) -> None:
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110  # the other side is a server, not a task
            await asyncio.sleep(0.02)


async def waiting_for(poller: JobPoller, names: list[str]) -> list["asyncio.Task[None]"]:
    return [asyncio.ensure_future(over(poller, name)) for name in names]


def test_fifty_waits_share_their_calls(runtime: Any, records: Records) -> None:
    """One List an interval serves them all; nobody is described while it runs or when it ends."""
    names = records.add(50)

    async def run() -> None:
        poller = shared_poller(CONNECTION)
        tasks = await waiting_for(poller, names)
        await soon(lambda: runtime.server.calls.count("ListProcessingJobs") >= 3)
        assert not any(task.done() for task in tasks)
        records.end(*names)
        await asyncio.gather(*tasks)

    asyncio.run(run())
    assert runtime.server.calls.count("ListProcessingJobs") <= 8
    assert runtime.server.calls.count("DescribeProcessingJob") == 0


def test_a_few_waits_describe_their_jobs(runtime: Any, records: Records) -> None:
    """A list of a whole account is not worth it for three."""
    names = records.add(3)
    records.end(*names)

    async def run() -> None:
        await asyncio.gather(*await waiting_for(shared_poller(CONNECTION), names))

    asyncio.run(run())
    assert runtime.server.calls.count("DescribeProcessingJob") == 3
    assert runtime.server.calls.count("ListProcessingJobs") == 0


def test_the_first_look_is_at_once(records: Records) -> None:
    """A job that is over already is not waited for, however long the interval."""
    (name,) = records.add(1)
    records.end(name)

    async def run() -> None:
        poller = JobPoller(CONNECTION)
        async with asyncio.timeout(20):
            await poller.until_over(PROCESSING, name, created=time.time(), interval=3600)

    asyncio.run(run())


def test_all_waits_of_a_connection_use_one_client(records: Records) -> None:
    """A client costs time and memory; fifty triggers need one."""
    names = records.add(50)
    records.end(*names)
    before = set(map(id, clients._clients.values()))

    async def run() -> None:
        assert shared_poller(dict(CONNECTION)) is shared_poller(dict(CONNECTION))
        assert shared_poller(CONNECTION) is not shared_poller({**CONNECTION, "region_name": "eu-west-1"})
        await asyncio.gather(*await waiting_for(shared_poller(CONNECTION), names))

    asyncio.run(run())
    assert len(set(map(id, clients._clients.values())) - before) <= 1


def test_a_list_that_is_denied_is_replaced_by_describes(runtime: Any, records: Records) -> None:
    """A role that may not list still gets its jobs watched; the list is not asked for again."""
    names = records.add(5)
    runtime.server.faults.add(
        "error", operation="ListProcessingJobs", code="AccessDeniedException", times=100
    )

    async def run() -> None:
        tasks = await waiting_for(shared_poller(CONNECTION), names)
        await soon(lambda: runtime.server.calls.count("DescribeProcessingJob") >= 10)
        records.end(*names)
        await asyncio.gather(*tasks)

    asyncio.run(run())
    assert runtime.server.calls.count("ListProcessingJobs") == 1


def test_a_job_outside_the_window_is_described(runtime: Any, records: Records) -> None:
    """A wrong creation time costs a call, not the wait."""
    names = records.add(5)
    records.end(*names)

    async def run() -> None:
        poller = shared_poller(CONNECTION)
        tomorrow = time.time() + 86_400
        await asyncio.gather(*(over(poller, name, created=tomorrow) for name in names))

    asyncio.run(run())
    assert runtime.server.calls.count("DescribeProcessingJob") == 5


def test_pages_are_read_until_every_job_is_found(runtime: Any, records: Records) -> None:
    """More than a hundred newer jobs do not hide the watched ones."""
    names = records.add(5)
    records.end(*names)
    records.add(120)

    async def run() -> None:
        poller = shared_poller(CONNECTION)
        await asyncio.gather(*await waiting_for(poller, names))

    asyncio.run(run())
    assert runtime.server.calls.count("ListProcessingJobs") == 2
    assert runtime.server.calls.count("DescribeProcessingJob") == 0


def test_the_poller_rests_when_nobody_waits(runtime: Any, records: Records) -> None:
    """A wait that is cancelled is forgotten, and the last one ends the polling."""
    names = records.add(2)

    async def run() -> None:
        poller = shared_poller(CONNECTION)
        tasks = await waiting_for(poller, names)
        await soon(lambda: runtime.server.calls.count("DescribeProcessingJob") >= 2)
        for task in tasks:
            task.cancel()
        await soon(lambda: poller._task is not None and poller._task.done())
        assert not poller._watches

    asyncio.run(run())


def test_a_surprise_does_not_end_the_poller(records: Records, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tasks wait for it: whatever breaks in one round, the next one comes."""
    (name,) = records.add(1)
    records.end(name)
    look = JobPoller._look
    surprises = [RuntimeError("a bug")]

    async def surprising(self: JobPoller, due: list[Watch]) -> None:
        if surprises:
            raise surprises.pop()
        await look(self, due)

    monkeypatch.setattr(JobPoller, "_look", surprising)

    async def run() -> None:
        async with asyncio.timeout(20):
            await over(JobPoller(CONNECTION), name)

    asyncio.run(run())
    assert not surprises


def test_an_unknown_job_is_looked_for_three_times_in_a_row() -> None:
    """A good look in between starts the count anew."""

    async def run() -> None:
        over: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        watch = Watch(TRAINING, "job", 0.0, 1.0, over, confirmed=0.0)
        unknown = UnknownJobError(
            "DescribeTrainingJob", "ValidationException", "Requested resource not found."
        )
        watch.missed(unknown, 1.0)
        watch.missed(unknown, 2.0)
        watch.seen(job_is_active=True, now=3.0)
        watch.missed(unknown, 4.0)
        watch.missed(unknown, 5.0)
        assert not over.done()
        watch.missed(unknown, 6.0)
        with pytest.raises(UnknownJobError):
            await over

    asyncio.run(run())


def test_pauses_grow_with_failures_and_stay_bounded() -> None:
    """A troubled API is asked less and less often, at most every five minutes."""

    async def run() -> None:
        poller = JobPoller(CONNECTION)
        assert 0 < poller._next_look(30.0, 1000.0) - 1000.0 <= 30.0
        for failures, longest in ((1, 60.0), (3, 240.0), (20, 300.0)):
            poller._failures = failures
            assert longest / 2 <= poller._next_look(30.0, 1000.0) - 1000.0 <= longest

    asyncio.run(run())


def test_waits_of_one_interval_come_due_together() -> None:
    """However they started: only so can one List serve them."""

    async def run() -> None:
        poller = JobPoller(CONNECTION)
        grid = {round(poller._next_look(30.0, 1000.0 + second), 6) for second in range(30)}
        assert len(grid) <= 2

    asyncio.run(run())


def test_an_error_is_no_end_before_the_budget_is_spent() -> None:
    """Ten minutes without a good look, by the monotonic clock."""

    async def run() -> None:
        over: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        watch = Watch(TRAINING, "job", 0.0, 1.0, over, confirmed=0.0)
        error = ApiError("DescribeTrainingJob", "AccessDeniedException", "no")
        watch.missed(error, module.ERROR_BUDGET - 1)
        assert not over.done()
        watch.missed(error, module.ERROR_BUDGET + 1)
        with pytest.raises(ApiError):
            await over

    asyncio.run(run())


def test_executions_of_schedules_are_asked_for_one_by_one(runtime: Any, schedules: Any) -> None:
    """A family whose list does not say which is whose: many waits end all the same, each with its own call."""
    name = schedules.create(schedule="cron(0 * ? * * *)")
    names = [Execution(name, f"2026-01-0{day}").name for day in range(1, 6)]

    async def run() -> None:
        poller = shared_poller(CONNECTION)
        waits = [
            poller.until_over(MONITORING_EXECUTION, each, created=time.time(), interval=0.2) for each in names
        ]
        tasks = [asyncio.ensure_future(each) for each in waits]
        await soon(lambda: runtime.server.calls.count("ListMonitoringExecutions") >= len(names))
        assert not any(task.done() for task in tasks)
        schedules.run_next(name)
        await asyncio.gather(*tasks)

    asyncio.run(run())
