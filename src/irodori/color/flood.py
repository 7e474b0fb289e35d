"""Where a color would run if it were poured on the paper: wide spaces first, lines and gaps last.

The paper is a relief: the farther a place lies from any line, the deeper. From each mark a flood
rises; two floods meet in the narrows where a line has a gap, or on the line itself (the watershed
transform; Meyer, "Topographic distance and watershed lines", Signal Processing 38(1), 1994). Depth
is told apart in steps, and within a step whoever is nearer comes first.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

LONGEST = 256
"""Long side of a relief in pixels at most: what is poured on a drawing need not be exact to one."""

_FAINT = 0.1  # from this much ink on, a pixel is a line
_DEPTHS = (24.0, 12.0, 8.0, 5.0, 3.0, 2.0, 1.0, 0.0)  # pixels to the nearest line, deepest first
_LINES = (0.5, 2.0)  # then less ink than this
_NEIGHBORS = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))


class Relief:
    """A drawing's ink, float32 (H, W) in 0..1, made ready for floods."""

    def __init__(self, ink: NDArray[Any]) -> None:
        scale = min(1.0, LONGEST / max(ink.shape))
        size = max(1, round(ink.shape[1] * scale)), max(1, round(ink.shape[0] * scale))
        shrunk = cv2.resize(ink, size, interpolation=cv2.INTER_AREA) if scale < 1 else ink
        self.ink: NDArray[np.float32] = np.asarray(shrunk, np.float32)

    @cached_property
    def _open(self) -> list[NDArray[np.bool_]]:
        """Where each flood step may go, bool (H + 2, W + 2): a frame, since floods lose the rim."""
        paper = (self.ink < _FAINT).astype(np.uint8)
        away = cv2.distanceTransform(paper, cv2.DIST_L2, 5)
        depths, ink = (_framed(each, cv2.BORDER_REPLICATE) for each in (away, self.ink))
        steps = [depths > least for least in _DEPTHS] + [ink < most for most in _LINES]
        return [step for step in steps if step.any()]

    def flood(self, marks: NDArray[np.int32]) -> NDArray[np.int32]:
        """marks: int32 (H, W), 0 for none, else a number -> the number of the flood at each pixel.

        0 everywhere where there is no mark.
        """
        labels = _framed(marks.astype(np.int32), cv2.BORDER_CONSTANT)
        wall = int(marks.max()) + 1
        if wall == 1:
            return np.zeros_like(marks)
        for step in self._open:
            reached = cv2.dilate((labels > 0).astype(np.uint8), _NEIGHBORS)
            if not (step & (labels == 0) & (reached > 0)).any():
                continue  # a basin without a mark, which a watershed would take as long over
            may = step | (labels > 0)
            flooded = np.where(may, labels, wall)
            cv2.watershed(cv2.merge([np.where(may, 0, 255).astype(np.uint8)] * 3), flooded)
            fresh = step & (labels == 0) & (flooded > 0) & (flooded < wall)
            labels[fresh] = flooded[fresh]
        return _closed(labels)[1:-1, 1:-1]


def _framed(array: NDArray[Any], border: int) -> NDArray[Any]:
    return np.asarray(cv2.copyMakeBorder(array, 1, 1, 1, 1, border, value=0))


def _closed(labels: NDArray[np.int32]) -> NDArray[np.int32]:
    """The seams between floods, which belong to nobody, given to a neighbor."""
    wide: NDArray[Any] = labels.astype(np.float32)
    while (labels == 0).any():
        wide = cv2.dilate(wide, np.ones((3, 3), np.uint8))
        seam = labels == 0
        labels[seam] = wide[seam].astype(np.int32)
    return labels
