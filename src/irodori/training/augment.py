"""The same picture seen otherwise: color, lines and parts together, so that they still fit.

Off in validation. Hints are taken from what comes out, so they fit as well.
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from irodori.training.drawings import STRIDE, Arrays

TURN = 12.0
"""Degrees of rotation at most."""

SHEAR = 0.12
"""Shear at most, in pixels per pixel."""

SHIFT = 0.08
"""Shift at most, in parts of the picture's side."""


CONTRAST_FROM, INK_FROM = 0.75, 0.45
"""The least share of their contrast that colors keep, and lines of their ink, unless told."""


def augment(
    drawing: Arrays,
    random: np.random.Generator,
    *,
    recolor: bool,
    contrast_from: float = CONTRAST_FROM,
    ink_from: float = INK_FROM,
) -> Arrays:
    """A drawing as `Drawings.read` gives it -> another of the same kind, with `inside`.

    inside: uint8 (H, W), 255 where the picture reaches, 0 where turning left paper. recolor: it
    may get another color scheme, which only makes sense where the colors are told. contrast_from,
    ink_from: how far colors and lines may be faded, 1 is not at all.
    """
    out = with_inside(drawing)
    if random.random() < 0.3:
        out = clip(out, random)
    if random.random() < 0.4:
        out = warp(out, _affine(out["ink"].shape, random))
    if random.random() < 0.5:
        out |= {key: np.ascontiguousarray(out[key][:, ::-1]) for key in _MAPS}
    out["ink"] = another_pen(out["ink"], random, ink_from)
    if random.random() < 0.3:
        out["color"] = contrast(out["color"], random.uniform(contrast_from, 1.15))
    if recolor and random.random() < 0.5:
        hue, saturation = int(random.integers(0, 180)), float(random.uniform(0.7, 1.3))
        out["color"] = another_scheme(out["color"], hue, saturation)
    return out


_MAPS = ("ink", "color", "parts", "inside")


def with_inside(drawing: Arrays) -> Arrays:
    """The drawing with a map that says that all of it is picture."""
    return dict(drawing) | {"inside": np.full(drawing["ink"].shape, 255, np.uint8)}


def clip(drawing: Arrays, random: np.random.Generator) -> Arrays:
    """A part of the picture, 60 to 100 % of each side."""
    rows, columns = drawing["parts"].shape
    height, width = (max(8, int(side * random.uniform(0.6, 1))) for side in (rows, columns))
    top = int(random.integers(0, max(1, rows - height + 1)))
    left = int(random.integers(0, max(1, columns - width + 1)))
    out = dict(drawing)
    for key in _MAPS:
        step = 1 if key == "parts" else STRIDE
        out[key] = drawing[key][
            top * step : (top + height) * step, left * step : (left + width) * step
        ]
    return out


def _affine(shape: tuple[int, ...], random: np.random.Generator) -> NDArray[np.float64]:
    """Rotation, shear and shift about the middle, as a 2 x 3 matrix in pixels."""
    height, width = shape[:2]
    turn = np.deg2rad(random.uniform(-TURN, TURN))
    shear_x, shear_y = random.uniform(-SHEAR, SHEAR, 2)
    rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    matrix = rotation @ np.array([[1, shear_x], [shear_y, 1]])
    middle = np.array([width / 2, height / 2])
    shift = random.uniform(-SHIFT, SHIFT, 2) * (width, height)
    return np.column_stack([matrix, middle - matrix @ middle + shift])


def warp(drawing: Arrays, matrix: NDArray[np.float64]) -> Arrays:
    """The drawing under an affine map (2 x 3, pixels of the ink, origin at a corner)."""
    height, width = drawing["ink"].shape
    pixels = _about_centers(matrix)
    cells = _about_centers(matrix * [[1, 1, 1 / STRIDE]])
    size, grid = (width, height), (width // STRIDE, height // STRIDE)
    out = dict(drawing)
    white = (255, 255, 255)
    out["ink"] = cv2.warpAffine(drawing["ink"], pixels, size, flags=cv2.INTER_LINEAR)
    out["color"] = cv2.warpAffine(
        drawing["color"], pixels, size, flags=cv2.INTER_LINEAR, borderValue=white
    )
    out["inside"] = cv2.warpAffine(drawing["inside"], pixels, size, flags=cv2.INTER_NEAREST)
    out["parts"] = cv2.warpAffine(
        np.ascontiguousarray(drawing["parts"]),
        cells,
        grid,
        flags=cv2.INTER_NEAREST,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return out


def _about_centers(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    """The map for OpenCV, whose origin is the center of the first pixel, not its corner."""
    linear = matrix[:, :2]
    half = np.array([0.5, 0.5])
    return np.column_stack([linear, matrix[:, 2] + linear @ half - half])


def another_pen(
    ink: NDArray[Any], random: np.random.Generator, ink_from: float = INK_FROM
) -> NDArray[np.uint8]:
    """Thicker or thinner, softer, paler, or grained like pencil."""
    drawn: NDArray[Any] = np.asarray(ink, np.uint8)
    kind = random.random()
    if kind < 0.15:
        drawn = cv2.dilate(drawn, np.ones((2, 2), np.uint8))
    elif kind < 0.25:
        thin = cv2.erode(drawn, np.ones((2, 2), np.uint8))
        drawn = cv2.addWeighted(drawn, 0.5, thin, 0.5, 0)
    elif kind < 0.35:
        drawn = cv2.GaussianBlur(drawn, (0, 0), float(random.uniform(0.5, 1.2)))
    elif kind < 0.5:
        grain = cv2.GaussianBlur(random.random(drawn.shape, np.float32), (0, 0), 0.8)
        drawn = np.clip(drawn * (0.4 + 1.1 * grain), 0, 255).astype(np.uint8)
    if random.random() < 0.4:
        drawn = np.round(drawn * random.uniform(ink_from, 1)).astype(np.uint8)
    return np.asarray(drawn, np.uint8)


def contrast(color: NDArray[Any], factor: float) -> NDArray[np.uint8]:
    """Values pulled together (factor below 1) or apart, with white kept white."""
    return np.asarray(np.clip(255 - (255 - color.astype(np.float32)) * factor, 0, 255), np.uint8)


def another_scheme(color: NDArray[Any], hue: int, saturation: float) -> NDArray[np.uint8]:
    """The same picture in other colors, so that hints and palette are followed, not habit.

    hue: what is added, 180 is a full turn; saturation: a factor.
    """
    hsv = cv2.cvtColor(np.ascontiguousarray(color, np.uint8), cv2.COLOR_RGB2HSV).astype(np.int32)
    hsv[..., 0] = (hsv[..., 0] + hue) % 180
    hsv[..., 1] = np.clip(hsv[..., 1] * saturation, 0, 255)
    return np.asarray(cv2.cvtColor(hsv.astype(np.uint8), cv2.COLOR_HSV2RGB), np.uint8)
