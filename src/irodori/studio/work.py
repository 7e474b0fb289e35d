"""Who computes when: a few threads, a short queue, and a way of its own for the brush.

onnxruntime, OpenCV and NumPy let go of Python's lock while they compute, so threads are enough.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from irodori.studio.errors import BusyError

T = TypeVar("T")

MOST_WAITING = 64
"""Requests that may wait for a thread; more are told to come back."""


class Workshop:
    """Threads for two kinds of work, so that an export never holds up a brush."""

    def __init__(self, threads: int | None = None) -> None:
        threads = threads or max(2, os.cpu_count() or 2)
        self._live = ThreadPoolExecutor(threads, "live")
        self._slow = ThreadPoolExecutor(max(1, threads // 2), "slow")
        self._waiting = 0

    async def live(self, task: Callable[[], T]) -> T:
        """Run what a brush waits for. Each connection has one of these at a time."""
        return await asyncio.get_running_loop().run_in_executor(self._live, task)

    async def slow(self, task: Callable[[], T]) -> T:
        """Run what may take seconds. Raises BusyError when too many wait already."""
        if self._waiting >= MOST_WAITING:
            raise BusyError("busy with other drawings; try again in a moment")
        return await self.patient(task)

    async def patient(self, task: Callable[[], T]) -> T:
        """The same for the server's own work (a page of a zip), which is never refused."""
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._slow, task)
        finally:
            self._waiting -= 1

    def close(self) -> None:
        """Begin nothing more; what runs is finished."""
        self._live.shutdown(wait=True, cancel_futures=True)
        self._slow.shutdown(wait=True, cancel_futures=True)
