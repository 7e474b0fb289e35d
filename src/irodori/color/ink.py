"""Ink from paper: how much of the drawing's line there is at each pixel.

A clean drawing, black on white, passes unchanged: ink is 1 - grey. Anything else (a scan, a photo,
coloured or soft pencil, white on black, a painting) is made to look like one first.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from PIL import Image

from irodori.color import paper

Bytes = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]

NO_LINES = "no lines were found in it; give a drawing with ink on lighter paper"
ALL_INK = "it is ink all over, with no paper left to color; give a drawing on lighter paper"

_CELL = 16  # pixels a side, of the squares that are asked whether they show white paper
_SAMPLES = 1_000_000  # pixels looked at for colours


class NoInkError(ValueError):
    """The picture holds no drawing; `str(error)` says why, to be put behind its name."""


def separate(picture: Bytes) -> Floats:
    """Ink of a picture: float32 (H, W), 0 paper .. 1 ink.

    `picture`: uint8, grey (H, W) or sRGB (H, W, 3), each side at least 8.
    Raises NoInkError when it is blank, or black all over.
    """
    darkness = _darkness(picture)
    seen = _histogram(darkness)
    used = np.flatnonzero(seen)
    if used[-1] - used[0] < 12:  # one tone, give or take a compressor's noise
        raise NoInkError(ALL_INK if used[0] > 170 else NO_LINES)
    if _is_white_on_black(darkness, seen):
        picture = 255 - picture
        darkness = _darkness(picture)
        seen = _histogram(darkness)
    if _is_clean(picture, darkness, seen):
        levels = np.arange(256) / 255
    else:
        darkness = 255 - _flat(picture)
        levels = _stretch(_histogram(darkness))
    ink: Floats = np.take(levels.astype(np.float32), darkness)
    if np.count_nonzero(ink < 0.5) < ink.size * 0.0005:
        raise NoInkError(ALL_INK)
    return ink


def _darkness(picture: Bytes) -> Bytes:
    """uint8 (H, W): 255 less the darkest channel, so that a strong colour counts as ink."""
    if picture.ndim == 2:
        return 255 - picture
    darkest = np.minimum(picture[..., 0], picture[..., 1])
    np.minimum(darkest, picture[..., 2], out=darkest)
    return np.subtract(255, darkest, out=darkest)


def _histogram(plane: Bytes) -> npt.NDArray[np.int64]:
    """int64 (256,): how many pixels have each level. Pillow's needs no copy, unlike numpy's."""
    return np.array(Image.fromarray(plane).histogram(), np.int64)


def _is_clean(picture: Bytes, darkness: Bytes, seen: npt.NDArray[np.int64]) -> bool:
    """Whether this is a digital drawing already: white paper, real black, no coloured areas."""
    # Thin soft-edged lines are hardly anywhere fully black; a pencil is nowhere.
    if seen[207:].sum() < max(4, 0.01 * seen[6:].sum()):
        return False
    height, width = (side // _CELL * _CELL for side in darkness.shape)
    if height and width:
        cells = darkness[:height, :width].reshape(height // _CELL, _CELL, width)
        lightest = cells.min(axis=1).reshape(height // _CELL, -1, _CELL).min(axis=2)
        # A cell shows paper or lies in solid black; many that do neither are grey paper.
        if ((lightest > 8) & (lightest < 128)).mean() > 0.05:
            return False
    elif seen[:9].sum() < 0.3 * darkness.size:
        return False
    return picture.ndim == 2 or _share_of_colors(picture) < 0.01


def _share_of_colors(picture: Bytes) -> float:
    step = max(1, int((picture.size / 3 / _SAMPLES) ** 0.5))
    sample = picture[::step, ::step].astype(np.int16)
    red, green, blue = sample[..., 0], sample[..., 1], sample[..., 2]
    chroma = np.maximum(np.maximum(red, green), blue) - np.minimum(np.minimum(red, green), blue)
    return float((chroma > 48).mean())


def _is_white_on_black(darkness: Bytes, seen: npt.NDArray[np.int64]) -> bool:
    """Whether the paper is dark and thin light lines are on it: chalk, scratchboard, a negative.

    Black hair or a night scene is ink on white paper: its light areas are wide.
    """
    if seen[:176].sum() > seen[176:].sum():  # fewer than half of the pixels are dark
        return False
    edges = np.concatenate([darkness[0], darkness[-1], darkness[:, 0], darkness[:, -1]])
    if (edges > 160).mean() < 0.9:
        return False
    import cv2

    step = max(1, max(darkness.shape) // 1024)
    light = (darkness[::step, ::step] < 128).astype(np.uint8)
    wide = max(3, max(light.shape) // 40 | 1)
    opened = cv2.morphologyEx(light, cv2.MORPH_OPEN, np.ones((wide, wide), np.uint8))
    return bool(0 < light.mean() < 0.35 and opened.mean() < min(0.08, 0.6 * light.mean()))


def _flat(picture: Bytes) -> Bytes:
    """uint8 (H, W): the picture as if on even white paper, `paper.PAPER` paper .. 0 ink."""
    channels = picture.reshape(*picture.shape[:2], -1)
    light = paper.page_light(channels)
    if not paper.has_color_areas(channels, light):
        return paper.flatten(channels, light)
    grey = np.asarray(Image.fromarray(picture).convert("L"))
    flat = paper.flatten(grey[..., None], paper.local_light(grey[..., None]))
    # Wide black areas are lighter than nothing around them, and yet ink.
    solid = np.clip(np.arange(256) * 3.5 - 30, 0, 255).astype(np.uint8)
    both: Bytes = np.minimum(flat, solid[grey])
    return both


def _stretch(seen: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """(256,): ink, 0..1, for each darkness of a flattened picture with this histogram.

    Paper and its noise become 0, the drawing's strong lines 1, however faint they are.
    Raises NoInkError when nothing stands out of the noise.
    """
    levels = np.arange(256)
    # The paper's tone: the fullest level within the fullest five neighbours.
    first = max(0, int(np.convolve(seen[:160], np.ones(5), "same").argmax()) - 2)
    middle = first + int(seen[first : first + 5].argmax())
    below = seen[: middle + 1]
    # Lines lie on one side of the paper's tone only: the other side shows its noise alone.
    spread = float(np.sqrt((below * (middle - levels[: middle + 1]) ** 2).sum() / below.sum()))
    floor = middle + 2.5 * spread + 1
    marks = np.where(levels > floor, seen, 0)
    if not marks.any():
        raise NoInkError(NO_LINES)
    strong = _percentile(np.where(levels >= _otsu(marks), marks, 0), 0.7)
    if strong < middle + max(16, 5 * spread):
        raise NoInkError(NO_LINES)
    return np.clip((levels - floor) / max(1.0, strong - floor), 0, 1)


def _otsu(seen: npt.NDArray[np.int64]) -> int:
    """The level that parts a histogram (256,) into the two tightest halves."""
    levels = np.arange(256)
    count = np.cumsum(seen).astype(np.float64)
    total = np.cumsum(seen * levels).astype(np.float64)
    rest = count[-1] - count
    with np.errstate(divide="ignore", invalid="ignore"):
        apart = total / count - (total[-1] - total) / rest
        between = np.nan_to_num(count * rest * apart**2, posinf=0.0)
    return int(between.argmax()) + 1 if between.max() > 0 else int(levels[seen > 0][0])


def _percentile(seen: npt.NDArray[np.int64], share: float) -> int:
    return int(np.searchsorted(np.cumsum(seen), share * seen.sum()))
