"""Plays the artist: hints and palettes as people give them, taken from the true colors."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from irodori.color.conditions import SLOTS
from irodori.color.hints import Dab, Hints, Stroke
from irodori.color.palette import Palette
from irodori.training.cells import Cells
from irodori.training.drawings import STRIDE

MOST_HINTS = 60


def give_hints(cells: Cells, random: np.random.Generator, count: int | None) -> Hints:
    """`count` dabs and strokes (None: 1 to 60, fewer likelier), some displaced, some color off."""
    flat = cells.flat()
    if count is None:
        count = round(math.exp(random.uniform(0, math.log(MOST_HINTS))))
    parts = cells.parts.ravel()
    if random.random() < 0.4 and len(flat) > count:  # spread over parts, large ones first
        shuffled = random.permutation(flat)
        _, first, size = np.unique(parts[shuffled], return_index=True, return_counts=True)
        chosen = shuffled[first[np.argsort(-size * random.uniform(0.5, 1.5, len(size)))][:count]]
    else:
        chosen = random.choice(flat, count)
    marks = [_mark(int(cell), cells, flat, random) for cell in chosen]
    return Hints(
        dabs=tuple(mark for mark in marks if isinstance(mark, Dab)),
        strokes=tuple(mark for mark in marks if isinstance(mark, Stroke)),
    )


def give_palette(cells: Cells, random: np.random.Generator) -> Palette:
    """Colors of some parts, large ones likelier; now and then one that is not there."""
    chosen = _some_parts(cells, random, int(random.integers(1, 11)))
    colors = cells.color.reshape(-1, 3)[chosen]
    colors = np.clip(np.round(colors + random.normal(0, 2, colors.shape)), 0, 255).astype(int)
    if random.random() < 0.2:
        colors = np.concatenate([colors, random.integers(0, 256, (1, 3))])
    return Palette.of([(int(r), int(g), int(b)) for r, g, b in colors[:SLOTS]])


def true_palette(cells: Cells) -> NDArray[np.float32]:
    """float32 (16, 4): RGB in 0..1 of the colors that cover most, and their share of the area.

    Colors closer than a sixteenth of the range in each channel count as one.
    """
    flat = cells.flat()
    colors = cells.color.reshape(-1, 3)[flat]
    _, owner, count = np.unique(
        (colors // 16).astype(int), axis=0, return_inverse=True, return_counts=True
    )
    owner = owner.ravel()
    out = np.zeros((SLOTS, 4), np.float32)
    for slot, number in enumerate(np.argsort(-count, kind="stable")[:SLOTS]):
        out[slot, :3] = colors[owner == number].mean(0) / 255
        out[slot, 3] = count[number] / len(flat)
    return out


def _some_parts(cells: Cells, random: np.random.Generator, count: int) -> NDArray[np.intp]:
    flat = random.permutation(cells.flat())
    numbers, first, size = np.unique(
        cells.parts.ravel()[flat], return_index=True, return_counts=True
    )
    likely = np.sqrt(size) / np.sqrt(size).sum()
    count = min(count, len(numbers))
    return np.asarray(flat[first[random.choice(len(numbers), count, replace=False, p=likely)]])


def _mark(
    cell: int, cells: Cells, flat: NDArray[np.intp], random: np.random.Generator
) -> Dab | Stroke:
    columns = cells.parts.shape[1]
    x, y = _place(cell, columns, random)
    exact = np.round(cells.color.reshape(-1, 3)[cell].astype(float))
    color = np.clip(np.round(exact + random.normal(0, 2, 3) * (random.random() < 0.5)), 0, 255)
    r, g, b = (int(channel) for channel in color)
    radius = float(random.uniform(1.5, 8))
    if random.random() < 0.25:
        parts = cells.parts.ravel()
        same = flat[parts[flat] == parts[cell]]
        if len(same):
            end = int(random.choice(same))
            return Stroke(((x, y), _place(end, columns, random)), (r, g, b), min(radius, 4))
    return Dab(x, y, (r, g, b), radius)


def _place(cell: int, columns: int, random: np.random.Generator) -> tuple[float, float]:
    off = random.uniform(0, 1, 2) if random.random() > 0.05 else random.uniform(-1, 2, 2)
    return max(0.0, (cell % columns + off[0]) * STRIDE), max(
        0.0, (cell // columns + off[1]) * STRIDE
    )
