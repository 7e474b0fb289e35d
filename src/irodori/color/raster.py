"""From hints to arrays: the one rasterizer, for training and for use.

Marks are painted as hard-edged labels onto a fine grid, later over earlier; a coarse grid is the
average of 4 x 4 fine samples per cell. So a cell's mask is the share of its area that is covered,
a cell under one color holds exactly that color, and marks that do not touch do not mix.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from irodori.color.marks import RGB, Dab, Mark, Patch, Stroke

SAMPLES = 4
"""Samples along each side of a cell."""

LEAST_RADIUS = 0.8
"""In cells: no brush is smaller. A quarter of this disc still covers half of a cell, so the cell
that holds a dab's center has a mask of at least 0.5 wherever in the cell the center lies."""


@dataclass(frozen=True)
class Grid:
    """Sample points laid over a drawing.

    There are ``rows x columns`` of them, each standing for a box of ``step_y x step_x`` pixels of
    the drawing. No brush is thinner than ``least_radius`` pixels.
    """

    rows: int
    columns: int
    step_y: float
    step_x: float
    least_radius: float

    @cached_property
    def ys(self) -> NDArray[np.floating]:
        """The samples' centers from top to bottom, in pixels of the drawing, (rows, 1)."""
        return ((np.arange(self.rows) + 0.5) * self.step_y)[:, None]

    @cached_property
    def xs(self) -> NDArray[np.floating]:
        """The samples' centers from left to right, in pixels of the drawing, (1, columns)."""
        return ((np.arange(self.columns) + 0.5) * self.step_x)[None, :]


def paint_labels(marks: Sequence[Mark], colors: list[RGB], height: int, width: int) -> NDArray[Any]:
    """int32 (height, width) at the drawing's own pixels: 0 nothing said, k >= 1 for colors[k - 1].

    The pixel in which a dab's center lies is always painted.
    """
    labels = np.zeros((height, width), np.int32)
    _paint(labels, marks, colors, Grid(height, width, 1.0, 1.0, LEAST_RADIUS))
    return labels


def paint_cells(
    marks: Sequence[Mark], colors: list[RGB], shape: tuple[int, int], drawing: tuple[int, int]
) -> NDArray[np.float32]:
    """float32 (4, height, width): RGB 0..1 premultiplied by the mask, then the mask 0..1.

    shape: (height, width) of the grid; drawing: (height, width) in pixels of what it stands for.
    """
    height, width = shape
    cell_y, cell_x = drawing[0] / height, drawing[1] / width
    fine = Grid(
        height * SAMPLES,
        width * SAMPLES,
        cell_y / SAMPLES,
        cell_x / SAMPLES,
        LEAST_RADIUS * max(cell_y, cell_x),
    )
    labels = np.zeros((fine.rows, fine.columns), np.uint8 if len(colors) < 256 else np.int32)
    _paint(labels, marks, colors, fine)
    painted = np.flatnonzero(labels.ravel() != 0)
    row, column = np.divmod(painted.astype(np.int32), np.int32(fine.columns))
    cell = (row // SAMPLES) * width + column // SAMPLES
    values = np.full((4, len(colors) + 1), 1 / SAMPLES**2)  # R, G, B, mask by label
    values[:3, 1:] *= np.array(colors, np.float64).reshape(-1, 3).T / 255
    said = labels.ravel()[painted]
    cells = np.empty((4, height * width), np.float32)
    for channel in range(4):
        cells[channel] = np.bincount(cell, values[channel][said], height * width)
    return cells.reshape(4, height, width)


def _paint(labels: NDArray[Any], marks: Iterable[Mark], colors: list[RGB], grid: Grid) -> None:
    number = {color: index for index, color in enumerate(colors, start=1)}
    for mark in marks:
        if isinstance(mark, Patch):
            _paint_patch(labels, mark, number[mark.color], grid)
            continue
        radius = max(mark.radius, grid.least_radius)
        for start, end in _segments(mark, grid):
            _paint_segment(labels, start, end, radius, number[mark.color], grid)


Point = tuple[float, float]


def _segments(mark: Dab | Stroke, grid: Grid) -> Iterator[tuple[Point, Point]]:
    """The straight pieces of a mark, short enough that the box around each stays small."""
    if isinstance(mark, Dab):
        yield (mark.x, mark.y), (mark.x, mark.y)
        return
    if len(mark.points) == 1:
        yield mark.points[0], mark.points[0]
    longest = 2 * mark.radius + 64 * max(grid.step_x, grid.step_y)
    for (ax, ay), (bx, by) in pairwise(mark.points):
        pieces = max(1, math.ceil(math.hypot(bx - ax, by - ay) / longest))
        parts = [i / pieces for i in range(pieces + 1)]
        yield from pairwise([(ax + (bx - ax) * part, ay + (by - ay) * part) for part in parts])


def _span(low: float, high: float, step: float, count: int) -> tuple[int, int]:
    """The half-open range of samples whose centers may lie between low and high pixels."""
    first = math.floor(min(max(low / step - 0.5, 0), count))
    last = math.ceil(min(max(high / step - 0.5, -1), count - 1)) + 1
    return first, last


def _paint_segment(
    labels: NDArray[Any], start: Point, end: Point, radius: float, label: int, grid: Grid
) -> None:
    """Set every sample within ``radius`` pixels of the straight line from start to end."""
    (ax, ay), (bx, by) = start, end
    top, bottom = _span(min(ay, by) - radius, max(ay, by) + radius, grid.step_y, grid.rows)
    left, right = _span(min(ax, bx) - radius, max(ax, bx) + radius, grid.step_x, grid.columns)
    if top >= bottom or left >= right:
        return
    dy, dx = grid.ys[top:bottom] - ay, grid.xs[:, left:right] - ax
    length2 = (bx - ax) ** 2 + (by - ay) ** 2
    if length2 > 0:
        along = (dx * (bx - ax) + dy * (by - ay)) / length2
        along = np.minimum(np.maximum(along, 0), 1)  # np.clip takes its time on small arrays
        dx, dy = dx - along * (bx - ax), dy - along * (by - ay)
    inside = dx * dx + dy * dy <= radius * radius
    labels[top:bottom, left:right][inside] = label


def _paint_patch(labels: NDArray[Any], patch: Patch, label: int, grid: Grid) -> None:
    """Set the samples a patch covers; one thinner than the thinnest brush is widened to it."""
    import cv2

    mask = np.pad(patch.mask(), 1).astype(np.uint8)
    inner = float(cv2.distanceTransform(mask, cv2.DIST_L2, cv2.DIST_MASK_PRECISE).max()) - 0.5
    grow = (grid.least_radius - inner) / max(grid.step_x, grid.step_y)  # in samples
    margin = math.ceil(grow) if grow >= 1 else 0
    top = math.floor(patch.y / grid.step_y) - margin
    left = math.floor(patch.x / grid.step_x) - margin
    rows = math.ceil((patch.y + patch.height) / grid.step_y) + margin - top
    columns = math.ceil((patch.x + patch.width) / grid.step_x) + margin - left
    covered = _resample(patch, top, left, (rows, columns), grid)
    if margin:
        away = (~covered).astype(np.uint8)
        covered = cv2.distanceTransform(away, cv2.DIST_L2, cv2.DIST_MASK_PRECISE) <= grow
    first_row, first_column = max(0, -top), max(0, -left)
    target = labels[max(0, top) : max(0, top + rows), max(0, left) : max(0, left + columns)]
    covered = covered[first_row:, first_column:][: target.shape[0], : target.shape[1]]
    target[covered] = label


def _resample(
    patch: Patch, top: int, left: int, shape: tuple[int, int], grid: Grid
) -> NDArray[np.bool_]:
    """The samples from (top, left) on that a patch covers: bool ``shape``.

    Those whose center lies in a painted pixel, and on a grid coarser than the drawing also those
    in whose box a painted pixel's center lies, so that no thin line falls between samples.
    """
    mask = patch.mask()
    at_y = np.floor((np.arange(top, top + shape[0]) + 0.5) * grid.step_y).astype(np.intp) - patch.y
    at_x = np.floor((np.arange(left, left + shape[1]) + 0.5) * grid.step_x).astype(np.intp)
    at_x -= patch.x
    in_y, in_x = (at_y >= 0) & (at_y < patch.height), (at_x >= 0) & (at_x < patch.width)
    covered = np.zeros(shape, np.bool_)
    covered[np.ix_(in_y, in_x)] = mask[np.ix_(at_y[in_y], at_x[in_x])]
    if max(grid.step_x, grid.step_y) > 1:
        y, x = np.nonzero(mask)
        row = np.floor((y + patch.y + 0.5) / grid.step_y).astype(np.intp) - top
        column = np.floor((x + patch.x + 0.5) / grid.step_x).astype(np.intp) - left
        covered[row, column] = True
    return covered
