"""Drawings with their hints, as contact sheets show them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from irodori.color.hints import Hints
from irodori.color.sheet import CELL
from irodori.measure.errors import Picture


def draw_hints(ink: NDArray[np.float32], hints: Hints) -> Picture:
    """The lines with the hints on them, uint8 (H, W, 3), for ink float32 (H, W).

    Each dab is ringed, so that a white one can be told from paper.
    """
    grey = np.rint(255 * (1 - 0.75 * ink)).astype(np.uint8)
    image = Image.fromarray(grey).convert("RGB")
    draw = ImageDraw.Draw(image)
    scale = max(ink.shape) / CELL  # so that rings are as thick on the sheet for any size
    for dab in hints.dabs:
        radius = max(dab.radius, 3 * scale)
        for extra, color in ((1.5 * scale, (90, 90, 90)), (0.0, dab.color)):
            reach = radius + extra
            draw.ellipse((dab.x - reach, dab.y - reach, dab.x + reach, dab.y + reach), fill=color)
    return np.asarray(image)
