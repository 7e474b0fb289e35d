"""Where two colors meet inside one part: in the ink of a line if one is near.

Votes are coarse: a cell of the painter's grid is many pixels of a large drawing, and lines are
thin. So colors keep only what lies a cell away from where they met, and grow back from there.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from irodori.color.regions import grow

_ISLAND = 0.25
"""An area without a mark is an island if it is smaller than this share of the largest with one."""

_ELSEWHERE = 1  # the number, for `grow`, of what lies outside a part


def drawn_into_the_ink(
    index: NDArray[np.int32],
    inside: NDArray[np.bool_],
    painted: NDArray[np.int32],
    ink: NDArray[np.float32],
    reach: int,
) -> NDArray[np.int32]:
    """Moves the seams of a divided part by up to `reach` pixels, onto lines: index, int32 (h, w).

    index: int32 (h, w), the color of each pixel; inside: bool (h, w), the part; painted: int32 (h,
    w), the color painted there, which stays, -1 for none; ink: float32 (h, w), 0..1.
    """
    met = _seams(index, inside)
    if not met.any():
        return index
    box = _around(met, reach + 1)
    near = cv2.distanceTransform((~met[box]).view(np.uint8), cv2.DIST_L2, 3) <= reach
    free = near & inside[box] & (painted[box] < 0)
    cores = np.where(inside[box], index[box] + _ELSEWHERE + 1, _ELSEWHERE).astype(np.int32)
    cores[free] = 0
    grown = grow(cores, ink[box]) - _ELSEWHERE - 1
    moved = index.copy()
    np.copyto(moved[box], grown, where=free & (grown >= 0))
    return moved


def without_islands(
    index: NDArray[np.int32],
    inside: NDArray[np.bool_],
    painted: NDArray[np.int32],
    colors: NDArray[np.int32],
) -> NDArray[np.int32]:
    """Gives small areas of some colors, (k,), that have no mark to what is around them.

    The arrays are those of `drawn_into_the_ink`.
    """
    island = np.zeros(index.shape, np.bool_)
    for color in colors.tolist():
        here = (index == color) & inside
        box = _around(here)
        island[box] |= _unmarked(here[box], painted[box] == color)
    if not island.any():
        return index
    box = _around(island)
    kept = inside[box] & ~island[box]
    if not kept.any():
        return index
    _, nearest = cv2.distanceTransformWithLabels(
        (~kept).view(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    color_of = np.zeros(int(nearest.max()) + 1, np.int32)
    color_of[nearest[kept]] = index[box][kept]
    joined = index.copy()
    np.copyto(joined[box], color_of[nearest], where=island[box])
    return joined


def _unmarked(here: NDArray[np.bool_], mark: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The small areas of one color, bool (h, w), that none of its marks lies in."""
    count, area, stats, _ = cv2.connectedComponentsWithStats(here.view(np.uint8), connectivity=4)
    marked = np.zeros(count, np.bool_)
    marked[area[mark]] = True
    marked[0] = False
    size = stats[:, cv2.CC_STAT_AREA]
    small = ~marked & (size < _ISLAND * size[marked].max(initial=0))
    small[0] = False
    return small[area] if small.any() else np.zeros_like(here)


def _seams(index: NDArray[np.int32], inside: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Pixels of a part whose neighbor below or to the right, in the part, has another color."""
    met = np.zeros(index.shape, np.bool_)
    met[:-1] |= (index[:-1] != index[1:]) & inside[:-1] & inside[1:]
    met[:, :-1] |= (index[:, :-1] != index[:, 1:]) & inside[:, :-1] & inside[:, 1:]
    return met


def _around(some: NDArray[np.bool_], margin: int = 1) -> tuple[slice, slice]:
    """The box around the pixels that are set, and so many more where there are any."""
    x, y, width, height = cv2.boundingRect(some.view(np.uint8))
    rows = slice(max(0, y - margin), y + height + margin)
    return rows, slice(max(0, x - margin), x + width + margin)
