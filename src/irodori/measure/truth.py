"""What is known about one coloured picture before anybody colours its drawing."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from irodori.measure.errors import Floats, Ints, Mask, Picture, ciede2000, colorfulness, to_lab

INK = 0.05
"""From this much ink on, a pixel belongs to a line."""

LINE_MARGIN = 2
"""Pixels around a line that are not measured: anti-aliasing and the chroma of lossy files."""

FLAT_STEP = 10
"""sRGB levels within a 3 x 3 window, at most, inside a region of nearly constant colour."""

DIFFERENT = 10.0
"""CIEDE2000 from which on two regions count as differently coloured."""

_BAND = 4  # pixels beside a line's margin in which colour may be found to have crossed it
_REACH = 24  # pixels from the middle of a line to its own band, for any line this wide at most


class Border(NamedTuple):
    """Pixels beside lines that part differently coloured regions; all arrays (n,)."""

    pixel: Ints
    """Index into the raveled picture."""
    own: Ints
    """The region the pixel is in."""
    other: Ints
    """The region across the line."""


@dataclass(frozen=True, eq=False)
class Truth:
    """A coloured picture and the lines of its drawing.

    color: uint8 (H, W, 3) sRGB on white. ink: float32 (H, W), 0 paper .. 1 ink.
    """

    color: Picture
    ink: NDArray[np.float32]

    @cached_property
    def off_lines(self) -> Mask:
        """bool (H, W): at least `LINE_MARGIN` pixels off every line.

        Where lines leave no such pixel: off the lines themselves; failing that, every pixel.
        """
        lines = (self.ink >= INK).astype(np.uint8)
        size = 2 * LINE_MARGIN + 1
        disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
        for mask in (cv2.dilate(lines, disc) == 0, lines == 0):
            if mask.any():
                return cast(Mask, mask)
        return np.ones(lines.shape, np.bool_)

    @cached_property
    def regions(self) -> NDArray[np.int32]:
        """The true regions: int32 (H, W), 1..R by falling area, 0 on lines and where none is.

        A region is a 4-connected area off the lines in which no colour channel changes by more
        than `FLAT_STEP` within 3 x 3 pixels, so it may lie between lines or between two colours
        that touch.
        """
        window = np.ones((3, 3), np.uint8)
        steps = cv2.dilate(self.color, window) - cv2.erode(self.color, window)
        flat = (steps.max(2) <= FLAT_STEP) & self.off_lines
        _, labels, stats, _ = cv2.connectedComponentsWithStats(
            flat.astype(np.uint8), connectivity=4, ltype=cv2.CV_32S
        )
        order = np.argsort(-stats[1:, cv2.CC_STAT_AREA], kind="stable")
        rank = np.zeros(len(stats), np.int32)
        rank[order + 1] = np.arange(1, len(stats))
        return rank[labels]

    @cached_property
    def areas(self) -> NDArray[np.int64]:
        """Pixels in each region: int64 (R + 1,), falling from index 1 on; the rest at 0."""
        return np.bincount(self.regions.ravel())

    @cached_property
    def colorfulness(self) -> float:
        """`errors.colorfulness` off the lines."""
        return colorfulness(self.color, self.off_lines)

    @cached_property
    def pixels_by_region(self) -> list[Ints]:
        """For each region 0..R up to 1024 of its pixels, evenly picked, as raveled indices."""
        order = np.argsort(self.regions, axis=None, kind="stable")
        starts = np.cumsum(self.areas)[:-1]
        groups = np.split(order, starts)
        return [group[:: max(1, -(-len(group) // 1024))] for group in groups]

    def median_lab(self, lab: Floats, regions: Ints) -> Floats:
        """The median colour of `lab` (H, W, 3) in each of `regions` (n,): float32 (n, 3)."""
        pixels = lab.reshape(-1, 3)
        medians = [np.median(pixels[self.pixels_by_region[region]], axis=0) for region in regions]
        return np.array(medians, np.float32).reshape(-1, 3)

    @cached_property
    def border(self) -> Border:
        """Where a colour would be seen to cross a line; see `flats.bleed`."""
        nearest = self._nearest_region()
        rows, columns, near, far = _changes(nearest)
        drawn = self.ink[rows, columns] >= INK  # a change of colour without ink is no line
        rows, columns, near, far = (values[drawn] for values in (rows, columns, near, far))
        pairs, which = np.unique(np.stack([near, far], 1), axis=0, return_inverse=True)
        if len(pairs):
            lab = to_lab(self.color)
            sides = [self.median_lab(lab, pairs[:, side]) for side in (0, 1)]
            keep = (ciede2000(sides[0], sides[1]) >= DIFFERENT)[which.ravel()]
            rows, columns, near, far = (values[keep] for values in (rows, columns, near, far))
        return self._band(rows, columns, near, far)

    def _nearest_region(self) -> NDArray[np.int32]:
        """Every pixel's nearest region: int32 (H, W); zeros if there is none."""
        inside = self.regions > 0
        if not inside.any():
            return self.regions
        _, index = cv2.distanceTransformWithLabels(
            (~inside).astype(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
        )
        region_of = np.zeros(int(index.max()) + 1, np.int32)
        region_of[index[inside]] = self.regions[inside]
        return np.asarray(region_of[index])

    def _band(self, rows: Ints, columns: Ints, near: Ints, far: Ints) -> Border:
        """The pixels beside the line pixels (rows, columns) which part regions near and far."""
        empty = np.zeros(0, np.int32)
        if not len(rows):
            return Border(np.zeros(0, np.intp), empty, empty)
        away = np.ones(self.ink.shape, np.uint8)
        away[rows, columns] = 0
        distance, index = cv2.distanceTransformWithLabels(
            away, cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
        )
        sides = np.zeros((int(index.max()) + 1, 2), np.int32)
        sides[index[rows, columns]] = np.stack([near, far], 1)
        to_line = cv2.distanceTransform((self.ink < INK).astype(np.uint8), cv2.DIST_L2, 5)
        beside = (self.regions > 0) & (distance <= _REACH) & (to_line <= LINE_MARGIN + _BAND)
        pixel = np.flatnonzero(beside)
        own = self.regions.ravel()[pixel]
        pair = sides[index.ravel()[pixel]]
        known = (pair == own[:, None]).any(1)
        other = np.where(pair[:, 0] == own, pair[:, 1], pair[:, 0])
        return Border(pixel[known], own[known], other[known])


def _changes(
    labels: Ints,
) -> tuple[Ints, Ints, Ints, Ints]:
    """Pixels with another label to the right or below: rows, columns, label, other label."""
    parts = []
    for step_y, step_x in ((0, 1), (1, 0)):
        here = labels[: labels.shape[0] - step_y, : labels.shape[1] - step_x]
        there = labels[step_y:, step_x:]
        rows, columns = np.nonzero(here != there)
        parts.append((rows, columns, here[rows, columns], there[rows, columns]))
    rows, columns, near, far = (np.concatenate(values) for values in zip(*parts, strict=True))
    return rows, columns, near, far
