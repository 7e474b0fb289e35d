"""Do the loader's workers draw the same random numbers? Asked by loading one sample many times."""

from __future__ import annotations

from typing import Any

import torch
from torch.utils.data import DataLoader, IterableDataset

from irodori.lab.doctor.case import Case
from irodori.lab.doctor.finding import Suspicion
from irodori.lab.doctor.inputs import _equal


def look(case: Case) -> list[Suspicion]:
    """Two workers that give the same random version of a sample."""
    loader = case.loader
    if not isinstance(loader, DataLoader) or loader.num_workers < 2:
        return []
    if isinstance(loader.dataset, IterableDataset):
        return _same_stream(case)
    try:
        first, second, within = _batches(loader)
    except Exception as error:
        case.limits.append(f"the loader's workers were not compared: {type(error).__name__}")
        return []
    case.checked.append("loader workers draw random numbers of their own")
    if not within or not _equal(first, second):
        return []
    return [
        _suspicion(
            f"one sample loaded in two of {loader.num_workers} workers: the random "
            "version is the same to the last digit, in one worker it differs"
        )
    ]


def _suspicion(evidence: str) -> Suspicion:
    return Suspicion(
        code="workers-repeat",
        family="data-loading",
        title="The loader's workers all draw the same random numbers",
        evidence=[evidence],
        cause="Each worker is a copy of the process, generators included, and repeats the others.",
        remedy="DataLoader(..., worker_init_fn=lambda i: rng.seed(torch.initial_seed() % 2**32))",
        where="train_loader",
        weight=1.0,
        certain=True,
    )


def _batches(loader: DataLoader[Any]) -> tuple[Any, Any, bool]:
    """One batch of each of two workers, and whether samples within a batch differ."""
    again = DataLoader(
        loader.dataset,  # itself, not a wrapper: worker_init_fn may reach for it
        batch_sampler=[[0] * 4, [0] * 4],
        num_workers=2,
        collate_fn=loader.collate_fn,
        worker_init_fn=loader.worker_init_fn,
        multiprocessing_context=loader.multiprocessing_context,
        generator=torch.Generator().manual_seed(0),
        timeout=15,
    )
    got = list(again)
    single = next(iter(_samples(got[0])), None)
    differs = single is not None and not bool((single == single[:1]).all())
    return got[0], got[1], differs


def _samples(batch: Any) -> list[torch.Tensor]:
    from irodori.lab.doctor.ops import tensors_of

    return [t for t in tensors_of(batch) if t.ndim and len(t) == 4]


def _same_stream(case: Case) -> list[Suspicion]:
    """An iterable data set that gives every worker the whole stream."""
    batches = case.data.first
    pairs = list(zip(batches[::2], batches[1::2], strict=False))
    same = sum(_equal(a, b) for a, b in pairs)
    if len(pairs) < 2 or same < 0.8 * len(pairs):
        return []
    return [_suspicion(f"{same} of {len(pairs)} batches come twice, once from each worker")]
