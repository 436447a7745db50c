"""Calls to boto3 from an event loop: in a few threads, and no faster than the service's quota allows."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from asgiref.sync import sync_to_async

_THREADS = ThreadPoolExecutor(max_workers=4, thread_name_prefix="mlmax-boto3")


async def in_thread(function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """The result of a blocking function, run in one of the process's few threads.

    asgiref, not asyncio.to_thread: it tells the thread where the triggerer's loop is, and Airflow needs that when
    a call reads its connection.
    """
    return await sync_to_async(function, thread_sensitive=False, executor=_THREADS)(*args, **kwargs)


class Pace:
    """Spaces out calls: each `turn()` returns at least `1 / rate` seconds after the one before."""

    def __init__(self, rate: float) -> None:
        self._gap = 1 / rate
        self._next = 0.0

    async def turn(self) -> None:
        now = asyncio.get_running_loop().time()
        self._next = max(self._next, now) + self._gap
        await asyncio.sleep(self._next - self._gap - now)
