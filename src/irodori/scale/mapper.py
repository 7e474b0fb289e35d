"""Ray Data as a mapper: a step's pictures spread over a cluster, the results in their order."""

from __future__ import annotations

import logging
import math
import os
import pickle
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from irodori.scale.errors import ScaleError

Item = TypeVar("Item")
Result = TypeVar("Result")

_TASKS = 200  # into which a stretch is divided: each costs Ray some 10 ms
_MOST = 500  # items of one task, so that a lost worker loses little
_STRETCH = 100_000  # items that are in Ray's hands together, so that memory stays small


def map_ray(
    function: Callable[[Item], Result],
    items: Sequence[Item],
    workers: int | None = None,
    *,
    worth: int = 1,
) -> Iterator[Result]:
    """A `collection.mapper.Mapper` over the cluster that is connected (`cluster.cluster`).

    workers: tasks at a time; None for as many as the cluster has cores. What a lost worker had in
    hand is done again elsewhere, so `function` must be one that can be done twice. What a worker
    keeps in its module (a loaded network) stays there from task to task. Raises ScaleError where
    the cluster itself fails.
    """
    from ray.exceptions import RayError

    try:
        for start in range(0, len(items), _STRETCH):
            yield from _stretch(function, items[start : start + _STRETCH], workers, worth)
    except RayError as error:
        lines = str(error).strip().splitlines() or [type(error).__name__]
        raise ScaleError(
            f"the Ray cluster gave up ({lines[-1]}); run it again, it goes on where it stopped"
        ) from error


def _stretch(
    function: Callable[[Item], Result], items: Sequence[Item], workers: int | None, worth: int
) -> Iterator[Result]:
    import ray.data

    size = max(1, min(_MOST, max(worth, math.ceil(len(items) / _TASKS))))
    chunks = [
        {"chunk": pickle.dumps(items[start : start + size])} for start in range(0, len(items), size)
    ]
    context = ray.data.DataContext.get_current()
    context.execution_options.preserve_order = True
    context.enable_progress_bars = False
    logging.getLogger("ray.data").setLevel(logging.CRITICAL)
    given = ray.data.from_items(chunks, override_num_blocks=len(chunks))
    work = partial(_work, function, str(Path.cwd()))
    done = given.map(work, num_cpus=1, concurrency=workers)
    for row in done.iter_rows():
        for result, error in pickle.loads(row["chunk"]):
            if error is not None:
                raise error
            yield result


def _work(function: Callable[[Any], Any], here: str, row: dict[str, bytes]) -> dict[str, bytes]:
    """One task: results up to the first error, which is raised where it is understood.

    here: the folder that relative names are meant from, where this machine has it, too.
    """
    import cv2

    cv2.setNumThreads(1)
    with suppress(OSError):
        os.chdir(here)
    done: list[tuple[Any, Exception | None]] = []
    for item in pickle.loads(row["chunk"]):
        try:
            done.append((function(item), None))
        except Exception as error:  # whatever a step may raise
            done.append((None, error))
            break
    return {"chunk": pickle.dumps(done)}
