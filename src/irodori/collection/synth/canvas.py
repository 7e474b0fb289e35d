"""The sheet that a picture is drawn on: colors, shade and ink in layers of their own.

Shapes are painted from the back to the front. A shape that covers another hides its color, its
shade and its ink, so that the line art shows exactly the outlines that the color picture has.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from irodori.collection.synth.curves import Path, Point, even
from irodori.collection.synth.pen import Pen

Color: TypeAlias = tuple[int, int, int]
"""sRGB, 0..255."""

FINE = 2  # pixels of the sheet for one of the picture, each way
_STEP = 2.5  # pixels of the sheet between two points of a line
_CHUNK = 4  # pieces of a line painted together: so few cannot cross themselves
_FIXED = 3  # binary digits after the point of OpenCV's coordinates


@dataclass(frozen=True)
class Style:
    """What is the same all over a picture.

    shading: none, with hard or soft edges. light: where it comes from, a unit vector. tint: what
    shade makes of white, sRGB 0..1. ink: the color of lines, or None for a dark one of what is
    beside them.
    """

    pen: Pen
    shading: Literal["none", "hard", "soft"]
    light: Point
    tint: tuple[float, float, float]
    ink: Color | None


class Canvas:
    """A sheet of `size` (width, height) pixels; `unit` pixels of the picture are one unit at first.

    Paths are in units of the current place, see `placed`.
    """

    def __init__(
        self, size: tuple[int, int], style: Style, random: np.random.Generator, *, unit: float = 1
    ) -> None:
        width, height = size
        self.style, self.random = style, random
        self._color = np.full((height * FINE, width * FINE, 3), 255, np.uint8)
        self._ink = np.zeros(self._color.shape[:2], np.uint8)
        self._shade = np.zeros(self._color.shape[:2], np.uint8)
        self._matrix = np.array([[1, 0, 0], [0, 1, 0]], float) * unit * FINE
        self._corner = np.zeros(2)
        # Small pictures are drawn with finer lines, but lines that can still be seen.
        self._line = style.pen.width * (max(size) / 512) ** 0.7 * FINE
        self.drawn = 1.0
        """How wide lines are here against the pen's width."""

    @contextmanager
    def placed(
        self, at: Point, scale: float = 1, *, turn: float = 0, flipped: bool = False
    ) -> Iterator[None]:
        """What is drawn inside lies at `at`, larger by `scale`, turned clockwise by degrees."""
        before, width = self._matrix, self.drawn
        cos, sin = np.cos(np.radians(turn)) * scale, np.sin(np.radians(turn)) * scale
        side = -1 if flipped else 1
        inner = np.array([[cos * side, -sin, at[0]], [sin * side, cos, at[1]], [0, 0, 1]])
        self._matrix = before @ inner
        # Small things are drawn with finer lines, but not by as much as they are smaller.
        self.drawn = width * float(np.clip(scale**0.4, 0.5, 1.3))
        try:
            yield
        finally:
            self._matrix, self.drawn = before, width

    @contextmanager
    def inside(self, outline: Path) -> Iterator[None]:
        """What is drawn inside is seen only within the outline."""
        pixels = self._pixels(outline)
        low, window = self._window(pixels)
        sheets, corner = (self._color, self._ink, self._shade), self._corner
        self._color, self._ink, self._shade = (sheet[window] for sheet in sheets)
        self._corner = corner + low
        before = [sheet.copy() for sheet in (self._color, self._ink, self._shade)]
        outside = np.full(self._ink.shape, 255, np.uint8)
        try:
            if outside.size:
                cv2.fillPoly(outside, [_fixed(pixels - low)], 0, shift=_FIXED)
            yield
        finally:
            for now, old in zip((self._color, self._ink, self._shade), before, strict=True):
                now[outside > 0] = old[outside > 0]
            (self._color, self._ink, self._shade), self._corner = sheets, corner

    def fill(self, outline: Path, color: Color) -> None:
        """A shape of even color without an outline; hides all that is behind."""
        points = [_fixed(self._pixels(outline))]
        cv2.fillPoly(self._color, points, color, cv2.LINE_AA, shift=_FIXED)
        cv2.fillPoly(self._ink, points, 0, cv2.LINE_AA, shift=_FIXED)
        cv2.fillPoly(self._shade, points, 0, cv2.LINE_AA, shift=_FIXED)

    def tone(self, outline: Path, color: Color) -> None:
        """A shape of even color that leaves lines and shade over it as they are."""
        points = [_fixed(self._pixels(outline))]
        cv2.fillPoly(self._color, points, color, cv2.LINE_AA, shift=_FIXED)

    def shape(
        self,
        outline: Path,
        color: Color,
        *,
        width: float = 1,
        depth: float = 0,
        open_at: Sequence[tuple[Point, float]] = (),
    ) -> None:
        """A shape with color and outline.

        depth: how far shade reaches in from the side away from the light, in units. open_at: discs
        (center, radius) in which the outline is not drawn, where shapes grow together.
        """
        self.fill(outline, color)
        if depth:
            self.shade(outline, depth)
        if not open_at:
            self.line(np.vstack([outline, outline[:1]]), width, ends=(False, False))
            return
        self.edge(outline, open_at, width)

    def edge(self, outline: Path, open_at: Sequence[tuple[Point, float]], width: float = 1) -> None:
        """The outline of a shape, but for what lies in one of the discs (center, radius)."""
        for piece in _outside(outline, open_at):
            self.line(piece, width)

    def shade(self, outline: Path, depth: float) -> None:
        """Darkens the side of a shape that is away from the light."""
        if self.style.shading == "none":
            return
        pixels = self._pixels(outline)
        low, window = self._window(pixels)
        sheet = self._shade[window]
        if not sheet.size:
            return
        reach = depth * self._scale()
        dark = np.zeros(sheet.shape, np.uint8)
        cv2.fillPoly(dark, [_fixed(pixels - low)], 255, shift=_FIXED)
        lit = np.zeros(sheet.shape, np.uint8)
        towards = np.asarray(self.style.light) * reach
        cv2.fillPoly(lit, [_fixed(pixels - low + towards)], 255, shift=_FIXED)
        lit = np.minimum(lit, dark)
        if self.style.shading == "soft":
            lit = np.asarray(cv2.GaussianBlur(lit, (0, 0), max(1.0, reach / 2)), np.uint8)
        np.maximum(sheet, np.minimum(dark, 255 - lit), out=sheet)

    def shadow(self, outline: Path) -> None:
        """Darkens all of a shape: what something throws on what is behind it."""
        if self.style.shading != "none":
            cv2.fillPoly(
                self._shade, [_fixed(self._pixels(outline))], 255, cv2.LINE_AA, shift=_FIXED
            )

    def solid(self, outline: Path, color: Color | None = None) -> None:
        """A shape that is all ink, in the line art too; of another color in the color picture."""
        points = [_fixed(self._pixels(outline))]
        cv2.fillPoly(self._ink, points, 255, cv2.LINE_AA, shift=_FIXED)
        if color is not None:
            cv2.fillPoly(self._color, points, color, cv2.LINE_AA, shift=_FIXED)

    def line(
        self, points: Path, width: float = 1, *, ends: tuple[bool, bool] = (True, True)
    ) -> None:
        """A stroke; `ends`: whether its start and its end thin out, if the pen does that."""
        pixels = self._pixels(points)
        length = float(np.hypot(*np.diff(pixels, axis=0).T).sum())
        if length < 1:
            return
        pen, random = self.style.pen, self.random
        drawn = pen.by_hand(even(pixels, _STEP), length / FINE, random)
        for piece in pen.pieces(drawn, length / FINE, random):
            wide = pen.widths(length / FINE, len(piece), random)
            wide = wide * width * self.drawn * self._line / 2
            if pen.tapered:
                wide = wide * _taper(len(piece), ends)
            self._brush(piece, np.maximum(wide, 0.45))

    def finish(self) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        """The picture, uint8 (H, W, 3), and its line art, uint8 (H, W), 255 paper .. 0 ink."""
        height, width = self._ink.shape
        size = width // FINE, height // FINE
        color = cv2.resize(self._color, size, interpolation=cv2.INTER_AREA).astype(np.float32)
        shade = cv2.resize(self._shade, size, interpolation=cv2.INTER_AREA)[..., None] / 255
        color *= 1 - shade * (1 - np.array(self.style.tint, np.float32))
        drawn = np.asarray(cv2.resize(self._ink, size, interpolation=cv2.INTER_AREA), np.float32)
        ink = self.style.pen.on_paper(np.asarray(drawn / 255, np.float32), self.random)
        line = np.asarray(np.round(255 * (1 - ink)), np.uint8)
        laid = np.asarray(1 - line.astype(np.float32) / 255)[..., None]
        if self.style.ink is None:
            dark = cv2.blur(color, (5, 5)) * 0.3
        else:
            dark = np.broadcast_to(np.array(self.style.ink, np.float32), color.shape)
        return np.asarray(np.round(color * (1 - laid) + dark * laid), np.uint8), line

    def _brush(self, line: Path, wide: NDArray[np.float64]) -> None:
        along = np.gradient(line, axis=0)
        along /= np.maximum(np.hypot(along[:, 0], along[:, 1]), 1e-9)[:, None]
        side = np.stack([-along[:, 1], along[:, 0]], 1) * wide[:, None]
        left, right = _fixed(line + side), _fixed(line - side)
        for start in range(0, len(line) - 1, _CHUNK):
            part = slice(start, start + _CHUNK + 1)
            piece = np.vstack([left[part], right[part][::-1]])
            cv2.fillPoly(self._ink, [piece], 255, cv2.LINE_AA, shift=_FIXED)
        for end in (0, -1):
            center = tuple(int(v) for v in _fixed(line[end]))
            radius = int(wide[end] * (1 << _FIXED))
            cv2.circle(self._ink, center, radius, 255, -1, cv2.LINE_AA, shift=_FIXED)

    def _window(self, pixels: Path) -> tuple[Path, tuple[slice, slice]]:
        """The corner of the part of the sheet around some pixels, and that part."""
        height, width = self._ink.shape
        low = np.clip(np.floor(pixels.min(0)) - 1, 0, (width, height))
        high = np.clip(np.ceil(pixels.max(0)) + 2, low, (width, height))
        (left, top), (right, bottom) = low.astype(int), high.astype(int)
        return low, (slice(top, bottom), slice(left, right))

    def _scale(self) -> float:
        return float(np.sqrt(abs(np.linalg.det(self._matrix[:, :2]))))

    def _pixels(self, points: Path) -> Path:
        placed = points @ self._matrix[:, :2].T + self._matrix[:, 2]
        return np.asarray(placed - self._corner)


def _fixed(pixels: Path) -> NDArray[np.int32]:
    # OpenCV counts from the middle of the first pixel, we from its corner.
    return np.round((pixels - 0.5) * (1 << _FIXED)).astype(np.int32)


def _taper(count: int, ends: tuple[bool, bool]) -> NDArray[np.float64]:
    along = np.linspace(0, 1, count)
    start = np.clip(along / 0.3, 0.2, 1) if ends[0] else np.ones(count)
    end = np.clip((1 - along) / 0.3, 0.2, 1) if ends[1] else np.ones(count)
    return np.asarray(np.minimum(start, end))


def _outside(outline: Path, discs: Sequence[tuple[Point, float]]) -> list[Path]:
    """The pieces of a closed outline that lie in none of the discs."""
    seen = np.ones(len(outline), bool)
    for center, radius in discs:
        seen &= np.hypot(*(outline - center).T) > radius
    if seen.all():
        return [np.vstack([outline, outline[:1]])]
    first = int(np.argmin(seen))
    points, seen = np.roll(outline, -first, axis=0), np.roll(seen, -first)
    edges = np.flatnonzero(np.diff(seen.astype(np.int8), prepend=0, append=0))
    pairs = zip(edges[::2], edges[1::2], strict=True)
    return [points[a:b] for a, b in pairs if b - a > 1]
