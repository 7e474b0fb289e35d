"""Flat color maps: the even color of each region of a picture, its lines and shades taken out."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

RGB8 = NDArray[np.uint8]

INK = 0.1
"""From this much ink on, a pixel belongs to a line."""
STEP = 10
"""sRGB levels within 3 x 3 pixels, at most, inside a region."""
SMALLEST = 1 / 8000
"""Share of the picture's pixels below which a region joins its neighbors (33 px of 512 x 512)."""


def flat_colors(color: RGB8, ink: NDArray[np.float32]) -> RGB8:
    """The flat map of a picture: each region in the median of its colors off the lines.

    color: uint8 (H, W, 3). ink: float32 (H, W), 0 paper .. 1 ink, of its line art. Returns uint8
    (H, W, 3). A region is a 4-connected area off the lines over which the color changes slowly;
    seams and specks go to the region from which a flood from the evenest places up reaches them,
    lines to the nearest. A picture without any such area comes back in its median color.
    """
    smooth = np.asarray(cv2.medianBlur(color, 5), np.uint8)
    window = np.ones((3, 3), np.uint8)
    change = cv2.split(cv2.dilate(smooth, window) - cv2.erode(smooth, window))
    steps = np.maximum(np.maximum(change[0], change[1]), change[2])
    lines = cv2.dilate((ink >= INK).astype(np.uint8), window)
    even = ((steps <= STEP) & (lines == 0)).astype(np.uint8)
    count, cores, stats, _ = cv2.connectedComponentsWithStats(even, connectivity=4)
    kept = stats[:, cv2.CC_STAT_AREA] >= max(4, SMALLEST * even.size)
    kept[0] = False
    if not kept.any():
        return np.broadcast_to(np.median(color, (0, 1)).astype(np.uint8), color.shape).copy()
    number = np.zeros(count, np.int32)
    number[kept] = np.arange(1, kept.sum() + 1)
    cores = number[cores]
    labels = _flooded(cores, np.maximum(steps, np.round(ink * 255).astype(np.uint8)))
    labels = _from_beside(labels, (cores == 0) & (cv2.dilate(lines, window, iterations=3) > 0))
    return _medians(color, cores, int(kept.sum()) + 1)[labels]


def _medians(color: RGB8, labels: NDArray[np.int32], count: int) -> RGB8:
    """uint8 (count, 3): the median of each channel over the pixels of each label."""
    out = np.zeros((count, 3), np.uint8)
    for channel in range(3):
        code = labels.ravel().astype(np.int64) * 256 + color[..., channel].ravel()
        below = np.bincount(code, minlength=count * 256).reshape(count, 256).cumsum(1)
        out[:, channel] = (below * 2 >= below[:, -1:]).argmax(1)
    return out


def _flooded(cores: NDArray[np.int32], height: NDArray[np.uint8]) -> NDArray[np.int32]:
    """Every pixel's label, 1 ..: the cores (0 between them) grown, low places first."""
    # The flood leaves the outermost pixels and a seam between labels out.
    framed = cv2.copyMakeBorder(cores, 1, 1, 1, 1, cv2.BORDER_REPLICATE)
    ground = cv2.copyMakeBorder(height, 1, 1, 1, 1, cv2.BORDER_REPLICATE)
    flooded = cv2.watershed(cv2.cvtColor(ground, cv2.COLOR_GRAY2BGR), framed)[1:-1, 1:-1]
    labels = np.maximum(flooded, 0).astype(np.float32)
    while not labels.all():
        labels = np.where(labels > 0, labels, cv2.dilate(labels, np.ones((3, 3), np.uint8)))
    return labels.astype(np.int32)


def _from_beside(labels: NDArray[np.int32], lines: NDArray[np.bool_]) -> NDArray[np.int32]:
    """The labels, those on lines and their soft edges replaced by the nearest pixel's beside."""
    _, place = cv2.distanceTransformWithLabels(
        lines.astype(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    of_place = np.zeros(int(place.max()) + 1, np.int32)
    of_place[place[~lines]] = labels[~lines]
    return np.asarray(of_place[place], np.int32)
