"""How much of a picture is writing: a page to read teaches nothing about coloring."""

from __future__ import annotations

import cv2
import numpy as np

from irodori.collection.reading import Picture, fit

SIDE = 384
"""Long side of the picture that is looked at."""

_WINDOW = 19  # pixels around one, whose mean tells ink from ground
_APART = 30  # grey levels between ink and ground
_TALLEST, _LOWEST = 27, 4  # pixels a letter is high
_FEWEST = 5  # letters that make a line of writing


def share_of_writing(picture: Picture) -> float:
    """Share of the picture, 0..1, under lines of writing, dark on light or light on dark.

    Letters are marks of a letter's size and fullness that follow each other in a row.
    """
    grey = cv2.cvtColor(fit(picture, SIDE), cv2.COLOR_RGB2GRAY)
    ground = cv2.blur(grey, (_WINDOW, _WINDOW))
    dark, light = cv2.subtract(ground, grey), cv2.subtract(grey, ground)
    return max(_share_in_rows((ink > _APART).astype(np.uint8)) for ink in (dark, light))


def _share_in_rows(ink: np.ndarray[tuple[int, int], np.dtype[np.uint8]]) -> float:
    _, _, marks, middles = cv2.connectedComponentsWithStats(ink, connectivity=8)
    width, height = marks[:, cv2.CC_STAT_WIDTH], marks[:, cv2.CC_STAT_HEIGHT]
    filled = marks[:, cv2.CC_STAT_AREA] / (width * height)
    letter = (height >= _LOWEST) & (height <= _TALLEST) & (width <= 2 * height)
    letter &= (filled > 0.2) & (filled < 0.9)
    letter[0] = False  # the ground
    boxes, centers = marks[letter], middles[letter]
    if len(boxes) < _FEWEST:
        return 0.0
    rows = np.zeros(ink.shape, np.uint8)
    for left, top, wide, high in boxes[:, :4].tolist():
        # Drawn out to the right by the gap that a word may have after it.
        rows[top + high // 4 : top + high - high // 4, left : left + wide + high] = 1
    _, labels, found, _ = cv2.connectedComponentsWithStats(rows, connectivity=4)
    at = centers.astype(np.intp)
    letters = np.bincount(labels[at[:, 1], at[:, 0]], minlength=len(found))
    letters[0] = 0
    long = found[:, cv2.CC_STAT_WIDTH] > 4 * found[:, cv2.CC_STAT_HEIGHT]
    lines = (letters >= _FEWEST) & long
    area = found[lines, cv2.CC_STAT_WIDTH] * found[lines, cv2.CC_STAT_HEIGHT] * 2.0
    return float(min(1.0, area.sum() / ink.size))
