"""How near a hint is: from its part over the neighbours, thin ink before thick.

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


def nearness(
    painted: NDArray[np.float32],
    parts: NDArray[np.int32],
    region_of: NDArray[np.int32],
    ink: NDArray[np.float32],
) -> NDArray[np.float32]:
    """How near the closest hint is, by way of the parts of a drawing.

    painted: float32 (h, w), the mask 0..1 that `Hints.rasterize` makes. parts: int32 (h, w), part
    numbers on the same grid; region_of: (count + 1,). ink: float32 (h, w), 0..1.

    Returns float32 (h, w): 1 in a part that holds a hint, 0 where no hint was given.
    """
    rows, columns = np.nonzero(painted > 0.25)
    if not len(rows):
        rows, columns = np.nonzero(painted > 0)
    if not len(rows):
        return np.zeros_like(painted)
    owners = np.flatnonzero(np.bincount(parts[rows, columns]))
    cost = _cost(owners, _borders(parts, region_of, ink), len(region_of))
    return np.exp(-cost / _REACH).astype(np.float32)[parts]


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


def _cost(
    sources: NDArray[np.intp],
    borders: tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.float64]],
    size: int,
) -> NDArray[np.float64]:
    """Of the cheapest way to a source, for each part (Bellman-Ford, all borders at once)."""
    start, end, cost = borders
    best = np.full(size, np.inf)
    best[sources] = 0
    for _ in range(size):
        lowest = best.copy()
        np.minimum.at(lowest, end, best[start] + cost)
        if (lowest == best).all():
            break
        best = lowest
    best[~np.isfinite(best)] = 1e3
    return best
