"""A drawing on the grid on which hints are given: what color each cell has, and how surely."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from irodori.training.drawings import STRIDE, Arrays


@dataclass(frozen=True, eq=False)
class Cells:
    """What a drawing's h x w cells are, and which of its pixels count.

    color: float32 (h, w, 3), 0..255, the mean off the lines. weight: float32 (h, w), the share of
    pixels off the lines and inside the picture. shade: float32 (h, w), 1 where a cell is as light
    as its part. off_line: float32 (H, W), 0 or 1, the weight of pixels. parts: int32 (h, w).
    """

    color: NDArray[np.float32]
    weight: NDArray[np.float32]
    shade: NDArray[np.float32]
    off_line: NDArray[np.float32]
    parts: NDArray[np.int32]

    def flat(self) -> NDArray[np.intp]:
        """Positions (n,) of cells off the lines whose color is that of their surroundings."""
        color = self.color.astype(np.uint8)
        uneven = cv2.absdiff(color, cv2.blur(color, (3, 3))).max(2)
        flat = (self.weight > 0.8) & (uneven < 12)
        if not flat.any():
            flat = self.weight > 0
        return np.flatnonzero(flat) if flat.any() else np.arange(flat.size)


def on_grid(drawing: Arrays) -> Cells:
    """The cells of a drawing as `augment` gives it."""
    ink = drawing["ink"].astype(np.float32) / 255
    clear = ((ink < 0.08) & (drawing["inside"] > 0)).astype(np.float32)
    off_line = cv2.erode(clear, np.ones((3, 3), np.uint8))
    rows, columns = drawing["parts"].shape
    weight = _mean(off_line)
    total = _mean(drawing["color"].astype(np.float32) * off_line[..., None])
    color = np.clip(total / np.maximum(weight, 1e-3)[..., None], 0, 255).astype(np.float32)
    parts = drawing["parts"].astype(np.int32)
    assert weight.shape == (rows, columns)
    return Cells(color, weight, _shade(color, weight, parts), np.asarray(off_line), parts)


def _mean(pixels: NDArray[Any]) -> NDArray[np.float32]:
    size = pixels.shape[1] // STRIDE, pixels.shape[0] // STRIDE
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.float32)


def _shade(
    color: NDArray[np.float32], weight: NDArray[np.float32], parts: NDArray[np.int32]
) -> NDArray[np.float32]:
    """How much darker each cell is than the median of its part."""
    light = color.mean(2)
    order = np.lexsort((light.ravel(), parts.ravel()))
    numbers, start, count = np.unique(parts.ravel()[order], return_index=True, return_counts=True)
    median = np.zeros(int(parts.max()) + 1, np.float32)
    median[numbers] = light.ravel()[order][start + count // 2]
    factor = np.clip(light / np.maximum(median[parts], 1), 0.3, 1)
    return np.where(weight > 0.3, factor, 1).astype(np.float32)
