"""Closed areas of a drawing, found at its own resolution, small gaps in the ink bridged.

The method is the trapped ball: balls of falling radius are dropped onto the paper. Where a large
ball fits, a region has its core; a gap that is narrower than the ball keeps two cores apart; what
no ball reached becomes a region of its own at the next smaller radius, so that thin parts are
kept. At the end the cores grow over the rest of the paper and meet in the middle of the ink.

Source: Zhang, Chen, Zhu, Huang, "Vectorizing cartoon animations", IEEE TVCG 15(4), 2009 (trapped
ball).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

INK_THRESHOLD = 0.15
"""Ink at or above this counts as a line that colour must not cross."""

GAP = 1 / 85
"""Widest gap that is bridged, as a share of the drawing's long side (6 px of 512)."""

_BALLS = (4.0, 2.0, 1.0, 0.5, 0.0)  # radii, as multiples of the one that closes gaps
_CLOSING = 1.0
_SMALLEST_CORE = 3  # px: a speck below this joins a neighbour instead of being a region


@dataclass(frozen=True, eq=False)
class Regions:
    """The regions of one drawing, each made of one or more parts.

    A region is bounded by ink and bridged gaps. Its parts are what larger balls tell apart: the
    figure and the paper around it where an outline is wide open. A part belongs to one region.

    `parts`: int32 (H, W), 1 … `count` at every pixel; a line is shared by the parts at its sides.
    `region_of`: int32 (count + 1,), the region number of each part, 1 …; entry 0 is 0.
    """

    parts: NDArray[np.int32]
    region_of: NDArray[np.int32]

    @property
    def count(self) -> int:
        """How many parts there are."""
        return len(self.region_of) - 1

    def labels(self) -> NDArray[np.int32]:
        """int32 (H, W): the region number of every pixel."""
        return self.region_of[self.parts]


def find_regions(ink: NDArray[np.float32], *, gap: float = GAP) -> Regions:
    """The closed areas of a drawing.

    `ink`: float32 (H, W), 0 paper … 1 ink. `gap`: the widest to bridge, a share of the long side.
    """
    paper = (ink < INK_THRESHOLD).view(np.uint8)
    distance = cv2.distanceTransform(paper, cv2.DIST_L2, 3)
    closing_radius = max(1.0, gap * max(ink.shape) / 2)
    cores = np.zeros(ink.shape, np.int32)
    region_of = np.zeros(1, np.int32)
    for ball in _BALLS:
        component = _add_cores(cores, distance > ball * closing_radius, len(region_of))
        count = int(cores.max())
        if ball == _CLOSING:
            region_of = np.zeros(count + 1, np.int32)
            region_of[cores] = component
            region_of[0] = 0
        elif ball < _CLOSING:
            fresh = np.arange(count + 1 - len(region_of), dtype=np.int32)
            region_of = np.concatenate([region_of, region_of.max(initial=0) + 1 + fresh])
        else:
            region_of = np.zeros(count + 1, np.int32)
    del distance, component
    if len(region_of) == 1:
        return Regions(np.ones(ink.shape, np.int32), np.array([0, 1], np.int32))
    return Regions(grow(cores, ink), region_of)


def box_of(parts: NDArray[np.int32], part: int) -> tuple[tuple[slice, slice], NDArray[np.bool_]]:
    """The box around one part of `parts`, int32 (H, W), and where in it the part lies, bool."""
    rows = np.flatnonzero((parts == part).any(1))
    columns = np.flatnonzero((parts[rows[0] : rows[-1] + 1] == part).any(0))
    at = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
    return at, parts[at] == part


def _add_cores(
    cores: NDArray[np.int32], open_paper: NDArray[np.bool_], first: int
) -> NDArray[np.int32]:
    """Numbers each component of `open_paper` that holds no core yet from `first` up, in `cores`.

    Returns the components, int32 (H, W), 0 where the paper is not open.
    """
    found, component, stats, _ = cv2.connectedComponentsWithStats(
        open_paper.view(np.uint8), connectivity=4, ltype=cv2.CV_32S
    )
    taken = stats[:, cv2.CC_STAT_AREA] < _SMALLEST_CORE
    taken[0] = True
    taken[component[cores > 0]] = True
    number = np.zeros(found, np.int32)
    number[~taken] = first + np.arange(int((~taken).sum()), dtype=np.int32)
    np.add(cores, number[component], out=cores)
    return np.asarray(component, np.int32)


def grow(cores: NDArray[np.int32], ink: NDArray[np.float32]) -> NDArray[np.int32]:
    """Floods the paper first and climbs the ink last, so that neighbours meet inside the line.

    cores: int32 (H, W), numbered from 1, 0 where nobody is yet; ink: float32 (H, W), 0..1. Returns
    int32 (H, W), a number at every pixel.
    """
    # The flood leaves the outermost pixels out, so it gets a frame to lose.
    framed = cv2.copyMakeBorder(cores, 1, 1, 1, 1, cv2.BORDER_REPLICATE)
    height = cv2.copyMakeBorder(
        np.clip(ink * 255, 0, 255).astype(np.uint8), 1, 1, 1, 1, cv2.BORDER_REPLICATE
    )
    parts = cv2.watershed(cv2.cvtColor(height, cv2.COLOR_GRAY2BGR), framed)[1:-1, 1:-1]
    parts = np.ascontiguousarray(parts)
    widened: NDArray[Any] = parts.astype(np.float32)
    for _ in range(3):
        seam = parts <= 0
        if not seam.any():
            break
        widened = cv2.dilate(widened, np.ones((3, 3), np.uint8))
        parts[seam] = widened[seam].astype(np.int32)
    return np.asarray(np.maximum(parts, 1), np.int32)
