"""Hints obeyed to the pixel: which parts of a drawing are decided by what the artist painted.

A mark decides the parts that its middle touches, not those that its rim laps over, since a dab is
often a little larger than the sleeve it is meant for. Where marks of several colours share a
part, each pixel takes the nearest.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from irodori.color.hints import RGB, Hints

_THIN = 0.1  # pixels


@dataclass(frozen=True, eq=False)
class Orders:
    """What hints settle.

    `part`: int32 (k,), the hinted parts; `color`: int32 (k,), for each an index into `colors`, or
    -1 where several colours share the part; `middles`: int32 (H, W), 1 + the index into `colors` of
    the mark whose middle lies there, 0 elsewhere.
    """

    part: NDArray[np.int32]
    color: NDArray[np.int32]
    colors: list[RGB]
    middles: NDArray[np.int32]


def orders(hints: Hints, parts: NDArray[np.int32], count: int) -> Orders:
    """The parts (numbers 1 … count in `parts`, int32 (H, W)) that `hints` settle."""
    colors = hints.colors()
    labels = _middles(hints).labels(*parts.shape)
    rows, columns = np.nonzero(labels)
    pairs = np.unique(np.stack([parts[rows, columns], labels[rows, columns] - 1], 1), axis=0)
    part, first, times = np.unique(pairs[:, 0], return_index=True, return_counts=True)
    color = np.where(times == 1, pairs[first, 1], -1)
    return Orders(part.astype(np.int32), color.astype(np.int32), colors, labels)


def _middles(hints: Hints) -> Hints:
    """The same marks as thin as they can be."""
    return replace(
        hints,
        dabs=tuple(replace(dab, radius=_THIN) for dab in hints.dabs),
        strokes=tuple(replace(stroke, radius=_THIN) for stroke in hints.strokes),
    )


def share_part(
    part: int,
    parts: NDArray[np.int32],
    painted: NDArray[np.int32],
    middles: NDArray[np.int32],
) -> tuple[tuple[slice, slice], NDArray[np.bool_], NDArray[np.int32]]:
    """Divides one part between the hints whose middles lie in it, each pixel to the nearest.

    parts, painted, middles: int32 (H, W), part numbers, hint labels as painted and of their middles.

    Returns the box around the part, where in the box the part lies (bool), and the hint label of
    each pixel of the box (int32, 1 … colours).
    """
    rows = np.flatnonzero((parts == part).any(1))
    columns = np.flatnonzero((parts[rows[0] : rows[-1] + 1] == part).any(0))
    box = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
    inside = parts[box] == part
    meant = np.isin(painted[box], np.unique(middles[box][inside & (middles[box] > 0)]))
    seeds = np.where(inside & meant, painted[box], 0)
    _, nearest = cv2.distanceTransformWithLabels(
        (seeds == 0).astype(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    label_of = np.zeros(int(nearest.max()) + 1, np.int32)
    label_of[nearest[seeds > 0]] = seeds[seeds > 0]
    return box, inside, label_of[nearest]
