"""A search by several Ray workers on one storage, each doing what a single one does.

The storage keeps them from trying one cell twice; a worker that is lost leaves its trial there as
interrupted, and Ray starts another in its place.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

from optuna.storages import BaseStorage
from optuna.trial import FrozenTrial

from irodori.lab import tune
from irodori.lab.tune.search import described
from irodori.lab.tune.storage import open_storage
from irodori.scale.cluster import cards, cores
from irodori.scale.errors import ScaleError
from irodori.training.tuning import Bench, Said, find_settings

_LOSSES = 20  # so often a worker is started anew; what kills it each time may lie in the settings
_EVERY = 1.0  # seconds between looks at what has ended


def search(
    bench: Bench,
    over: Sequence[str],
    trials: int,
    lengths: tuple[int, int],
    *,
    jobs: int | None = None,
    storage: str | None,
    way: tune.Way,
    isolated: bool,
    said: Said,
) -> tune.Search:
    """What `training.tuning.find_settings` does, `jobs` trainings at a time on the cluster.

    jobs: None for one per graphics card, or per core where there is none. storage: a database that
    every machine reaches; None for SQLite in the bench's folder, which is good for one machine.
    Raises LabError, TrainingError, ScaleError.
    """
    import ray

    where = storage or f"sqlite:///{bench.folder / 'trials.db'}"
    once = partial(
        find_settings, bench, list(over), trials, lengths, storage=where, way=way, isolated=isolated
    )
    bench.claim_search(over, lengths, way)
    kept = open_storage(where)
    news = _News(kept, bench.recipe.design)
    each = ray.remote(num_cpus=1, num_gpus=1 if cards() else 0, max_retries=_LOSSES)
    worker = each(_work)
    going = [worker.remote(once, str(Path.cwd())) for _ in range(jobs or cards() or cores())]
    try:
        while going:
            ended, going = ray.wait(going, timeout=_EVERY)
            news.tell(said)
            ray.get(ended)
    except ray.exceptions.RayTaskError as error:
        raise error.cause from None
    except ray.exceptions.RayError as error:
        raise ScaleError(
            f"{bench.folder}: a worker was lost {_LOSSES} times ({str(error).splitlines()[0]}); "
            "the same command goes on with the search"
        ) from None
    return once(said=said)  # nothing is left to try: it says what was found


def _work(once: Any, here: str) -> None:
    with suppress(OSError):
        os.chdir(here)
    once(said=lambda line: None)


class _News:
    """What has ended in a storage since it was looked at last."""

    def __init__(self, storage: BaseStorage, name: str) -> None:
        self.storage, self.name = storage, name
        self.told = {trial._trial_id for _, trial in self._ended()}

    def tell(self, said: Said) -> None:
        """A line for each trial that has ended since."""
        for study, trial in self._ended():
            if trial._trial_id not in self.told:
                self.told.add(trial._trial_id)
                said(described(study, trial))

    def _ended(self) -> list[tuple[str, FrozenTrial]]:
        return [
            (study.study_name, trial)
            for study in self.storage.get_all_studies()
            if study.study_name.startswith(f"{self.name}-")
            for trial in self.storage.get_all_trials(study._study_id, deepcopy=False)
            if trial.state.is_finished()
        ]
