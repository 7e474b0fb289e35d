"""What a colourist is compared with, all given the same drawing and the same hints."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from irodori.color.hints import Hints
from irodori.measure.errors import Picture
from irodori.measure.extras import RivalError, need

_FAINT = 0.1  # from this much ink on, a pixel stops the watershed


class Rival(Protocol):
    """Anything that can fill a drawing."""

    def paint(self, ink: NDArray[np.float32], hints: Hints) -> Picture:
        """Flats, uint8 (H, W, 3), for ink float32 (H, W). Raises RivalError."""
        ...


class Blank:
    """White paper: what a person has before anybody colours."""

    def paint(self, ink: NDArray[np.float32], hints: Hints) -> Picture:
        """White everywhere, whatever the hints say."""
        return np.full((*ink.shape, 3), 255, np.uint8)


class Watershed:
    """The usual fill by flooding: each hint floods over the paper until it meets another.

    The height is `line_height`, so that floods meet on lines and in the narrows where a line has a
    gap. Without hints the paper stays white.
    """

    def paint(self, ink: NDArray[np.float32], hints: Hints) -> Picture:
        """Every pixel gets the colour of the hint that flooded it."""
        if not hints:
            return Blank().paint(ink, hints)
        segmentation = need("skimage.segmentation")
        markers = hints.labels(*ink.shape)
        labels = segmentation.watershed(line_height(ink), markers)
        return np.asarray(np.array([(255, 255, 255), *hints.colors()], np.uint8)[labels])


def line_height(ink: NDArray[np.float32]) -> NDArray[np.float32]:
    """float32 (H, W): minus the distance to the nearest line in pixels; on lines, the ink itself.

    Faint lines count too: of ten heights tried on up to 60 pairs, among them the ink alone, the
    distance alone and lines from half ink on, this one had the smallest error over 5 and 50 random
    hints and r10 together.
    """
    paper = (ink < _FAINT).astype(np.uint8)
    return np.asarray(ink - cv2.distanceTransform(paper, cv2.DIST_L2, 5), np.float32)


def _gmic() -> Rival:
    from irodori.measure.gmic import Gmic

    return Gmic()


RIVALS: dict[str, Callable[[], Rival]] = {
    "blank": Blank,
    "watershed": Watershed,
    "gmic": _gmic,
}
"""The rivals by name. Making one raises RivalError where it is not installed."""


def check_rivals(names: Sequence[str]) -> list[str]:
    """The names without spaces; raises RivalError, with those there are, for an unknown one."""
    names = [name.strip() for name in names]
    for name in names:
        if name not in RIVALS:
            raise RivalError(f"{name!r} is no rival; there are {', '.join(RIVALS)}")
    return names
