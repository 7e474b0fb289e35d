"""From hints to arrays: the one rasterizer, for training and for use.

Marks are painted as hard-edged labels onto a fine grid, later over earlier; a coarse grid is the
average of 4 x 4 fine samples per cell. So a cell's mask is the share of its area that is covered,
a cell under one color holds exactly that color, and marks that do not touch do not mix.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import numpy as np
from numpy.typing import NDArray

from irodori.color.marks import RGB, Dab, Mark, Patch, Stroke

SAMPLES = 4
"""Samples along each side of a cell."""

LEAST_RADIUS = 0.8
"""In cells: no brush is smaller. A quarter of this disc still covers half of a cell, so the cell
that holds a dab's center has a mask of at least 0.5 wherever in the cell the center lies."""

_TOGETHER = 2**17
"""Samples, about, that are looked at in one go: more would leave the processor's cache."""


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


def paint_labels(
    marks: Sequence[Mark], colors: list[RGB], shape: tuple[int, int], drawing: tuple[int, int]
) -> NDArray[Any]:
    """int32 (height, width): 0 nothing said, k >= 1 for colors[k - 1].

    shape, drawing: as for `paint_cells`. The cell in which a dab's center lies is always painted.
    """
    height, width = shape
    step_y, step_x = drawing[0] / height, drawing[1] / width
    labels = np.zeros(shape, np.int32)
    least = LEAST_RADIUS * max(step_y, step_x)
    _paint(labels, marks, colors, Grid(height, width, step_y, step_x, least))
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
    for color, alike in groupby(marks, key=lambda mark: mark.color):
        segments = []
        for mark in alike:
            if isinstance(mark, Patch):
                _paint_patch(labels, mark, number[color], grid)
            else:
                segments.append(_segments(mark, grid))
        if segments:
            _paint_segments(labels, np.concatenate(segments), number[color], grid)


def _segments(mark: Dab | Stroke, grid: Grid) -> NDArray[np.float64]:
    """The straight pieces of a mark, short enough that the box around each stays small.

    float64 (n, 5): x and y where it starts, x and y where it ends, the brush's radius.
    """
    radius = max(mark.radius, grid.least_radius)
    points = np.array([(mark.x, mark.y)] if isinstance(mark, Dab) else mark.points, np.float64)
    start = points[:-1] if len(points) > 1 else points
    way = (points[1:] if len(points) > 1 else points) - start
    longest = 2 * mark.radius + 64 * max(grid.step_x, grid.step_y)
    pieces = np.maximum(np.ceil(np.hypot(way[:, 0], way[:, 1]) / longest), 1).astype(np.intp)
    whole = np.repeat(np.arange(len(pieces)), pieces)
    number = np.arange(len(whole)) - (np.cumsum(pieces) - pieces)[whole]
    first, last = (part[:, None] / pieces[whole, None] for part in (number, number + 1))
    start, way = start[whole], way[whole]
    return np.column_stack([start + way * first, start + way * last, np.full(len(whole), radius)])


def _span(
    low: NDArray[np.float64], high: NDArray[np.float64], step: float, count: int
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """The half-open ranges of samples whose centers may lie between low and high pixels."""
    first = np.floor(np.clip(low / step - 0.5, 0, count)).astype(np.intp)
    last = np.ceil(np.clip(high / step - 0.5, -1, count - 1)).astype(np.intp) + 1
    return first, last


def _paint_segments(
    labels: NDArray[Any], segments: NDArray[np.float64], label: int, grid: Grid
) -> None:
    """Set every sample within a segment's radius of its straight line; (n, 5) as `_segments`.

    Boxes of about one size are worked on together: a pen makes hundreds of tiny ones.
    """
    ax, ay, bx, by, radius = segments.T
    top, bottom = _span(
        np.minimum(ay, by) - radius, np.maximum(ay, by) + radius, grid.step_y, grid.rows
    )
    left, right = _span(
        np.minimum(ax, bx) - radius, np.maximum(ax, bx) + radius, grid.step_x, grid.columns
    )
    side = np.maximum(bottom - top, right - left)
    seen = np.flatnonzero((top < bottom) & (left < right))
    order = seen[np.argsort(side[seen], kind="stable")]
    while len(order):
        some = order[-max(1, _TOGETHER // int(side[order[-1]]) ** 2) :]
        order = order[: -len(some)]
        rows = top[some, None] + np.arange((bottom - top)[some].max())
        columns = left[some, None] + np.arange((right - left)[some].max())
        ys, xs = (rows + 0.5) * grid.step_y, (columns + 0.5) * grid.step_x
        inside = _near(segments[some], ys.astype(np.float64), xs.astype(np.float64))
        inside &= (rows < bottom[some, None])[:, :, None]
        inside &= (columns < right[some, None])[:, None, :]
        which, row, column = np.nonzero(inside)
        labels[rows[which, row], columns[which, column]] = label


def _near(
    segments: NDArray[np.float64], ys: NDArray[np.float64], xs: NDArray[np.float64]
) -> NDArray[np.bool_]:
    """bool (n, h, w): places within the radius of a segment (n, 5); ys (n, h), xs (n, w)."""
    ax, ay, bx, by, radius = segments.T[:, :, None, None]
    dy, dx = ys[:, :, None] - ay, xs[:, None, :] - ax
    length2 = (bx - ax) ** 2 + (by - ay) ** 2
    along = (dx * (bx - ax) + dy * (by - ay)) / np.where(length2 > 0, length2, 1)
    along = np.minimum(np.maximum(along, 0), 1)  # np.clip takes its time on small arrays
    dx, dy = dx - along * (bx - ax), dy - along * (by - ay)
    near: NDArray[np.bool_] = dx * dx + dy * dy <= radius * radius
    return near


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
