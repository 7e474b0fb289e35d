"""Hints obeyed to the pixel: which parts of a drawing are decided by what the artist painted.

A mark decides the parts that its middle touches, not those that its rim laps over, since a dab is
often a little larger than the sleeve it is meant for. Where marks of several colours share a
part, each pixel takes the nearest.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from irodori.color.flood import Relief
from irodori.color.hints import RGB, Hints
from irodori.color.propagation import parts_on_grid

# Over this share of the long side a hint loses as much as by being leaned to e times less.
_REACH = 0.3

PAPER_MARGIN = 2.5
"""How many e-foldings the leaning to paper must exceed that to a hint on paper's own part."""

_POURED = 2.0  # e-foldings that a hint loses where the flood of another arrives first

_SCORED = 640  # pixels: longest side of the grid on which a box is scored

_DOUBT = 0.05  # leaning that the network is never denied


@dataclass(frozen=True, eq=False)
class Orders:
    """What hints settle.

    `part`: int32 (k,), the hinted parts; `color`: int32 (k,), for each an index into `colors`, or
    -1 where several colours share the part; `pairs`: int32 (m, 2), every part with every index of a
    colour whose middle lies in it.
    """

    part: NDArray[np.int32]
    color: NDArray[np.int32]
    colors: list[RGB]
    pairs: NDArray[np.int32]

    def rivals(self, part: int) -> NDArray[np.int32]:
        """Indices into `colors` of those that meet in one part."""
        return np.asarray(self.pairs[self.pairs[:, 0] == part, 1], np.int32)


def orders(hints: Hints, parts: NDArray[np.int32]) -> Orders:
    """The parts, numbered in `parts` int32 (H, W), that `hints` settle."""
    colors = hints.colors()
    labels = hints.middles().labels(*parts.shape)
    rows, columns = np.nonzero(labels)
    said = parts[rows, columns].astype(np.int64) * len(colors) + labels[rows, columns] - 1
    # Counting them, too, spares the import of masked arrays, a fiftieth of a whole coloring.
    met, _ = np.unique(said, return_counts=True)
    pairs = np.stack(divmod(met, max(1, len(colors))), 1)
    part, first, times = np.unique(pairs[:, 0], return_index=True, return_counts=True)
    color = np.where(times == 1, pairs[first, 1], -1)
    return Orders(part.astype(np.int32), color.astype(np.int32), colors, pairs.astype(np.int32))


def share_part(
    part: int,
    parts: NDArray[np.int32],
    painted: NDArray[np.int32],
    rivals: NDArray[np.int32],
    leaning: NDArray[np.float32],
    *,
    ink: NDArray[np.float32],
    paper_may_stay: bool,
) -> tuple[tuple[slice, slice], NDArray[np.bool_], NDArray[np.int32]]:
    """Divides one part between the hints whose middles lie in it.

    A pixel takes a hint that is near, whose flood comes first and that the network leans to there.
    parts, painted: int32 (H, W), part numbers, and 1 + the index of the colour painted; rivals:
    indices of the colours that meet; leaning: float32 (colours + 1, h, w) in 0..1 on the painter's
    grid, the last to white; ink: float32 (H, W), 0..1. paper_may_stay: pixels may take that last
    one too, where the network leans to it by far.

    Returns the box around the part, where in the box the part lies (bool), and the index of the
    colour of each pixel of the box (int32).
    """
    rows = np.flatnonzero((parts == part).any(1))
    columns = np.flatnonzero((parts[rows[0] : rows[-1] + 1] == part).any(0))
    box = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
    inside = parts[box] == part
    painted_here = np.where(inside, painted[box], 0) - 1
    flooded = _flooded(np.where(inside, ink[box], 1), painted_here, rivals)
    best = np.full(inside.shape, -np.inf, np.float32)
    index = np.zeros(inside.shape, np.int32)
    paper = [len(leaning) - 1] if paper_may_stay else []
    for rival in [*rivals.tolist(), *paper]:
        here = None if rival in paper else painted_here == rival
        score = _score(leaning[rival], here, box, parts.shape)
        if here is not None:
            score -= np.float32(_POURED) * (flooded != rival)
        better = score > best
        np.copyto(best, score, where=better)
        np.copyto(index, np.int32(rival), where=better)
    for rival in rivals.tolist():  # what was painted stands, whatever is near
        np.copyto(index, np.int32(rival), where=painted_here == rival)
    return box, inside, index


def _flooded(
    ink: NDArray[np.floating], painted: NDArray[np.int32], rivals: NDArray[np.int32]
) -> NDArray[np.int32]:
    """The rival whose color, poured where it was painted, comes first: int32 (H, W)."""
    relief = Relief(np.asarray(ink, np.float32))
    rows, columns = np.nonzero(np.isin(painted, rivals))
    down, across = (small / large for small, large in zip(relief.ink.shape, ink.shape, strict=True))
    marks = np.zeros(relief.ink.shape, np.int32)
    marks[(rows * down).astype(np.intp), (columns * across).astype(np.intp)] = (
        painted[rows, columns] + 1
    )
    return parts_on_grid(relief.flood(marks), *ink.shape) - 1


def _score(
    leaning: NDArray[np.float32],
    here: NDArray[np.bool_] | None,
    box: tuple[slice, slice],
    shape: tuple[int, ...],
) -> NDArray[np.float32]:
    """How well each pixel of a box goes with one color, which was painted `here`; None for paper.

    Over a large box the score, which changes slowly, is worked out on a coarser grid and
    interpolated.
    """
    height, width = box[0].stop - box[0].start, box[1].stop - box[1].start
    step = -(-max(height, width) // _SCORED)
    size = -(-width // step), -(-height // step)
    score = np.asarray(cv2.log(_in_box(leaning, box, shape, size) + np.float32(_DOUBT)), np.float32)
    if here is None:
        score -= np.float32(PAPER_MARGIN)
    else:
        painted = here.view(np.uint8)
        if step > 1:  # any painted pixel counts, however few
            shrunk = cv2.resize(painted * np.uint8(255), size, interpolation=cv2.INTER_AREA)
            painted = np.asarray(shrunk, np.uint8)
        away = cv2.distanceTransform((painted == 0).view(np.uint8), cv2.DIST_L2, 5)
        score = np.asarray(cv2.scaleAdd(away, -step / (_REACH * max(shape)), score), np.float32)
    if step > 1:
        score = np.asarray(cv2.resize(score, (width, height)), np.float32)
    return score


def _in_box(
    grid: NDArray[np.float32],
    box: tuple[slice, slice],
    shape: tuple[int, ...],
    size: tuple[int, int],
) -> NDArray[np.float32]:
    """A grid over the whole drawing, interpolated at `size` (width, height) places of a box."""
    scale_y, scale_x = grid.shape[0] / shape[0], grid.shape[1] / shape[1]
    step_y = (box[0].stop - box[0].start) / size[1]
    step_x = (box[1].stop - box[1].start) / size[0]
    to_grid = np.array(
        [
            [scale_x * step_x, 0, (box[1].start + 0.5 * step_x) * scale_x - 0.5],
            [0, scale_y * step_y, (box[0].start + 0.5 * step_y) * scale_y - 0.5],
        ]
    )
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    found = cv2.warpAffine(grid, to_grid, size, flags=flags, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(found, np.float32)
