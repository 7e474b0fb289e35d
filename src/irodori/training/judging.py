"""How far a run's colorist is off on each drawing by itself, all drawings told the same."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray

from irodori.lab import error_analysis
from irodori.training.design import Design
from irodori.training.feed import Batch, Policy, Samples, collate
from irodori.training.inspection import Inspection
from irodori.training.validation import as_bytes, distances, extent

Progress: TypeAlias = Callable[[int, int, str], None]

HINTS = 3
"""Dabs that each drawing is given, where a design takes any."""

_BATCH = 8
_DRAWS = 2  # of hints for each drawing; its error is the mean


@dataclass(frozen=True, eq=False)
class Judged:
    """Some drawings of a side, by index into it, and what each got.

    errors, blanks: (n,) mean distance from the truth in even color, of ours and of white paper.
    """

    indices: NDArray[np.intp]
    errors: NDArray[np.float64]
    blanks: NDArray[np.float64]


def even_handed(design: Design) -> Policy:
    """What a design is told, the same for every drawing, so that luck with hints does not count."""
    policy = replace(design.policy, augment=False, fixed=True)
    hinted = policy.unhinted < 1
    palette = 1.0 if not hinted and max(policy.palette) > 0 else 0.0
    return replace(
        policy,
        unhinted=0.0 if hinted else 1.0,
        hints=HINTS if hinted else 0,
        palette=(palette, palette),
    )


def batches(look: Inspection, side: str, indices: Sequence[int], draw: int = 0) -> Iterator[Batch]:
    """These drawings of a side in batches of like shape; "entry" holds their indices."""
    samples = Samples(look.sides[side], even_handed(look.design), look.run.recipe.seed + draw)
    drawings = look.sides[side]
    ordered = sorted(indices, key=drawings.aspect)
    for start in range(0, len(ordered), _BATCH):
        yield collate([samples[index, index] for index in ordered[start : start + _BATCH]])


def judge(
    look: Inspection, side: str, indices: Sequence[int], progress: Progress | None = None
) -> Judged:
    """The errors of these drawings; draws of hints are averaged."""
    sums: dict[int, NDArray[np.float64]] = {}
    done = 0
    for draw in range(_DRAWS):
        for batch in batches(look, side, indices, draw):
            with torch.no_grad():
                answer = look.call(look.network, batch)
                picture = look.design.picture(answer, batch).float().clamp(0, 1)
            parts = np.stack(distances(picture, batch), 1).astype(float)
            for index, own in zip(batch["entry"].tolist(), parts, strict=True):
                sums[int(index)] = sums.get(int(index), np.zeros(3)) + own
            done += len(parts)
            if progress:
                progress(done, _DRAWS * len(indices), f"errors of {side}")
    order = sorted(sums)
    table = np.array([sums[index] for index in order]).reshape(-1, 3)
    weight = np.maximum(table[:, 2], 1e-9)
    return Judged(np.array(order, np.intp), table[:, 0] / weight, table[:, 1] / weight)


def features(look: Inspection, side: str, indices: Sequence[int]) -> NDArray[np.float32]:
    """What the network's bottleneck sees in each of these drawings, (n, C), in order of indices."""
    order: list[int] = []

    def listed() -> Iterator[Batch]:
        for batch in batches(look, side, indices):
            order.extend(int(index) for index in batch["entry"].tolist())
            yield batch

    found = error_analysis.features(look.network, listed(), call=look.call)
    place = {index: row for row, index in enumerate(order)}
    return found[[place[index] for index in indices]]


def pictures(
    look: Inspection, side: str, indices: Sequence[int]
) -> dict[int, tuple[NDArray[np.uint8], ...]]:
    """Drawing, ours and truth of each, uint8 (H, W, 3), by index."""
    found: dict[int, tuple[NDArray[np.uint8], ...]] = {}
    for batch in batches(look, side, indices):
        with torch.no_grad():
            ours = look.picture(look.network, batch)
        for number, index in enumerate(batch["entry"].tolist()):
            shape = extent(batch, number)
            shown = (1 - batch["ink"][number], ours[number], batch["color"][number])
            found[int(index)] = tuple(as_bytes(each, *shape) for each in shown)
    return found
