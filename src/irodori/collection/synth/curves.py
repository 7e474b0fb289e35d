"""Curves and outlines as arrays of points: float64 (n, 2), x to the right, y down."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

Path: TypeAlias = NDArray[np.float64]
"""Points, float64 (n, 2)."""

Point: TypeAlias = tuple[float, float]

_GRAIN = 3.0  # pixels of a unit where outlines are joined


def path(*points: Point) -> Path:
    """The points as a path."""
    return np.array(points, float)


def spline(points: ArrayLike, *, closed: bool = False, steps: int = 8) -> Path:
    """A smooth curve through all points (Catmull-Rom)."""
    p = np.asarray(points, float)
    if closed:
        q = np.vstack([p[-1:], p, p[:2]])
    else:
        q = np.vstack([2 * p[:1] - p[1:2], p, 2 * p[-1:] - p[-2:-1]])
    t = np.linspace(0, 1, steps, endpoint=False)[:, None]
    a, b, c, d = (q[k : len(q) - 3 + k, None] for k in range(4))
    # the basis of Catmull and Rom (1974), tension one half
    cubic = (
        2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3
    )
    curve = (cubic / 2).reshape(-1, 2)
    return curve if closed else np.vstack([curve, p[-1:]])


def bend(start: Point, through: Point, end: Point, steps: int = 10) -> Path:
    """A quadratic Bezier curve, pulled towards its middle point."""
    t = np.linspace(0, 1, steps)[:, None]
    a, b, c = (np.asarray(point, float) for point in (start, through, end))
    return np.asarray((1 - t) ** 2 * a + 2 * t * (1 - t) * b + t**2 * c)


def ellipse(
    center: Point, radii: Point, start: float = 0, end: float = 360, *, steps: int = 32
) -> Path:
    """An ellipse or a piece of its arc; angles in degrees, from the right, clockwise."""
    turn = np.radians(np.linspace(start, end, steps, endpoint=end - start < 360))
    return np.stack([np.cos(turn), np.sin(turn)], 1) * radii + center


def box(left: float, top: float, right: float, bottom: float) -> Path:
    """A rectangle."""
    return path((left, top), (right, top), (right, bottom), (left, bottom))


def star(center: Point, radius: float, points: int = 5, inner: float = 0.45) -> Path:
    """A star that stands on two of its points."""
    turn = np.radians(np.arange(2 * points) * 180 / points - 90)
    reach = radius * np.where(np.arange(2 * points) % 2, inner, 1)
    return np.stack([np.cos(turn), np.sin(turn)], 1) * reach[:, None] + center


def heart(center: Point, radius: float) -> Path:
    """A heart about `radius` from its middle to its point."""
    half = spline(path((0, -0.45), (0.45, -0.85), (0.95, -0.4), (0.55, 0.35), (0, 1)), steps=6)
    return np.vstack([half, half[-2:0:-1] * (-1, 1)]) * radius + center


def mirrored(points: Path) -> Path:
    """Left and right exchanged, about x = 0."""
    return points * (-1, 1)


def symmetric(right: Path) -> Path:
    """A closed outline from its right half, given from the top down."""
    return np.vstack([right, mirrored(right)[::-1]])


def shifted(points: Path, right: float, down: float) -> Path:
    """Moved."""
    return np.asarray(points + np.array([right, down]))


def turned(points: Path, degrees: float, about: Point = (0, 0)) -> Path:
    """Turned clockwise about a point."""
    turn = np.radians(degrees)
    matrix = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    return np.asarray((points - about) @ matrix + about)


def even(points: Path, step: float) -> Path:
    """The same line with points about `step` apart, two at least."""
    along = np.concatenate([[0], np.cumsum(np.hypot(*np.diff(points, axis=0).T))])
    at = np.linspace(0, along[-1], max(2, round(along[-1] / step) + 1))
    return np.stack([np.interp(at, along, points[:, k]) for k in (0, 1)], 1)


def normals(points: Path) -> Path:
    """Unit vectors to the right of the way along a line, (n, 2)."""
    along = np.gradient(points, axis=0)
    along /= np.maximum(np.hypot(along[:, 0], along[:, 1]), 1e-9)[:, None]
    return np.stack([-along[:, 1], along[:, 0]], 1)


def ribbon(points: Path, widths: Sequence[float], steps: int = 8) -> Path:
    """The outline of a band along a smooth line; `widths` are half widths from start to end."""
    middle = spline(points, steps=steps)
    wide = np.interp(np.linspace(0, 1, len(middle)), np.linspace(0, 1, len(widths)), widths)
    side = normals(middle) * wide[:, None]
    return np.vstack([middle + side, (middle - side)[::-1]])


def limb(joints: Path, radii: Sequence[float]) -> Path:
    """The outline around discs at the joints and the pieces between them."""
    parts = [ellipse(tuple(j), (r, r)) for j, r in zip(joints, radii, strict=True)]
    for a, b, ra, rb in zip(joints, joints[1:], radii, radii[1:], strict=False):
        side = normals(np.stack([a, b]))[0]
        parts.append(np.stack([a + side * ra, b + side * rb, b - side * rb, a - side * ra]))
    return union(parts)


def union(parts: Sequence[Path], *, soften: float = 1.5) -> Path:
    """The outer outline of overlapping shapes, its corners rounded by about `soften` units."""
    points = np.vstack(parts)
    low = points.min(0) - 2
    width, height = np.ceil((points.max(0) + 2 - low) * _GRAIN).astype(int)
    mask = np.zeros((height, width), np.uint8)
    for part in parts:
        cv2.fillPoly(mask, [np.round((part - low) * _GRAIN * 8).astype(np.int32)], 255, shift=3)
    found, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    line = max(found, key=len)[:, 0].astype(float)
    reach = max(1, round(soften * _GRAIN))
    weights = np.hanning(2 * reach + 3)[1:-1]
    weights /= weights.sum()
    around = np.pad(line, ((reach, reach), (0, 0)), mode="wrap")
    smooth = np.stack([np.convolve(around[:, k], weights, "valid") for k in (0, 1)], 1)
    return np.asarray(smooth[::2] / _GRAIN + low)
