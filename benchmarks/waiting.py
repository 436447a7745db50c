"""What waiting costs: N tasks in one event loop, against a stub that answers Describe and List and counts calls.

    python benchmarks/waiting.py [--jobs 100] [--interval 2] [--seconds 20]

Ways: this package's trigger with its shared poller; one Describe a job through one shared client in threads; and the
stock provider's trigger, where its optional aiobotocore is installed. Compare the ratios: absolute figures do not travel.
"""

import argparse
import asyncio
import json
import os
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import import_module
from importlib.util import find_spec
from multiprocessing import Process, Queue
from typing import Any
from urllib.request import urlopen

import psutil


@dataclass(frozen=True)
class Load:
    """`jobs` jobs that end one after the other over `seconds` seconds, looked at every `interval` seconds."""

    jobs: int
    interval: float
    seconds: float

    def name(self, number: int) -> str:
        return f"job-{number:05d}"

    def end(self, number: int, start: float) -> float:
        return start + self.seconds * (0.5 + number / self.jobs / 2)


def serve(load: Load, ports: "Queue[int]") -> None:
    """Answers as SageMaker would for training jobs; `/calls` gives the counted calls and starts the count anew."""
    calls: Counter[str] = Counter()
    start = time.time()

    def job(number: int) -> dict[str, Any]:
        over = time.time() >= load.end(number, start)
        return {
            "TrainingJobName": load.name(number),
            "TrainingJobArn": f"arn:aws:sagemaker:us-east-1:123456789012:training-job/{load.name(number)}",
            "TrainingJobStatus": "Completed" if over else "InProgress",
            "SecondaryStatus": "Completed" if over else "Training",
            "CreationTime": start,
            "LastModifiedTime": time.time(),
            "TrainingEndTime": time.time(),
        }

    class Answers(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            operation = self.headers["X-Amz-Target"].rpartition(".")[2]
            calls[operation] += 1
            if operation == "DescribeTrainingJob":
                self._send(job(int(request["TrainingJobName"].removeprefix("job-"))))
            else:
                first = int(request.get("NextToken", 0))
                last = min(first + 100, load.jobs)
                page = {"TrainingJobSummaries": [job(number) for number in range(first, last)]}
                self._send({**page, **({"NextToken": str(last)} if last < load.jobs else {})})

        def do_GET(self) -> None:
            nonlocal start
            self._send(dict(calls))
            calls.clear()
            start = time.time()

        def _send(self, answer: dict[str, Any]) -> None:
            body = json.dumps(answer).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/x-amz-json-1.1")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: Any) -> None:
            """Says nothing: the count is the log."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 512

    server = Server(("127.0.0.1", 0), Answers)
    ports.put(server.server_address[1])
    server.serve_forever()


@contextmanager
def stub(load: Load) -> Iterator[str]:
    ports: Queue[int] = Queue()
    process = Process(target=serve, args=(load, ports), daemon=True)
    process.start()
    try:
        yield f"http://127.0.0.1:{ports.get(timeout=30)}"
    finally:
        process.terminate()
        process.join()


@cache
def one_hook() -> Any:
    from airflow_mlmax.hooks.sagemaker import SageMakerJobHook

    return SageMakerJobHook(aws_conn_id="aws_default", patience=0.0, attempts=2)


async def shared_poller(load: Load, number: int) -> None:
    from airflow_mlmax.triggers.job import SageMakerJobTrigger

    trigger = SageMakerJobTrigger(
        job_type="TrainingJob",
        job_name=load.name(number),
        created=time.time(),
        deadline=time.time() + 3600,
        poll_interval=load.interval,
        connection={"aws_conn_id": "aws_default", "region_name": None, "verify": None, "config": None},
    )
    await trigger.wait()


async def describe_each(load: Load, number: int) -> None:
    from airflow_mlmax.sagemaker.jobs import TRAINING
    from airflow_mlmax.triggers.pace import in_thread

    hook = one_hook()
    over = False
    while not over:
        over = not TRAINING.status(await in_thread(hook.describe, TRAINING, load.name(number))).is_active
        await asyncio.sleep(0 if over else load.interval)


async def stock_trigger(load: Load, number: int) -> None:
    from airflow.providers.amazon.aws.triggers.sagemaker import SageMakerTrigger

    trigger = SageMakerTrigger(
        job_name=load.name(number),
        job_type="training",
        poke_interval=int(load.interval),
        max_attempts=10_000,
        aws_conn_id="aws_default",
    )
    async for _ in trigger.run():
        return


@dataclass(frozen=True)
class Cost:
    """What one way of waiting took."""

    calls: int
    cpu_seconds: float
    memory_kib_a_task: float
    worst_lag: float
    notice_seconds: float


async def measure(load: Load, wait: Callable[[Load, int], Awaitable[None]], url: str) -> Cost:
    lags: list[float] = []
    notices: list[float] = []

    async def watch_loop() -> None:
        while True:
            before = time.perf_counter()
            await asyncio.sleep(0.05)
            lags.append(time.perf_counter() - before - 0.05)

    async def one(number: int) -> None:
        await wait(load, number)
        notices.append(time.time() - load.end(number, start))

    import_module("airflow_mlmax.triggers.job")  # what every process pays once is paid before
    await asyncio.to_thread(one_hook().client, "sagemaker")
    await asyncio.to_thread(_counted, url)  # the jobs' clock starts here
    start, cpu = time.time(), time.process_time()
    process = psutil.Process()
    before = process.memory_info().rss
    watching = asyncio.create_task(watch_loop())
    tasks = [asyncio.create_task(one(number)) for number in range(load.jobs)]
    await asyncio.sleep(load.seconds / 3)
    memory = process.memory_info().rss - before
    await asyncio.gather(*tasks)
    watching.cancel()
    return Cost(
        calls=sum((await asyncio.to_thread(_counted, url)).values()),
        cpu_seconds=time.process_time() - cpu,
        memory_kib_a_task=memory / 1024 / load.jobs,
        worst_lag=max(lags),
        notice_seconds=sum(notices) / len(notices),
    )


def _counted(url: str) -> dict[str, int]:
    with urlopen(f"{url}/calls") as answer:  # noqa: S310  # our own stub
        counted: dict[str, int] = json.load(answer)
    return counted


def in_new_process(load: Load, wait: Callable[[Load, int], Awaitable[None]], url: str) -> Cost:
    """Measures in a process of its own, so that no way profits from what another has loaded."""
    answers: Queue[Cost] = Queue()
    process = Process(target=lambda: answers.put(asyncio.run(measure(load, wait, url))))
    process.start()
    cost = answers.get(timeout=load.seconds * 10 + 120)
    process.join()
    return cost


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--jobs", type=int, default=100)
    parser.add_argument("--interval", type=float, default=2.0, help="seconds between two looks")
    parser.add_argument("--seconds", type=float, default=20.0, help="until the last job is over")
    load = Load(**vars(parser.parse_args()))
    ways = {"shared poller": shared_poller, "a Describe for each": describe_each}
    if find_spec("aiobotocore"):
        ways["stock trigger"] = stock_trigger
    with stub(load) as url:
        extra = {"endpoint_url": url, "region_name": "us-east-1"}
        connection = {"conn_type": "aws", "login": "test", "password": "test", "extra": extra}
        os.environ["AIRFLOW__LOGGING__LOGGING_LEVEL"] = "ERROR"
        os.environ["AIRFLOW_CONN_AWS_DEFAULT"] = json.dumps(connection)
        costs = {way: in_new_process(load, wait, url) for way, wait in ways.items()}
    report(costs)


def report(costs: dict[str, Cost]) -> None:
    print(
        f"{'':22}{'calls':>8}{'CPU s':>8}{'KiB/task':>10}{'lag s':>8}{'notice s':>10}{'calls x':>9}{'CPU x':>8}"
    )
    base = next(iter(costs.values()))
    for way, cost in costs.items():
        print(
            f"{way:22}{cost.calls:8}{cost.cpu_seconds:8.2f}{cost.memory_kib_a_task:10.1f}{cost.worst_lag:8.2f}"
            f"{cost.notice_seconds:10.2f}{cost.calls / base.calls:9.1f}{cost.cpu_seconds / base.cpu_seconds:8.1f}"
        )


if __name__ == "__main__":
    main()
