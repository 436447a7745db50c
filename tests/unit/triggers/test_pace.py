"""Calls from an event loop are spaced out and leave the loop free."""

import asyncio
import threading
import time

from airflow_mlmax.triggers.pace import Pace, in_thread


def test_turns_come_no_faster_than_the_rate() -> None:
    """Five turns at a hundred a second take forty milliseconds at least, whoever asks."""

    async def run() -> float:
        pace = Pace(100.0)
        start = time.monotonic()
        await asyncio.gather(*(pace.turn() for _ in range(5)))
        return time.monotonic() - start

    assert asyncio.run(run()) >= 0.04


def test_a_blocking_call_leaves_the_loop() -> None:
    """The function runs in one of the few threads, and its error comes back."""

    async def run() -> None:
        name = await in_thread(lambda: threading.current_thread().name)
        assert name.startswith("mlmax-boto3")
        try:
            await in_thread(int, "x")
        except ValueError:
            return
        raise AssertionError("the error was lost")

    asyncio.run(run())
