"""Where a hint's colour flows: from its part over the neighbours, thin ink before thick.

Training and inference call the same function, on the same coarse grid on which the network decides.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_STEP = 0.15  # cost of any border between two parts, so that near parts are preferred
_OPEN = 0.05  # cost of a border inside one region, where no ink stands
_REACH = 1.5  # a flow that cost this much is e times weaker


def parts_on_grid(parts: NDArray[np.int32], height: int, width: int) -> NDArray[np.int32]:
    """Part numbers (H, W) sampled at the centres of a grid of `height` x `width` cells."""
    rows = ((np.arange(height) + 0.5) * parts.shape[0] / height).astype(np.intp)
    columns = ((np.arange(width) + 0.5) * parts.shape[1] / width).astype(np.intp)
    return np.ascontiguousarray(parts[rows[:, None], columns[None, :]])


def flow(
    hints: NDArray[np.float32],
    parts: NDArray[np.int32],
    region_of: NDArray[np.int32],
    ink: NDArray[np.float32],
) -> NDArray[np.float32]:
    """Hints spread over the parts of a drawing.

    hints: float32 (4, h, w), premultiplied RGB 0..1 and mask, as `Hints.rasterize` makes them.
    parts: int32 (h, w), part numbers on the same grid; region_of: (count + 1,). ink: float32 (h,
    w), 0..1.

    Returns float32 (4, h, w): RGB 0..1 times nearness, then nearness (1 in a part that holds a
    hint, 0 where no hint was given). Where one part holds several hints each cell takes the
    closest of them.
    """
    rows, columns = np.nonzero(hints[3] > 0.25)
    if not len(rows):
        rows, columns = np.nonzero(hints[3] > 0)
    if not len(rows):
        return np.zeros_like(hints)
    colors = (hints[:3, rows, columns] / hints[3, rows, columns]).T  # (n, 3)
    owner = parts[rows, columns]
    owners = np.flatnonzero(np.bincount(owner))
    source, cost = _nearest_source(owners, _borders(parts, region_of, ink), len(region_of))
    hint = _hint_of_cell(parts, source, rows, columns, owner)
    nearness = np.exp(-cost / _REACH).astype(np.float32)[parts]
    spread = np.empty_like(hints)
    spread[:3] = colors[hint].transpose(2, 0, 1) * nearness
    spread[3] = nearness
    return spread


def _borders(
    parts: NDArray[np.int32], region_of: NDArray[np.int32], ink: NDArray[np.float32]
) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.float64]]:
    """Pairs of touching parts, both ways, and what it costs to cross from one to the other."""
    sides = []
    for near, far, ink_near, ink_far in (
        (parts[:, :-1], parts[:, 1:], ink[:, :-1], ink[:, 1:]),
        (parts[:-1], parts[1:], ink[:-1], ink[1:]),
    ):
        differ = near != far
        sides.append((near[differ], far[differ], np.maximum(ink_near, ink_far)[differ]))
    a = np.concatenate([side[0] for side in sides]).astype(np.intp)
    b = np.concatenate([side[1] for side in sides]).astype(np.intp)
    barrier = np.concatenate([side[2] for side in sides])
    pair, index, length = np.unique(
        np.minimum(a, b) * len(region_of) + np.maximum(a, b),
        return_inverse=True,
        return_counts=True,
    )
    mean_ink = np.bincount(index, barrier, len(pair)) / length
    low, high = pair // len(region_of), pair % len(region_of)
    crossing = np.where(region_of[low] == region_of[high], _OPEN, mean_ink) + _STEP
    cost = crossing + 1.0 / (1.0 + length)
    return np.concatenate([low, high]), np.concatenate([high, low]), np.concatenate([cost, cost])


def _nearest_source(
    sources: NDArray[np.intp],
    borders: tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.float64]],
    size: int,
) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """For each part the cheapest source and its cost (Bellman-Ford, all borders at once)."""
    start, end, cost = borders
    best = np.full(size, np.inf)
    best[sources] = 0
    source = np.zeros(size, np.intp)
    source[sources] = sources
    for _ in range(size):
        offer = best[start] + cost
        lowest = best.copy()
        np.minimum.at(lowest, end, offer)
        better = lowest < best
        if not better.any():
            break
        chosen = better[end] & (offer == lowest[end])
        source[end[chosen]] = source[start[chosen]]
        best = lowest
    unreached = ~np.isfinite(best)
    source[unreached] = sources[0]
    best[unreached] = 1e3
    return source, best


def _hint_of_cell(
    parts: NDArray[np.int32],
    source: NDArray[np.intp],
    rows: NDArray[np.intp],
    columns: NDArray[np.intp],
    owner: NDArray[np.int32],
) -> NDArray[np.intp]:
    """Index of the hint cell that each cell of the grid follows, (h, w)."""
    followed = source[parts]  # (h, w): the part whose hint each cell follows
    hint = np.zeros(parts.shape, np.intp)
    for part in np.flatnonzero(np.bincount(owner)):
        inside = np.flatnonzero(owner == part)
        y, x = np.nonzero(followed == part)
        place = np.stack([rows[inside], columns[inside]]).astype(np.float32)
        apart = (place**2).sum(0) - 2 * (np.stack([y, x], 1).astype(np.float32) @ place)
        hint[y, x] = inside[apart.argmin(1)]
    return hint
