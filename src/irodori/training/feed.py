"""Samples for the colourist: a prepared drawing, hints as people give them, sometimes a palette."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import Dataset

from irodori.color.conditions import SLOTS, Grid, hint_channels, palette_slots
from irodori.color.hints import Dab, Hints, Stroke
from irodori.color.palette import Palette
from irodori.color.space import to_even
from irodori.training.prepare import STRIDE, Arrays

MOST_HINTS = 60
Sample = dict[str, Tensor]


class Prepared:
    """The drawings of one folder of arrays that `prepare` wrote, read from disk on demand."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._arrays = {path.stem: np.load(path, mmap_mode="r") for path in folder.glob("*.npy")}
        self.sources: NDArray[np.str_] = np.array(self._arrays["source"])
        self.ids: NDArray[np.str_] = np.array(self._arrays["id"])
        self.validation: NDArray[np.bool_] = np.array(self._arrays["validation"])

    def __reduce__(self) -> tuple[type[Prepared], tuple[Path]]:
        return Prepared, (self.folder,)

    def __len__(self) -> int:
        return len(self.sources)

    def aspect(self, index: int) -> float:
        """Width over height."""
        height, width = self._arrays["shape"][index]
        return float(width / height)

    def __getitem__(self, index: int) -> Arrays:
        height, width = (int(side) for side in self._arrays["shape"][index])
        rows, columns = height // STRIDE, width // STRIDE
        shapes = {"ink": (height, width), "target": (rows, columns, 3), "region_of": (-1,)}
        drawing = {}
        for key in ("ink", "target", "weight", "shade", "parts", "region_of"):
            ends = self._arrays[f"{key}_end"]
            start = int(ends[index - 1]) if index else 0
            flat = self._arrays[key][start : int(ends[index])]
            drawing[key] = flat.reshape(shapes.get(key, (rows, columns)))
        return drawing


@dataclass(frozen=True)
class Policy:
    """What samples are given.

    `unhinted`: share without hints; `palette`: shares with a palette, of those without hints and of
    those with; `augment`: another pen, crop, scheme; `hints`: a fixed number, for validation.
    """

    unhinted: float = 0.45
    palette: tuple[float, float] = (0.25, 0.65)
    augment: bool = True
    hints: int | None = None


class Samples(Dataset[Sample]):
    """Drawing `index` with fresh hints; the same sample for the same seed, epoch and index."""

    def __init__(
        self, prepared: Prepared, indices: NDArray[np.intp], policy: Policy, seed: int
    ) -> None:
        self.prepared, self.indices, self.policy, self.seed = prepared, indices, policy, seed

    def __len__(self) -> int:
        return len(self.indices)

    def __getitem__(self, position: int) -> Sample:
        random = np.random.default_rng((self.seed, position))
        drawing = self.prepared[int(self.indices[position])]
        hints_given = self.policy.hints != 0 and (
            self.policy.hints is not None or random.random() >= self.policy.unhinted
        )
        palette_given = random.random() < self.policy.palette[hints_given]
        if self.policy.augment:
            drawing = _augment(drawing, random, recolor=hints_given or palette_given)
        hints = _hints(drawing, random, self.policy.hints) if hints_given else Hints()
        palette = _palette(drawing, random) if palette_given else Palette.of([])
        return _sample(drawing, hints, palette)


def _sample(drawing: Arrays, hints: Hints, palette: Palette) -> Sample:
    ink = drawing["ink"].astype(np.float32) / 255
    height, width = drawing["parts"].shape
    coarse_ink = np.asarray(
        cv2.resize(ink, (width, height), interpolation=cv2.INTER_AREA), np.float32
    )
    parts = drawing["parts"].astype(np.int32)
    region_of = drawing["region_of"].astype(np.int32)
    channels = hint_channels(hints, Grid(parts, region_of, coarse_ink, ink.shape))
    flowing = channels[4:7] / np.maximum(channels[7:8], 1e-6)
    slots = palette_slots(palette, hints)
    return {
        "ink": torch.from_numpy(ink)[None],
        "hints": torch.from_numpy(channels),
        "palette": torch.from_numpy(slots),
        "palette_even": torch.from_numpy(to_even(slots[:, :3])),
        "flow_even": torch.from_numpy(
            to_even(flowing.transpose(1, 2, 0)).transpose(2, 0, 1).copy()
        ),
        "target_even": torch.from_numpy(
            to_even(drawing["target"].astype(np.float32) / 255).transpose(2, 0, 1).copy()
        ),
        "weight": torch.from_numpy(drawing["weight"].astype(np.float32) / 255)[None],
        "shade": torch.from_numpy(drawing["shade"].astype(np.float32) / 255)[None],
    }


def _augment(drawing: Arrays, random: np.random.Generator, *, recolor: bool) -> Arrays:
    out = dict(drawing)
    if random.random() < 0.3:
        out = _crop(out, random)
    if random.random() < 0.5:
        for key in ("ink", "target", "weight", "shade", "parts"):
            out[key] = np.ascontiguousarray(out[key][:, ::-1])
    out["ink"] = _another_pen(out["ink"], random)
    if recolor and random.random() < 0.5:
        out["target"] = _another_scheme(out["target"], random)
    return out


def _crop(drawing: Arrays, random: np.random.Generator) -> Arrays:
    rows, columns = drawing["parts"].shape
    height, width = (max(16, int(side * random.uniform(0.6, 1))) for side in (rows, columns))
    top = int(random.integers(0, max(1, rows - height + 1)))
    left = int(random.integers(0, max(1, columns - width + 1)))
    out = dict(drawing)
    for key in ("target", "weight", "shade", "parts"):
        out[key] = drawing[key][top : top + height, left : left + width]
    out["ink"] = drawing["ink"][
        top * STRIDE : (top + height) * STRIDE, left * STRIDE : (left + width) * STRIDE
    ]
    return out


def _another_pen(ink: NDArray[np.generic], random: np.random.Generator) -> NDArray[np.uint8]:
    """Thicker or thinner, softer, paler, or grained like pencil."""
    drawn: NDArray[Any] = np.asarray(ink, np.uint8)
    kind = random.random()
    if kind < 0.15:
        drawn = cv2.dilate(drawn, np.ones((2, 2), np.uint8))
    elif kind < 0.25:
        thin = cv2.erode(drawn, np.ones((2, 2), np.uint8))
        drawn = cv2.addWeighted(drawn, 0.5, thin, 0.5, 0)
    elif kind < 0.35:
        drawn = cv2.GaussianBlur(drawn, (0, 0), float(random.uniform(0.5, 1.2)))
    elif kind < 0.5:
        grain = cv2.GaussianBlur(random.random(drawn.shape, np.float32), (0, 0), 0.8)
        drawn = np.clip(drawn * (0.4 + 1.1 * grain), 0, 255).astype(np.uint8)
    if random.random() < 0.4:
        drawn = np.round(drawn * random.uniform(0.45, 1)).astype(np.uint8)
    return np.asarray(drawn, np.uint8)


def _another_scheme(target: NDArray[np.generic], random: np.random.Generator) -> NDArray[np.uint8]:
    """The same picture in other colours, so that hints and palette are followed, not habit."""
    hsv = cv2.cvtColor(np.ascontiguousarray(target, np.uint8), cv2.COLOR_RGB2HSV).astype(np.int32)
    hsv[..., 0] = (hsv[..., 0] + int(random.integers(0, 180))) % 180
    hsv[..., 1] = np.clip(hsv[..., 1] * random.uniform(0.7, 1.3), 0, 255)
    return np.asarray(cv2.cvtColor(hsv.astype(np.uint8), cv2.COLOR_HSV2RGB), np.uint8)


def _flat_cells(drawing: Arrays) -> NDArray[np.intp]:
    """Flat positions (n,) of cells off the lines whose colour is that of their surroundings."""
    target = np.ascontiguousarray(drawing["target"], np.uint8)
    uneven = cv2.absdiff(target, cv2.blur(target, (3, 3))).max(2)
    flat = (np.asarray(drawing["weight"], np.uint8) > 200) & (uneven < 12)
    if not flat.any():
        flat = np.asarray(drawing["weight"], np.uint8) > 0
    return np.flatnonzero(flat) if flat.any() else np.arange(flat.size)


def _hints(drawing: Arrays, random: np.random.Generator, count: int | None) -> Hints:
    cells = _flat_cells(drawing)
    if count is None:
        count = round(math.exp(random.uniform(0, math.log(MOST_HINTS))))
    parts = drawing["parts"].ravel()
    if random.random() < 0.4 and len(cells) > count:  # spread over parts, large ones first
        shuffled = random.permutation(cells)
        _, first, size = np.unique(parts[shuffled], return_index=True, return_counts=True)
        chosen = shuffled[first[np.argsort(-size * random.uniform(0.5, 1.5, len(size)))][:count]]
    else:
        chosen = random.choice(cells, count)
    marks = [_mark(int(cell), drawing, cells, random) for cell in chosen]
    return Hints(
        dabs=tuple(mark for mark in marks if isinstance(mark, Dab)),
        strokes=tuple(mark for mark in marks if isinstance(mark, Stroke)),
    )


def _mark(
    cell: int, drawing: Arrays, cells: NDArray[np.intp], random: np.random.Generator
) -> Dab | Stroke:
    columns = drawing["parts"].shape[1]
    x, y = _place(cell, columns, random)
    exact = drawing["target"].reshape(-1, 3)[cell].astype(float)
    color = np.clip(np.round(exact + random.normal(0, 2, 3) * (random.random() < 0.5)), 0, 255)
    r, g, b = (int(channel) for channel in color)
    radius = float(random.uniform(1.5, 8))
    if random.random() < 0.25:
        parts = drawing["parts"].ravel()
        same = cells[parts[cells] == parts[cell]]
        if len(same):
            end = int(random.choice(same))
            return Stroke(((x, y), _place(end, columns, random)), (r, g, b), min(radius, 4))
    return Dab(x, y, (r, g, b), radius)


def _place(cell: int, columns: int, random: np.random.Generator) -> tuple[float, float]:
    off = random.uniform(0, 1, 2) if random.random() > 0.05 else random.uniform(-1, 2, 2)
    return max(0.0, (cell % columns + off[0]) * STRIDE), max(
        0.0, (cell // columns + off[1]) * STRIDE
    )


def _palette(drawing: Arrays, random: np.random.Generator) -> Palette:
    """Colours of some parts, large ones likelier; now and then one that is not there."""
    cells = random.permutation(_flat_cells(drawing))
    numbers, first, size = np.unique(
        drawing["parts"].ravel()[cells], return_index=True, return_counts=True
    )
    count = min(int(random.integers(1, 11)), len(numbers))
    likely = np.sqrt(size) / np.sqrt(size).sum()
    chosen = cells[first[random.choice(len(numbers), count, replace=False, p=likely)]]
    colors = drawing["target"].reshape(-1, 3)[chosen].astype(float)
    colors = np.clip(np.round(colors + random.normal(0, 2, colors.shape)), 0, 255).astype(int)
    if random.random() < 0.2:
        colors = np.concatenate([colors, random.integers(0, 256, (1, 3))])
    return Palette.of([(int(r), int(g), int(b)) for r, g, b in colors[:SLOTS]])


def collate(samples: list[Sample]) -> Sample:
    """One batch, padded to the right and below: paper for the ink, weight 0 for the grid."""
    rows = max(sample["weight"].shape[1] for sample in samples)
    columns = max(sample["weight"].shape[2] for sample in samples)
    rows, columns = rows + -rows % 8, columns + -columns % 8
    batch: Sample = {}
    for key, first in samples[0].items():
        step = STRIDE if key == "ink" else 1
        if first.dim() < 3:
            batch[key] = torch.stack([sample[key] for sample in samples])
            continue
        batch[key] = torch.zeros(len(samples), first.shape[0], rows * step, columns * step)
        for position, sample in enumerate(samples):
            height, width = sample[key].shape[1:]
            batch[key][position, :, :height, :width] = sample[key]
    return batch
