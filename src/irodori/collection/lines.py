"""Line art for pictures that keep no lines of their own, each drawn with another pen.

A network that saw only one way of drawing would need that one's pen, so the extractor, its
settings, the thickness and the strength of the lines are chosen at random.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

import cv2
import numpy as np

from irodori.collection import extractors
from irodori.collection.extractors import RGB8, Ink, scale_of


class LineNetwork(Protocol):
    """A trained network that draws lines; see `line_network.load`."""

    def __call__(self, picture: RGB8, /) -> Ink:
        """Ink of a picture, float32 (H, W)."""


@dataclass(frozen=True)
class _Way:
    """An extractor and the ranges its settings are drawn from."""

    extract: Callable[..., Ink]
    ranges: Mapping[str, tuple[float, float]]
    share: float
    """How often it is chosen, against the others."""


WAYS = {
    "dog": _Way(
        extractors.difference_of_gaussians, {"sigma": (0.6, 1.1), "threshold": (4, 10)}, 0.15
    ),
    "xdog": _Way(extractors.sharpened_threshold, {"sigma": (0.6, 1.0), "level": (0.0, 0.12)}, 0.15),
    "flow": _Way(extractors.flow_lines, {"sigma": (0.6, 1.0), "threshold": (2, 5)}, 0.15),
    "adaptive": _Way(extractors.adaptive_threshold, {"window": (7, 15), "offset": (4, 9)}, 0.1),
    "strokes": _Way(extractors.dark_strokes, {"width": (7, 13)}, 0.15),
    "edges": _Way(extractors.color_edges, {"threshold": (8, 16), "width": (0.6, 1.1)}, 0.0),
}
EDGES = "edges"
"""Never alone: it would draw both sides of every line there is."""
NETWORK = "network"
NETWORK_SHARE = 0.5
"""How often a line network draws, if there is one."""
BESIDE = 4.0
"""A border this near to a line, in pixels of a picture of 512, is the line's own."""
FAINT = 0.1
"""Ink up to here holds no stroke together."""
SPECK = 24
"""Marks of fewer pixels, in a picture of 512, are left out."""
WITH_EDGES = 0.6
"""How often borders between colors are drawn where the first way found no line."""


@dataclass(frozen=True)
class Pen:
    """How a picture is drawn: one way or two, and what the lines look like.

    settings: for each way by its name, drawn in this order. thickness: what strokes gain, in
    pixels of a picture of 512 px, -0.4 .. 1.5. strength: the ink of the darkest line, 0.5 .. 1.
    """

    settings: Mapping[str, Mapping[str, float]]
    thickness: float = 0.0
    strength: float = 1.0

    def __str__(self) -> str:
        ways = "+".join(self.settings)
        return f"{ways} thickness {self.thickness:+.2f} strength {self.strength:.2f}"


def choose_pen(random: np.random.Generator, *, network: bool = False) -> Pen:
    """A pen at random. network: whether a line network is at hand."""
    shares = np.array([way.share for way in WAYS.values()])
    first = str(random.choice(list(WAYS), p=shares / shares.sum()))
    if network and random.random() < NETWORK_SHARE:
        first = NETWORK
    # Strokes miss what is wider than a stroke; a network was trained to miss nothing.
    chance = {"strokes": 1.0, NETWORK: 0.0}.get(first, WITH_EDGES)
    chosen = [first, EDGES] if random.random() < chance else [first]
    settings = {
        name: {key: float(random.uniform(*span)) for key, span in _ranges(name).items()}
        for name in chosen
    }
    thickness = float(random.choice([0, random.uniform(-0.4, 0.4), random.uniform(0.4, 1.5)]))
    strength = 1.0 if random.random() < 0.5 else float(random.uniform(0.5, 1))
    return Pen(settings, thickness, strength)


def _ranges(name: str) -> Mapping[str, tuple[float, float]]:
    return WAYS[name].ranges if name in WAYS else {}


def draw_with(pen: Pen, picture: RGB8, *, network: LineNetwork | None = None) -> Ink:
    """The line art of a picture: uint8 (H, W, 3) to float32 (H, W), 0 paper .. 1 ink.

    network: needed by a pen that draws with one.
    """
    scale = scale_of(picture)
    ink = np.zeros(picture.shape[:2], np.float32)
    for name, settings in pen.settings.items():
        if name == NETWORK and network is not None:
            ink = np.maximum(ink, network(picture))
        elif name in WAYS:
            more = WAYS[name].extract(picture, **settings)
            ink = np.maximum(ink, _away_from(more, ink, BESIDE * scale) if name == EDGES else more)
    ink = _without_specks(ink, scale)
    ink = _thickened(ink, pen.thickness * scale)
    return np.asarray(ink * np.float32(pen.strength), np.float32)


def draw_lines(picture: RGB8, random: np.random.Generator) -> Ink:
    """The line art of a picture by a pen chosen at random; see `draw_with`."""
    return draw_with(choose_pen(random), picture)


def _away_from(edges: Ink, lines: Ink, reach: float) -> Ink:
    """The edges, without those that run along a line."""
    strong = (lines > 2 * FAINT).astype(np.uint8)
    side = 2 * round(reach) + 1
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
    return np.where(cv2.dilate(strong, disc) > 0, np.float32(0), edges)


def _without_specks(ink: Ink, scale: float) -> Ink:
    """What stands alone and small, a speck of paper or paint, becomes paper."""
    marks = (ink > FAINT).astype(np.uint8)
    _, part, stats, _ = cv2.connectedComponentsWithStats(marks, connectivity=8)
    small = stats[:, cv2.CC_STAT_AREA] < SPECK * scale**2
    return np.asarray(np.where(small[part], 0, ink), np.float32)


def _thickened(ink: Ink, pixels: float) -> Ink:
    """Strokes wider by so many pixels, or thinner where negative, by mixing whole steps."""
    cross = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))
    change = cv2.erode if pixels < 0 else cv2.dilate
    left = abs(pixels) / 2  # a step adds a pixel on each side
    while left > 0:
        share = min(1.0, left)
        ink = np.asarray((1 - share) * ink + share * change(ink, cross), np.float32)
        left -= share
    return ink
