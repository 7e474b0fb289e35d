"""A second look at two pictures whose hashes are near: is one the other, stored again?

The one is laid over the other as exactly as it goes (a crop lies somewhere inside, a little larger
or smaller), then compared place by place: a variant with another mouth is alike but there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from irodori.collection.hashes import WINDOWS, structure
from irodori.collection.reading import Picture, fit

Floats = NDArray[np.float32]

SIDES = (64, 128, 256)
"""Long sides at which two pictures are laid over each other, coarse to fine."""

_BLUR = 1.2  # pixels; lines must overlap a little before they can be drawn together
_PROMISING = 0.9  # correlation after the coarsest fit below which no finer one is tried
_MARGIN = 5  # pixels at the border, where a cut is an edge
_TILE = 32  # pixels of the finest level; about a face in a group
_FAINT = 0.02  # mean square of structure that counts as little, so that empty tiles are alike
_CALM = 0.15  # structure below which a color is that of an area, not of an edge
_COLORED = 12.0  # chroma in Lab above which a color can be told to have changed
_SAME, _OTHER = 3.0, 10.0  # distances in Lab: what storing again does, what a person sees at once


@dataclass(frozen=True, eq=False)
class Look:
    """What is kept of a picture to compare it: structure at SIDES, and color at the middle one.

    Structure: uint8, 255 for 1; color: uint8 (H, W, 3), Lab as OpenCV stores it in bytes.
    """

    levels: tuple[NDArray[np.uint8], ...]
    color: NDArray[np.uint8]


@dataclass(frozen=True)
class Likeness:
    """How alike two pictures are where they overlap.

    lines: 0..1, that of the least alike place; 0 where they could not be laid over each other.
    same, other: shares of the colored areas that have the same color, and clearly another.
    """

    lines: float
    same: float
    other: float


class Fit(NamedTuple):
    """Where a pixel (u, v) of the part lies in the whole: (scale_x u + x, scale_y v + y)."""

    scale_x: float
    x: float
    scale_y: float
    y: float


def look_at(picture: Picture) -> Look:
    """What there is to compare of a picture."""
    fine = structure(picture, SIDES[-1])
    height, width = fine.shape
    levels = []
    for side in SIDES:
        step = SIDES[-1] // side
        size = (max(8, width // step), max(8, height // step))
        level = cv2.resize(fine, size, interpolation=cv2.INTER_AREA)
        levels.append((cv2.GaussianBlur(level, (0, 0), _BLUR) * 255).astype(np.uint8))
    small = cv2.resize(fit(picture, SIDES[-1]), levels[1].shape[::-1], interpolation=cv2.INTER_AREA)
    smooth = cv2.GaussianBlur(small, (0, 0), 0.8)
    return Look(tuple(levels), np.asarray(cv2.cvtColor(smooth, cv2.COLOR_RGB2LAB), np.uint8))


def compare(whole: Look, part: Look, window: int) -> Likeness:
    """How alike `part` is to `whole`, of which it may be the window of that number."""
    wholes = [_unit(level) for level in whole.levels]
    parts = [_unit(level) for level in part.levels]
    place = _draw_together(wholes[0], parts[0], _begin(wholes[0], parts[0], window), steps=12)
    if _correlation(_lay(wholes[0], place, parts[0]), parts[0]) < _PROMISING:
        return Likeness(0.0, 0.0, 0.0)
    place = _finer(place, wholes[0], wholes[1], parts[0], parts[1])
    middle = _draw_together(wholes[1], parts[1], place, steps=5)
    place = _finer(middle, wholes[1], wholes[2], parts[1], parts[2])
    place = _draw_together(wholes[2], parts[2], place, steps=4)
    lines = _least_alike(_lay(wholes[2], place, parts[2]), parts[2])
    drawn = np.maximum(_lay(wholes[1], middle, parts[1]), parts[1])
    under = _lay(_lab(whole.color), middle, parts[1])
    same, other = _compare_colors(under, _lab(part.color), drawn < _CALM)
    return Likeness(lines, same, other)


def _unit(stored: NDArray[np.uint8]) -> Floats:
    return np.asarray(stored / np.float32(255), np.float32)


def _lab(stored: NDArray[np.uint8]) -> Floats:
    """L 0..100, a and b about 0, from OpenCV's bytes."""
    scale, middle = np.array([100 / 255, 1, 1]), np.array([0, 128, 128])
    return np.asarray(stored * scale - middle, np.float32)


def _begin(whole: Floats, part: Floats, window: int) -> Fit:
    left, top, right, bottom = WINDOWS[window]
    scale_x = (right - left) * whole.shape[1] / part.shape[1]
    scale_y = (bottom - top) * whole.shape[0] / part.shape[0]
    return Fit(
        scale_x,
        left * whole.shape[1] + scale_x / 2 - 0.5,
        scale_y,
        top * whole.shape[0] + scale_y / 2 - 0.5,
    )


def _finer(place: Fit, whole: Floats, finer: Floats, part: Floats, finer_part: Floats) -> Fit:
    """The same place in pixels of the next level; pixels are counted from their middles."""

    def along(scale: float, shift: float, axis: int) -> tuple[float, float]:
        grows = finer.shape[axis] / whole.shape[axis]
        of_part = finer_part.shape[axis] / part.shape[axis]
        shift = (scale * (0.5 / of_part - 0.5) + shift + 0.5) * grows - 0.5
        return scale * grows / of_part, shift

    return Fit(*along(place.scale_x, place.x, 1), *along(place.scale_y, place.y, 0))


def _lay(whole: Floats, place: Fit, part: Floats) -> Floats:
    """The whole as the part sees it, in the part's pixels."""
    matrix = np.array([[place.scale_x, 0, place.x], [0, place.scale_y, place.y]], np.float32)
    way = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    size = part.shape[1::-1]
    laid = cv2.warpAffine(whole, matrix, size, flags=way, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(laid, np.float32)


def _draw_together(whole: Floats, part: Floats, place: Fit, *, steps: int) -> Fit:
    """Moves and stretches until the squared difference is least: inverse compositional fitting.

    Source: S. Baker, I. Matthews, "Lucas-Kanade 20 Years On", IJCV 56(3), 2004.
    """
    height, width = part.shape
    across = cv2.Sobel(part, cv2.CV_32F, 1, 0) / 8
    down = cv2.Sobel(part, cv2.CV_32F, 0, 1) / 8
    u = np.arange(width, dtype=np.float32) / width - 0.5
    v = (np.arange(height, dtype=np.float32) / height - 0.5)[:, None]
    slopes = np.stack([across * u, across, down * v, down]).reshape(4, -1)
    normal = slopes @ slopes.T
    normal += np.eye(4, dtype=np.float32) * (1e-3 * np.trace(normal) / 4 + 1e-6)
    for _ in range(steps):
        error = (_lay(whole, place, part) - part).ravel()
        stretch_x, move_x, stretch_y, move_y = np.linalg.solve(normal, slopes @ error)
        place = Fit(
            *_undo(place.scale_x, place.x, stretch_x, move_x, width),
            *_undo(place.scale_y, place.y, stretch_y, move_y, height),
        )
        if max(abs(stretch_x), abs(move_x), abs(stretch_y), abs(move_y)) < 0.02:
            break
    return place


def _undo(
    scale: float, shift: float, stretch: float, move: float, size: int
) -> tuple[float, float]:
    """The axis's scale and shift after the step that the part should have made, turned around."""
    factor = min(max(1 + stretch / size, 0.9), 1.1)
    scale /= factor
    return scale, shift - scale * (size / 2 * (1 - factor) + move)


def _correlation(one: Floats, other: Floats) -> float:
    one, other = one - one.mean(), other - other.mean()
    return float((one * other).sum() / np.sqrt((one * one).sum() * (other * other).sum() + 1e-9))


def _least_alike(one: Floats, other: Floats) -> float:
    """The cosine between the two in the tile where it is least, empty tiles being alike."""
    middle = (slice(_MARGIN, -_MARGIN), slice(_MARGIN, -_MARGIN))
    if min(one.shape) > 3 * _MARGIN:
        one, other = one[middle], other[middle]

    def mean(values: Floats) -> Floats:
        return np.asarray(np.maximum(cv2.blur(values, (_TILE, _TILE)), 0), np.float32)

    both = mean(one * other) + _FAINT
    return float((both / (np.sqrt(mean(one * one) * mean(other * other)) + _FAINT)).min())


def _compare_colors(one: Floats, other: Floats, calm: NDArray[np.bool_]) -> tuple[float, float]:
    """Shares of the colored areas with the same color, and with clearly another."""
    chroma = np.maximum(np.hypot(*one[..., 1:].T), np.hypot(*other[..., 1:].T)).T
    colored = calm & (chroma > _COLORED)
    if not colored.any():
        return 1.0, 0.0
    apart = np.sqrt(((one - other)[colored] ** 2).sum(1))
    return float((apart < _SAME).mean()), float((apart > _OTHER).mean())
