"""How tangled a drawing's lines are: a figure for what is hard to color, and hard to draw.

Clear contours, however many, run along each other; scribbles, hatching over hatching, foliage and
crowds put many lines of all directions into one place.
"""

from __future__ import annotations

import cv2
import numpy as np

from irodori.collection.hashes import Structure, structure
from irodori.collection.reading import Picture

SIDE = 384
"""Long side at which lines are looked at, so that the figure does not grow with resolution."""

_LINE = 0.3  # structure from which on a pixel belongs to a line
_PLACE = 8.0  # pixels; standard deviation of the place over which lines are seen together
_SHARE = 0.9  # the figure is that of the tenth of the picture where it is most tangled


def entanglement(picture: Picture) -> float:
    """0 clear .. 1 tangled: line art, or a colored picture whose color changes stand for lines.

    Per place: the share of pixels on lines times the disorder of their directions (1 - coherence of
    the structure tensor; J. Bigun, G. Granlund, ICCV 1987). Of the picture: what nine tenths of
    its places stay below, so that an empty page around a tangle hides nothing.
    """
    drawn = structure(picture, SIDE)
    density = _around((drawn > _LINE).astype(np.float32))
    across, down = cv2.Sobel(drawn, cv2.CV_32F, 1, 0), cv2.Sobel(drawn, cv2.CV_32F, 0, 1)
    xx, yy, xy = _around(across * across), _around(down * down), _around(across * down)
    coherence = np.sqrt((xx - yy) ** 2 + 4 * xy * xy) / (xx + yy + 1e-3)
    tangle = (density * (1 - coherence)).ravel()
    place = int(_SHARE * (tangle.size - 1))
    return float(np.partition(tangle, place)[place])


def _around(values: Structure) -> Structure:
    """The mean over a place; reckoned on a fourth of the pixels, which it hides."""
    half = cv2.resize(values, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.GaussianBlur(half, (0, 0), _PLACE / 2), np.float32)
