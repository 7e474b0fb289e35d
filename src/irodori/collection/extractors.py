"""Ways to draw line art from a color picture; each sees other lines.

All take sRGB uint8 (H, W, 3) and return ink, float32 (H, W), 0 paper .. 1 ink. Lengths are pixels
of a picture of `REFERENCE` on its long side and grow with larger pictures.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

RGB8 = NDArray[np.uint8]
Ink = NDArray[np.float32]

REFERENCE = 512


def scale_of(picture: NDArray[np.generic]) -> float:
    """How much larger than `REFERENCE` a picture is; 1 for smaller ones."""
    return max(1.0, float(max(picture.shape[:2])) / REFERENCE)


def difference_of_gaussians(
    picture: RGB8, *, sigma: float = 0.8, threshold: float = 5.0, gain: float = 25.0
) -> Ink:
    """Darker than the surroundings at the scale of a pen, the soft threshold of XDoG.

    Source: Winnemoeller, Kyprianidis, Olsen, "XDoG", Computers & Graphics 36(6), 2012; without
    its absolute level, which would fill dark colors with ink. `threshold` and `gain` in 255 gray
    levels.
    """
    gray, sigma = _gray(picture), sigma * scale_of(picture)
    deeper = np.subtract(_blurred(gray, sigma * 4), _blurred(gray, sigma))
    return _ramp(deeper, threshold, gain)


def sharpened_threshold(
    picture: RGB8, *, sigma: float = 0.8, sharpness: float = 18.0, level: float = 0.06
) -> Ink:
    """XDoG as published, dark areas filled: what a brush and a bottle of ink would do.

    Source: as above, equations 7 and 5: S = (1 + p) G_s - p G_ks; ink is -tanh(phi (S - level))
    where S falls below `level`, the picture in 0..1. `sharpness` is p.
    """
    gray, sigma = _gray(picture) / np.float32(255), sigma * scale_of(picture)
    narrow, wide = _blurred(gray, sigma), _blurred(gray, sigma * 1.6)
    sharp = narrow + np.float32(sharpness) * (narrow - wide)
    return np.asarray(np.clip(-np.tanh(6 * (sharp - level)), 0, 1), np.float32)


def flow_lines(
    picture: RGB8, *, sigma: float = 0.8, threshold: float = 3.0, gain: float = 14.0
) -> Ink:
    """Differences of Gaussians gathered along the strokes: longer lines, fewer specks.

    Source: Kang, Lee, Chui, "Flow-based image abstraction", IEEE TVCG 15(1), 2009. The direction
    is that of the smoothed structure tensor; the average along it reaches 4 pixels each way.
    """
    gray, scale = _gray(picture), scale_of(picture)
    deeper = _blurred(gray, sigma * scale * 4) - _blurred(gray, sigma * scale)
    along_x, along_y = _tangents(gray, 2 * scale)
    height, width = gray.shape
    rows, columns = np.indices((height, width), np.float32)
    total = deeper.copy()
    for sign in (-scale, scale):
        x, y = columns, rows
        for _ in range(4):
            here = np.clip(np.rint(y), 0, height - 1), np.clip(np.rint(x), 0, width - 1)
            row, column = (each.astype(np.intp) for each in here)
            x, y = x + sign * along_x[row, column], y + sign * along_y[row, column]
            total += _at(deeper, x, y)
    return _ramp(total / np.float32(9), threshold, gain)


def adaptive_threshold(picture: RGB8, *, window: float = 9, offset: float = 5.0) -> Ink:
    """Darker than the mean of its window by more than `offset` of 255 gray levels."""
    scale = scale_of(picture)
    gray = _blurred(_gray(picture), 0.7 * scale)
    mean = _blurred(gray, window / 3 * scale)
    return _ramp(mean - gray, offset, 12)


def dark_strokes(picture: RGB8, *, width: float = 9) -> Ink:
    """Strokes thinner than `width` pixels and darker than both sides (a black top-hat)."""
    scale = scale_of(picture)
    gray = _blurred(_gray(picture), 0.5 * scale)
    side = round(width * scale) | 1
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
    hat = np.asarray(cv2.morphologyEx(gray, cv2.MORPH_BLACKHAT, disc), np.float32)
    return _ramp(hat, 14, 70)


def color_edges(picture: RGB8, *, threshold: float = 14.0, width: float = 0.8) -> Ink:
    """Borders between colors: Lab changes by more than `threshold` over a pen's `width`."""
    scale = scale_of(picture)
    smooth = cv2.GaussianBlur(cv2.bilateralFilter(picture, 5, 30, 3), (0, 0), width * scale)
    lab = cv2.cvtColor(smooth.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    total = np.zeros(picture.shape[:2], np.float32)
    for plane in cv2.split(lab):
        for way in ((1, 0), (0, 1)):
            total += np.square(cv2.Sobel(plane, cv2.CV_32F, *way))
    return _ramp(np.sqrt(total) * np.float32(scale / 4), threshold * 0.7, threshold)


def _gray(picture: RGB8) -> Ink:
    return np.asarray(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), np.float32)


def _blurred(plane: Ink, sigma: float) -> Ink:
    return np.asarray(cv2.GaussianBlur(plane, (0, 0), sigma), np.float32)


def _at(plane: Ink, x: Ink, y: Ink) -> Ink:
    """The plane's values at places between pixels."""
    found = cv2.remap(plane, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(found, np.float32)


def _ramp(values: Ink, start: float, length: float) -> Ink:
    return np.asarray(np.clip((values - np.float32(start)) / np.float32(length), 0, 1), np.float32)


def _tangents(gray: Ink, reach: float) -> tuple[Ink, Ink]:
    """x and y of the unit vector along the strokes at each pixel."""
    dx, dy = (np.asarray(cv2.Sobel(gray, cv2.CV_32F, *way), np.float32) for way in ((1, 0), (0, 1)))
    xx, yy, xy = (_blurred(each, reach) for each in (dx * dx, dy * dy, dx * dy))
    # The eigenvector of the smaller eigenvalue of [[xx, xy], [xy, yy]], by its half angle.
    angle = 0.5 * np.arctan2(2 * xy, xx - yy) + np.float32(np.pi / 2)
    return np.asarray(np.cos(angle), np.float32), np.asarray(np.sin(angle), np.float32)
