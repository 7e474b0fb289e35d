"""What the painter is told besides the ink: hints, where they flow, the palette's slots.

Training and inference build it here, so that the network meets in use what it met when it learnt.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from irodori.color.flood import Relief
from irodori.color.hints import RGB, Hints
from irodori.color.palette import Palette
from irodori.color.propagation import nearness, parts_on_grid
from irodori.color.space import to_even

SLOTS = 16
FAINT = 0.05
"""Ink below it is paper: a scan's noise, invisible to people, which a network takes for lines."""

_HINT_WEIGHT = 0.5  # tells a colour that was painted somewhere from one that the palette asks for


@dataclass(frozen=True, eq=False)
class Grid:
    """A drawing on the painter's grid of h x w cells.

    `parts`: int32 (h, w), part numbers; `region_of`: int32 (count + 1,), the region of each part;
    `ink`: float32 (h, w), mean ink 0..1; `drawing_size`: (height, width) that hints are given in;
    `relief`: of the same drawing, on which their colors flow.
    """

    parts: NDArray[np.int32]
    region_of: NDArray[np.int32]
    ink: NDArray[np.float32]
    drawing_size: tuple[int, int]
    relief: Relief


def without_noise(ink: NDArray[Any]) -> NDArray[np.float32]:
    """Ink 0..1 as the network is shown it, the faintest taken for paper."""
    return np.asarray(np.where(ink < FAINT, 0, ink), np.float32)


def hint_channels(hints: Hints, grid: Grid) -> NDArray[np.float32]:
    """float32 (8, h, w): hints as rasterised (premultiplied RGB, mask), then as they flow."""
    height, width = grid.parts.shape
    if not hints:
        return np.zeros((8, height, width), np.float32)
    painted = hints.rasterize(
        height, width, drawing_height=grid.drawing_size[0], drawing_width=grid.drawing_size[1]
    )
    near = nearness(painted[3], grid.parts, grid.region_of, grid.ink)
    return np.concatenate([painted, flowing_colors(hints, grid) * near, near[None]])


def flowing_colors(hints: Hints, grid: Grid) -> NDArray[np.float32]:
    """float32 (3, h, w), RGB 0..1: of the hint that would flood each cell of the grid."""
    relief = grid.relief
    marks = hints.middles().labels(*relief.ink.shape, drawing=grid.drawing_size)
    flooded = parts_on_grid(relief.flood(marks), *grid.parts.shape)
    colors = np.array([(0, 0, 0), *hints.colors()], np.float32) / np.float32(255)
    return np.asarray(colors[flooded].transpose(2, 0, 1), np.float32)


def palette_slots(palette: Palette, hints: Hints) -> NDArray[np.float32]:
    """float32 (16, 4), RGB 0..1 and weight: the palette, then colours of hints.

    Of more hints' colors than there are slots left, those that lie farthest apart.
    """
    slots = palette.array().copy()
    free = np.flatnonzero(slots[:, 3] == 0)
    said = {tuple(np.round(row[:3] * 255).astype(int)) for row in slots[slots[:, 3] > 0]}
    fresh: list[RGB] = [color for color in hints.colors() if color not in said]
    for slot, color in zip(free, _apart(fresh, len(free)), strict=False):
        slots[slot] = (*(channel / 255 for channel in color), _HINT_WEIGHT)
    return slots


def _apart(colors: list[RGB], count: int) -> list[RGB]:
    """`count` colors, each the farthest from those before it (Gonzalez, 1985), or all."""
    if len(colors) <= count:
        return colors
    even = to_even(np.array(colors) / 255)
    chosen, distance = [0], np.linalg.norm(even - even[0], axis=1)
    while len(chosen) < count:
        chosen.append(int(distance.argmax()))
        distance = np.minimum(distance, np.linalg.norm(even - even[chosen[-1]], axis=1))
    return [colors[index] for index in chosen]
