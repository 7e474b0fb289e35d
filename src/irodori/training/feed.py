"""Batches without end: drawings in an order made by a seed, each with fresh hints and palette.

Which sample comes where depends on seed and position alone, so a run that goes on from a step reads
what it would have read, whatever the number of workers.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from irodori.collection.dataset import draw_by_weight
from irodori.color.conditions import Grid, hint_channels, palette_slots, without_noise
from irodori.color.flood import Relief
from irodori.color.hints import Hints
from irodori.color.palette import Palette
from irodori.color.space import to_even
from irodori.training.artist import give_hints, give_palette, true_palette
from irodori.training.augment import CONTRAST_FROM, INK_FROM, augment, with_inside
from irodori.training.cells import Cells, on_grid
from irodori.training.drawings import STRIDE, Arrays, Drawings

Batch = dict[str, Tensor]
Key = tuple[int, int]
"""Position in the endless order, and index of the drawing's entry."""

_WINDOW = 16  # batches over which drawings are sorted by shape, so that little is padding


@dataclass(frozen=True)
class Policy:
    """What samples are given.

    unhinted: share without hints; palette: shares with a palette, of those without hints and of
    those with; augment: another view, pen, scheme; contrast_from, ink_from: how far it may fade
    colors and lines; hints: a fixed number, for validation; fixed:
    a drawing has the same hints and palette whenever it comes.
    """

    unhinted: float = 0.45
    palette: tuple[float, float] = (0.25, 0.65)
    augment: bool = True
    contrast_from: float = CONTRAST_FROM
    ink_from: float = INK_FROM
    hints: int | None = None
    fixed: bool = False


class Samples(Dataset[Batch]):
    """A drawing with fresh hints; the same for the same seed and key."""

    def __init__(self, drawings: Drawings, policy: Policy, seed: int) -> None:
        self.drawings, self.policy, self.seed = drawings, policy, seed

    def __getitem__(self, key: Key) -> Batch:
        position, index = key
        chance = index if self.policy.fixed else position
        random = np.random.default_rng((self.seed, chance))
        drawing = self.drawings.read(index, int(random.integers(1 << 16)))
        policy = self.policy
        hinted = policy.hints != 0 and (
            policy.hints is not None or random.random() >= policy.unhinted
        )
        with_palette = random.random() < policy.palette[hinted]
        if policy.augment:
            drawing = augment(
                drawing,
                random,
                recolor=hinted or with_palette,
                contrast_from=policy.contrast_from,
                ink_from=policy.ink_from,
            )
        else:
            drawing = with_inside(drawing)
        cells = on_grid(drawing)
        hints = give_hints(cells, random, policy.hints) if hinted else Hints()
        palette = give_palette(cells, random) if with_palette else Palette.of([])
        sample = make_sample(drawing, cells, hints, palette)
        return sample | {"entry": torch.tensor(index)}


def make_sample(drawing: Arrays, cells: Cells, hints: Hints, palette: Palette) -> Batch:
    """All that networks and losses want, float32, axes (C, H, W), colors in 0..1.

    ink (1), color (3), weight (1), 0 on lines and outside: H x W. hints (8), cell_color (3),
    cell_even (3), flow_even (3), cell_weight (1), shade (1): h x w = H/4 x W/4; `even` are even
    coordinates, flow the hint that flows there. palette, true_palette (16, 4);
    palette_even (16, 3).
    """
    ink = without_noise(drawing["ink"].astype(np.float32) / 255)
    rows, columns = cells.parts.shape
    coarse = np.asarray(cv2.resize(ink, (columns, rows), interpolation=cv2.INTER_AREA), np.float32)
    region_of = drawing["region_of"].astype(np.int32)
    grid = Grid(cells.parts, region_of, coarse, ink.shape, Relief(ink))
    channels = hint_channels(hints, grid)
    flowing = channels[4:7] / np.maximum(channels[7:8], 1e-6)
    slots = palette_slots(palette, hints)
    even = to_even(cells.color / 255)
    arrays = {
        "ink": ink[None],
        "color": drawing["color"].transpose(2, 0, 1).astype(np.float32) / 255,
        "weight": cells.off_line[None],
        "hints": channels,
        "palette": slots,
        "true_palette": true_palette(cells),
        "palette_even": to_even(slots[:, :3]),
        "cell_color": (cells.color / 255).transpose(2, 0, 1),
        "cell_even": even.transpose(2, 0, 1),
        "flow_even": to_even(flowing.transpose(1, 2, 0)).transpose(2, 0, 1),
        "cell_weight": cells.weight[None],
        "shade": cells.shade[None],
    }
    return {key: torch.from_numpy(np.array(array, np.float32)) for key, array in arrays.items()}


def collate(samples: list[Batch]) -> Batch:
    """One batch, padded to the right and below with 0: paper for the ink, weight 0."""
    rows = max(sample["hints"].shape[1] for sample in samples)
    columns = max(sample["hints"].shape[2] for sample in samples)
    rows, columns = rows + -rows % 8, columns + -columns % 8
    batch: Batch = {}
    for key, first in samples[0].items():
        if first.dim() < 3:
            batch[key] = torch.stack([sample[key] for sample in samples])
            continue
        step = STRIDE if key in ("ink", "color", "weight") else 1
        batch[key] = torch.zeros(len(samples), first.shape[0], rows * step, columns * step)
        for position, sample in enumerate(samples):
            height, width = sample[key].shape[1:]
            batch[key][position, :, :height, :width] = sample[key]
    return batch


class Order:
    """Batches of keys without end; iterating begins at batch `start`, and takes every `every`-th.

    Each epoch draws the drawings by their weights. Batches hold drawings of like shape.
    """

    def __init__(
        self, drawings: Drawings, batch: int, seed: int, *, start: int = 0, every: int = 1
    ) -> None:
        self.drawings, self.batch, self.seed = drawings, batch, seed
        self.start, self.every = start, every
        self._weights = np.array([entry.weight for entry in drawings.entries], float)
        self._epochs: dict[int, NDArray[np.intp]] = {}

    def __iter__(self) -> Iterator[list[Key]]:
        number, window = self.start, -1
        batches: list[list[Key]] = []
        while True:
            if number // _WINDOW != window:
                window = number // _WINDOW
                batches = self._window(window)
            yield batches[number % _WINDOW]
            number += self.every

    def _window(self, window: int) -> list[list[Key]]:
        length = _WINDOW * self.batch
        positions = range(window * length, (window + 1) * length)
        keys = sorted(
            ((position, self._entry(position)) for position in positions),
            key=lambda key: self.drawings.aspect(key[1]),
        )
        turns = np.random.default_rng((self.seed, window, 2)).permutation(_WINDOW)
        return [keys[turn * self.batch : (turn + 1) * self.batch] for turn in turns.tolist()]

    def _entry(self, position: int) -> int:
        length = max(1, round(float(self._weights.sum())))
        epoch, place = divmod(position, length)
        if epoch not in self._epochs:
            random = np.random.default_rng((self.seed, epoch, 1))
            self._epochs = {epoch: random.permutation(draw_by_weight(self._weights, random))}
        return int(self._epochs[epoch][place])


def stream(samples: Samples, order: Order, workers: int) -> DataLoader[Batch]:
    """Batches from the order's start on, made by `workers` processes (0: by this one)."""
    return DataLoader(
        samples,
        batch_sampler=order,
        collate_fn=collate,
        num_workers=workers,
        prefetch_factor=4 if workers else None,
        worker_init_fn=_start_worker,
        # A forked worker hangs on the parent's thread pools.
        multiprocessing_context="spawn" if workers else None,
        generator=torch.Generator().manual_seed(samples.seed),
    )


def _start_worker(worker: int) -> None:
    import random

    cv2.setNumThreads(1)
    torch.set_num_threads(1)
    seed = torch.initial_seed() % 2**32  # the loader's, and different for each worker
    random.seed(seed)
    np.random.seed(seed)


def fixed_batches(samples: Samples, count: int, batch: int, *, spread_seed: int = 0) -> list[Batch]:
    """The same `count` drawings (or all there are) with the same hints at every call."""
    drawings = samples.drawings
    chosen = np.random.default_rng(spread_seed).permutation(len(drawings))[:count]
    keys = sorted(
        ((int(index), int(index)) for index in chosen), key=lambda key: drawings.aspect(key[1])
    )
    return [
        collate([samples[key] for key in keys[start : start + batch]])
        for start in range(0, len(keys), batch)
    ]
