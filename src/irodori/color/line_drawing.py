"""Lines of a picture that has colors already, so that it can be colored anew.

Dark strokes are taken as they are; where two colors meet without a stroke a line is drawn.
"""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from irodori.color import paper
from irodori.color.containers import read_picture
from irodori.color.drawing import Drawing
from irodori.color.errors import DrawingError
from irodori.color.pixels import Pixels, normalize

_WORK_SIDE = 1024
"""Long side at which lines are looked for: of a larger scan, paper grain would become lines."""

_STROKE = 9  # pixels at the work size: what is wider is an area, not a stroke
_EDGE = 12.0  # CIE Lab units between two sides of an edge that is drawn


def load_pixels(path: Path, *, name: str, max_megapixels: float) -> Pixels:
    """The picture in a file, upright and in sRGB, over white. Raises DrawingError."""
    try:
        with path.open("rb") as file:
            return normalize(read_picture(file, name, max_megapixels))
    except OSError as error:
        raise DrawingError(f"{name}: cannot be opened ({error.strerror})") from error


def is_colored(picture: NDArray[np.uint8]) -> bool:
    """Whether areas of a picture, uint8 (H, W) or (H, W, 3), have colors, not its lines alone."""
    channels = picture.reshape(*picture.shape[:2], -1)
    return paper.has_color_areas(channels, paper.page_light(channels))


def extract_lines(pixels: Pixels, *, name: str) -> Drawing:
    """The drawing that a colored picture may have been colored from, at its own size.

    Raises DrawingError where nothing is drawn.
    """
    picture = pixels.over_white
    if picture.ndim == 2:
        picture = np.repeat(picture[..., None], 3, axis=2)
    height, width = picture.shape[:2]
    scale = min(1.0, _WORK_SIDE / max(height, width))
    small = picture
    if scale < 1:
        size = max(1, round(width * scale)), max(1, round(height * scale))
        small = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)
    strokes, edges = _dark_strokes(small), _edges(small)
    # A stroke has two edges of its own, which are no lines.
    beside = cv2.dilate(strokes, np.ones((7, 7), np.uint8)) > 0.3
    ink = np.maximum(strokes, np.where(beside, 0, edges)).astype(np.float32)
    specks = cv2.blur(ink, (5, 5)) < 0.05
    ink[specks] = 0
    if scale < 1:
        large = cv2.resize(ink, (width, height), interpolation=cv2.INTER_CUBIC)
        ink = np.asarray(large, np.float32)
    ink = np.clip(ink, 0, 1).astype(np.float32)
    if (ink > 0.4).mean() < 1e-4:
        raise DrawingError(f"{name}: no lines were found in it; give a picture with edges")
    ink.flags.writeable = False
    return Drawing(ink, pixels.alpha, False, pixels.icc_profile, pixels.dpi, name)


def _dark_strokes(picture: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Thin and darker than both sides (a black top-hat), and all that is nearly black."""
    light = cv2.cvtColor(picture, cv2.COLOR_RGB2LAB)[..., 0]
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (_STROKE, _STROKE))
    hat = cv2.morphologyEx(light, cv2.MORPH_BLACKHAT, disc).astype(np.float32)
    solid = np.clip((48 - light.astype(np.float32)) / 24, 0, 1)
    return np.maximum(np.clip((hat - 16) / 60, 0, 1), solid).astype(np.float32)


def _edges(picture: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Where the color changes by more than `_EDGE` within a pen's width."""
    smooth = cv2.bilateralFilter(picture, 7, 24, 3)
    lab = cv2.cvtColor(smooth.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    across = cv2.Sobel(lab, cv2.CV_32F, 1, 0) / 4
    down = cv2.Sobel(lab, cv2.CV_32F, 0, 1) / 4
    strength = np.sqrt((across**2 + down**2).sum(2))
    crest = strength >= cv2.dilate(strength, np.ones((3, 3), np.uint8)) * 0.6  # thin the ramps
    return np.asarray(np.clip((strength - _EDGE * 0.6) / _EDGE, 0, 1) * crest, np.float32)
