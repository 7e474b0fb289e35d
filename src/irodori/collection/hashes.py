"""Perceptual hashes: few bits that stay the same when a picture is stored again.

The usual ones (dHash, pHash) look at lightness. This one looks at the drawing, at where colors
change and not at which they are, and so survives recoloring; and it is taken of parts of the
picture too, so that a crop meets the part it was cut from.
"""

from __future__ import annotations

from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from irodori.collection.reading import Picture, fit

Structure: TypeAlias = NDArray[np.float32]
"""Where colors change: (H, W), 0 nowhere .. 1 by as much as a line does."""

SIDE = 192
"""Long side of the structure that is hashed."""

BITS = 128

_STRONG = 160.0  # Euclidean distance in RGB of 0..255 at which a change counts in full
_GRID = 32

_STEPS = (0.0, 1 / 30, 2 / 30, 0.1)
WINDOWS: tuple[tuple[float, float, float, float], ...] = (
    (0, 0, 1, 1),
    *((x, y, x + 0.9, y + 0.9) for x in _STEPS for y in _STEPS),
    *((x, y, x + 0.95, y + 0.95) for x in (0, 0.05) for y in (0, 0.05)),
    (0.025, 0.025, 0.975, 0.975),
    (0.1, 0.1, 0.9, 0.9),
    *((0.1, 0, 1, 1), (0, 0.1, 1, 1), (0, 0, 0.9, 1), (0, 0, 1, 0.9)),
    *((0.05, 0, 0.95, 1), (0, 0.05, 1, 0.95), (0.1, 0, 0.9, 1), (0, 0.1, 1, 0.9)),
)
"""Parts of a picture that a crop may have left: (left, top, right, bottom) as shares of its sides.

The first is the whole. A crop's own hash is near that of the window which lies where it lay.
"""


def structure(picture: Picture, side: int = SIDE) -> Structure:
    """Where colors change: float32, long side `side`, 0 nowhere .. 1.

    The range of each channel over 3 x 3 pixels, all three as one distance: turning all hues is a
    rotation of the color space, which leaves distances as they are.
    """
    small = fit(picture, side)
    around = np.ones((3, 3), np.uint8)
    change = cv2.subtract(cv2.dilate(small, around), cv2.erode(small, around)).astype(np.float32)
    distance = cv2.sqrt(cv2.transform(change * change, np.ones((1, 3), np.float32)))
    return np.asarray(np.minimum(distance / _STRONG, 1), np.float32)


def _by_frequency() -> NDArray[np.intp]:
    """(BITS, 2): the lowest frequencies but the mean, dealt out so that all bytes are alike."""
    cells = [(row, column) for row in range(16) for column in range(16) if 0 < row + column < 16]
    cells.sort(key=lambda cell: (sum(cell), abs(cell[0] - cell[1]), cell[0]))
    dealt = np.array(cells[:BITS], np.intp).reshape(8, BITS // 8, 2)
    return dealt.transpose(1, 0, 2).reshape(BITS, 2)


_CELLS = _by_frequency()


def structure_hashes(drawn: Structure) -> NDArray[np.uint8]:
    """uint8 (len(WINDOWS), BITS / 8): the hash of each window, the whole picture's first.

    Signs of the lowest frequencies of the structure squeezed into a square.
    """
    height, width = drawn.shape
    signs = np.empty((len(WINDOWS), BITS), np.bool_)
    for number, (left, top, right, bottom) in enumerate(WINDOWS):
        part = drawn[
            round(top * height) : round(bottom * height), round(left * width) : round(right * width)
        ]
        square = cv2.resize(part, (_GRID, _GRID), interpolation=cv2.INTER_AREA)
        signs[number] = cv2.dct(square)[_CELLS[:, 0], _CELLS[:, 1]] > 0
    return np.packbits(signs, axis=1)
