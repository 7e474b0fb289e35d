"""Photograph or drawing? Told from texture, square by square, by a very small network.

Drawn areas are flat, or shaded without grain, and end in lines; what a lens saw has grain and
detail of every size. A square is judged by figures for that, and the picture by all its squares.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from irodori.collection.reading import Picture, fit

Floats = NDArray[np.float32]

SIDE = 512
"""Long side of the picture that is looked at: grain is lost in a smaller one."""

SQUARE = 64

WEIGHTS = "photo.npz"

_CERTAIN = 9.0  # log odds beyond which one square does not count more


def photo_likeness(picture: Picture) -> float:
    """The chance, 0..1, that the picture is a photograph; 0.5 is where the two part best."""
    weights = _weights()
    hidden = np.maximum(texture(picture) @ weights["first"] + weights["first_bias"], 0)
    odds = np.clip(hidden @ weights["last"] + weights["last_bias"], -_CERTAIN, _CERTAIN)
    return float(1 / (1 + np.exp(weights["middle"] - odds.mean())))


@cache
def _weights() -> dict[str, Floats]:
    with files(__package__).joinpath(WEIGHTS).open("rb") as file, np.load(file) as stored:
        return {name: stored[name] for name in stored.files}


def texture(picture: Picture) -> Floats:
    """float32 (squares, 19): what each square of the picture is like.

    Shares of pixels by how much changes around them; lightness and its spread; detail at one, two
    and four pixels, and how it falls; chroma and its spread; how many colors; strokes darker and
    lighter than both sides; how far red and blue change together.
    """
    work = _whole_squares(fit(picture, SIDE) if max(picture.shape[:2]) > SIDE else picture)
    return np.stack([*_changes(work), *_detail(work), *_colors(work), *_strokes(work)], axis=1)


def _whole_squares(picture: Picture) -> Picture:
    """Cut to whole squares; a side shorter than one is mirrored on."""
    height, width = picture.shape[:2]
    if min(height, width) < SQUARE:
        below, right = max(0, SQUARE - height), max(0, SQUARE - width)
        return np.asarray(
            cv2.copyMakeBorder(picture, 0, below, 0, right, cv2.BORDER_REFLECT)[
                : max(SQUARE, height // SQUARE * SQUARE), : max(SQUARE, width // SQUARE * SQUARE)
            ]
        )
    return picture[: height // SQUARE * SQUARE, : width // SQUARE * SQUARE]


def _mean(plane: NDArray[Any], square: int = SQUARE) -> Floats:
    """The mean of each square; a square is a pixel of the reduced plane."""
    height, width = plane.shape
    size = (width // square, height // square)
    return np.asarray(
        cv2.resize(plane.astype(np.float32), size, interpolation=cv2.INTER_AREA), np.float32
    ).ravel()


def _log(values: Floats) -> Floats:
    return np.log(np.maximum(values, 0) + np.float32(0.3))


def _changes(work: Picture) -> list[Floats]:
    around = np.ones((3, 3), np.uint8)
    change = cv2.subtract(cv2.dilate(work, around), cv2.erode(work, around))
    change = cv2.max(cv2.max(change[..., 0], change[..., 1]), change[..., 2])
    flat = [_mean(change <= level) for level in (1, 3, 6, 20, 50, 90)]
    return [*flat[:3], flat[3] - flat[2], flat[4] - flat[3], 1 - flat[5]]


def _detail(work: Picture) -> list[Floats]:
    grey = cv2.cvtColor(work, cv2.COLOR_RGB2GRAY).astype(np.float32)
    size = grey.shape[1::-1]
    coarse = []
    for part in (0.5, 0.25):
        small = cv2.resize(grey, None, fx=part, fy=part, interpolation=cv2.INTER_AREA)
        coarse.append(cv2.resize(small, size, interpolation=cv2.INTER_LINEAR))
    lightness = _mean(grey)
    spread = np.sqrt(np.maximum(_mean(grey * grey) - lightness**2, 0))
    one = _log(_mean(np.abs(cv2.Laplacian(grey, cv2.CV_32F))))
    two = _log(_mean(np.abs(grey - coarse[0])))
    four = _log(_mean(np.abs(coarse[0] - coarse[1])))
    return [lightness / np.float32(64), _log(spread), one, two, four, one - four]


def _colors(work: Picture) -> list[Floats]:
    half = SQUARE // 2
    second = np.ascontiguousarray(work[::2, ::2])  # every second pixel shows as many colors
    lab = cv2.cvtColor(second, cv2.COLOR_RGB2LAB).astype(np.float32)
    a, b = lab[..., 1] - 128, lab[..., 2] - 128
    mean_a, mean_b = _mean(a, half), _mean(b, half)
    spread = np.sqrt(np.maximum(_mean(a * a + b * b, half) - mean_a**2 - mean_b**2, 0))
    count = _count_colors(second, half)
    return [_log(np.hypot(mean_a, mean_b)), _log(spread), _log(count)]


def _count_colors(picture: Picture, half: int) -> Floats:
    """How many colors of four bits a channel each square of `half` pixels has."""
    coarse = (picture >> 4).astype(np.int32)
    names = (coarse[..., 0] << 8) | (coarse[..., 1] << 4) | coarse[..., 2]
    rows, columns = names.shape[0] // half, names.shape[1] // half
    square = np.arange(rows * columns, dtype=np.int32).reshape(rows, columns)
    seen = np.zeros((rows * columns, 4096), np.bool_)
    seen.ravel()[names + (square.repeat(half, 0).repeat(half, 1) << 12)] = True
    return np.asarray(seen.sum(1), np.float32)


def _strokes(work: Picture) -> list[Floats]:
    grey = cv2.cvtColor(work, cv2.COLOR_RGB2GRAY)
    around = np.ones((9, 9), np.uint8)  # a square, which goes ten times as fast as a disc
    dark = cv2.morphologyEx(grey, cv2.MORPH_BLACKHAT, around)
    light = cv2.morphologyEx(grey, cv2.MORPH_TOPHAT, around)
    fine = work.astype(np.float32) - cv2.blur(work, (5, 5))
    red, blue = fine[..., 0], fine[..., 2]
    together = _mean(red * blue) / np.sqrt(_mean(red * red) * _mean(blue * blue) + 1)
    lean = _log(_mean(dark)) - _log(_mean(light))
    return [_mean(dark > 40), _mean(light > 40), lean, together]
