"""A batch of drawings over a cluster: each worker keeps one loaded colorist for all it colors."""

from __future__ import annotations

import pickle
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache, partial

from irodori.color import batch
from irodori.color.batch import STREAM, Order, Outcome, Task
from irodori.color.errors import OutputError
from irodori.scale.mapper import map_ray


def colorize_files(inputs: Sequence[str], output: str | None, order: Order) -> Iterator[Outcome]:
    """What `color.batch.colorize_files` does, over the connected cluster, with the same files.

    Drawings and results lie where every machine sees them under the same name; standard input and
    output are not for this. Raises ColoristError, OutputError.
    """
    plan = batch.planned(inputs, output, order)
    if any(STREAM in (task.source, *task.outputs) for task in plan):
        raise OutputError("standard input and output reach one process; name files for Ray")
    taken: set[str] = set()
    refusals = [batch.refused(task, taken, force=order.force) for task in plan]
    todo = [task for task, refusal in zip(plan, refusals, strict=True) if refusal is None]
    # What was free when it was looked at may be there when a lost worker's task is done again.
    given = pickle.dumps(replace(order, threads=order.threads or 1, force=True))
    done = map_ray(partial(_colored, given), todo, order.jobs)
    for refusal in refusals:
        yield refusal or next(done)


def _colored(order: bytes, task: Task) -> Outcome:
    return batch.colored(task, _order(order))


@lru_cache(maxsize=1)
def _order(given: bytes) -> Order:
    """The same object from task to task, and with it the colorist that it has loaded."""
    order: Order = pickle.loads(given)
    return order
