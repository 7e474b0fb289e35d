"""What lies on a coarse grid, looked up at a drawing's own pixels."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray


def interpolated(
    grid: NDArray[np.float32],
    box: tuple[slice, slice],
    shape: tuple[int, ...],
    size: tuple[int, int] | None = None,
    *,
    flags: int = cv2.INTER_LINEAR,
) -> NDArray[np.float32]:
    """A grid (h, w) over a whole drawing of `shape` (H, W), seen at the places of a box in it.

    box: rows and columns, in the drawing's pixels; size: (width, height), at how many places, None
    for each pixel; flags: how OpenCV interpolates. Beyond the outermost cells' middles their values
    hold. Returns float32 (height, width).
    """
    rows, columns = box[0].stop - box[0].start, box[1].stop - box[1].start
    width, height = size or (columns, rows)
    scale_y, scale_x = grid.shape[0] / shape[0], grid.shape[1] / shape[1]
    step_y, step_x = rows / height, columns / width
    to_grid = np.array(
        [
            [scale_x * step_x, 0, (box[1].start + 0.5 * step_x) * scale_x - 0.5],
            [0, scale_y * step_y, (box[0].start + 0.5 * step_y) * scale_y - 0.5],
        ]
    )
    found = cv2.warpAffine(
        grid,
        to_grid,
        (width, height),
        flags=flags | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return np.asarray(found, np.float32)
