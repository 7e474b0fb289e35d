"""How a step's work is spread: over processes here, over machines elsewhere; the result is one.

A mapper takes a pure function and items and gives the results in the items' order.
"""

from __future__ import annotations

import os
import signal
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from itertools import islice
from multiprocessing import get_context
from typing import Protocol, TypeVar

from irodori.collection.errors import CollectionError

Item = TypeVar("Item")
Result = TypeVar("Result")

AHEAD = 64  # items that wait or are finished per worker, so that memory stays small


class Mapper(Protocol):
    """`map_processes`, or what spreads work in another way with the same results."""

    def __call__(
        self,
        function: Callable[[Item], Result],
        items: Sequence[Item],
        workers: int | None = None,
        *,
        worth: int = 1,
    ) -> Iterator[Result]:
        """The results in the items' order; all that `map_processes` promises."""


def map_here(function: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[Result]:
    """One after the other, in this process."""
    return map(function, items)


def map_processes(
    function: Callable[[Item], Result],
    items: Sequence[Item],
    workers: int | None = None,
    *,
    worth: int = 1,
) -> Iterator[Result]:
    """In `workers` processes, as many as the machine has cores by default.

    `function` is picklable. What it raises is raised here. Leaving the iterator ends the work.
    worth: how many items take about as long as starting a process does; for fewer none is started.
    """
    workers = max(1, min(workers or os.cpu_count() or 1, len(items) // worth))
    if workers == 1:
        yield from map_here(function, items)
        return
    waiting: deque[Future[Result]] = deque()
    source = iter(items)
    # A forked worker hangs on the thread pools of its parent, so each starts afresh.
    pool = ProcessPoolExecutor(
        workers, mp_context=get_context("spawn"), initializer=_be_a_quiet_worker
    )
    try:
        waiting.extend(pool.submit(function, item) for item in islice(source, workers * AHEAD))
        while waiting:
            yield waiting.popleft().result()
            waiting.extend(pool.submit(function, item) for item in islice(source, 1))
    except BrokenProcessPool:
        raise CollectionError(
            "a worker process was ended from outside, most likely for want of memory; "
            "run it again with --workers 1, it goes on where it stopped"
        ) from None
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _be_a_quiet_worker() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent hears Ctrl-C and ends the work
    import cv2

    cv2.setNumThreads(1)
