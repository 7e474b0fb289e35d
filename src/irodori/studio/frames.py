"""The picture under the brush as bytes: only the rectangle that changed, computed on the spot."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from irodori.color.coloring import Coloring

View = Literal["flats", "shaded"]
Pixels = NDArray[np.uint8]
"""(H, W, 4): sRGB and opacity, 0..255, without ink."""

HEADER = struct.Struct("<IBBHIIIIII")
"""seq, kind, encoding, 0, frame width and height, then x, y, width, height of what changed."""

COARSE, FULL = 0, 1
RAW, PNG = 0, 1


def paint_pixels(coloring: Coloring, view: View) -> Pixels:
    """The colors of a coloring as the page lays them under the ink."""
    table = np.empty((len(coloring.colors), 4), np.uint8)
    table[:, :3] = coloring.colors
    table[:, 3] = 255
    drawing = coloring.drawing
    if drawing.alpha is not None and drawing.ink_in_alpha:
        table[coloring.paper, 3] = 0
    # One gather of 32 bits instead of three of 8.
    pixels = np.take(table.view(np.uint32)[:, 0], coloring.labels).view(np.uint8)
    pixels = pixels.reshape(*coloring.labels.shape, 4)
    if drawing.alpha is not None and not drawing.ink_in_alpha:
        pixels[..., 3] = drawing.alpha
    if view == "shaded" and coloring.shade.min() < 255:
        light = cv2.merge([coloring.shade] * 3 + [np.full_like(coloring.shade, 255)])
        pixels = np.asarray(cv2.multiply(pixels, light, scale=1 / 255), np.uint8)
    return pixels


@dataclass
class FrameWriter:
    """Frames for one page: remembers what the page shows, and sends what differs from it."""

    encoding: int = RAW
    shown: Pixels | None = field(default=None, repr=False)

    def write(self, pixels: Pixels, *, seq: int, kind: int) -> bytes:
        """One message: the header, then the changed rectangle."""
        height, width = pixels.shape[:2]
        x, y, right, bottom = self._changed(pixels)
        self.shown = pixels
        head = HEADER.pack(seq, kind, self.encoding, 0, width, height, x, y, right - x, bottom - y)
        if right == x:
            return head
        inside = np.ascontiguousarray(pixels[y:bottom, x:right])
        if self.encoding == RAW:
            return head + inside.tobytes()
        _, packed = cv2.imencode(
            ".png", cv2.cvtColor(inside, cv2.COLOR_RGBA2BGRA), [cv2.IMWRITE_PNG_COMPRESSION, 1]
        )
        return head + packed.tobytes()

    def _changed(self, pixels: Pixels) -> tuple[int, int, int, int]:
        """Left, top, right, bottom of what differs from what the page shows."""
        height, width = pixels.shape[:2]
        if self.shown is None or self.shown.shape != pixels.shape:
            return 0, 0, width, height
        differs = (pixels.view(np.uint32) != self.shown.view(np.uint32))[..., 0]
        rows = np.flatnonzero(differs.any(1))
        if not len(rows):
            return 0, 0, 0, 0
        columns = np.flatnonzero(differs[rows[0] : rows[-1] + 1].any(0))
        return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1
