"""The chosen colours laid on the drawing's own pixels, the hints over them."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from irodori.color.choice import Ballot, Choice, leanings
from irodori.color.coloring import Coloring
from irodori.color.encoding import Encoding
from irodori.color.hints import Hints
from irodori.color.obedience import Orders, orders
from irodori.color.page import Page
from irodori.color.palette import Palette
from irodori.color.sharing import share_part

_WHITE = 250  # from this level of all channels on a color is that of paper

SHADE_FROM = 0.94
"""Shade lighter than this is taken for none, so that flats stay flat."""


def paint(
    encoding: Encoding,
    ballot: Ballot,
    choice: Choice,
    shade: NDArray[np.float32],
    hints: Hints,
    palette: Palette,
) -> Coloring:
    """Puts the hints over the choice, and both over the drawing. shade: float32 (h, w), 0..1."""
    parts = encoding.regions.parts
    colors, certainty = choice.colors.copy(), choice.certainty.copy()
    paper = encoding.at_border & (colors.min(1) >= _WHITE)
    if hints:
        given = orders(hints, parts)
        said = np.array([*given.colors, (255, 255, 255)], np.uint8)
        single = given.color >= 0
        settled, color = _spread(given.part[single], given.color[single], given, encoding)
        colors[settled] = said[color]
        certainty[settled] = 1
        paper[settled] = False
        shared = _open_to_others(given, said, encoding)
        if len(shared):
            parts = _shared(shared, encoding, ballot, hints, given, said)
            colors = np.concatenate([colors, said])
            certainty = np.concatenate([certainty, np.ones(len(said), np.float32)])
            paper = np.concatenate([paper, np.arange(len(said)) == len(given.colors)])
        _leave_empty(paper, colors, hints, parts)
    return Coloring(
        encoding.drawing,
        parts,
        colors,
        certainty,
        _full_shade(shade, encoding),
        paper,
        hints,
        palette,
    )


def _spread(
    part: NDArray[np.int32], color: NDArray[np.int32], given: Orders, encoding: Encoding
) -> tuple[NDArray[np.intp], NDArray[np.int32]]:
    """All parts that a hint settles, and its index for each.

    A hint alone in a closed region has all of it; where the region is open to the page's edge, or
    hints of other colours lie in it, only the part it was painted on.
    """
    region_of = encoding.regions.region_of
    several = np.zeros(int(region_of.max()) + 1, np.bool_)
    several[region_of[given.part[given.color < 0]]] = True
    of_region = np.full(len(several), -1, np.int32)
    of_region[region_of[part]] = color
    several[region_of[part[of_region[region_of[part]] != color]]] = True
    alone = ~several[region_of] & ~encoding.at_border & (of_region[region_of] >= 0)
    index = np.where(alone, of_region[region_of], -1).astype(np.int32)
    index[part] = color
    return np.flatnonzero(index >= 0), index[index >= 0]


def _open_to_others(
    given: Orders, said: NDArray[np.uint8], encoding: Encoding
) -> NDArray[np.int32]:
    """The hinted parts in which another color may be: that of another hint, or the page's paper."""
    on_page = encoding.at_border[given.part] & (said[given.color].min(1) < _WHITE)
    return np.asarray(given.part[(given.color < 0) | on_page], np.int32)


def _shared(
    shared: NDArray[np.int32],
    encoding: Encoding,
    ballot: Ballot,
    hints: Hints,
    given: Orders,
    said: NDArray[np.uint8],
) -> NDArray[np.int32]:
    """Labels, int32 (H, W): part numbers, beyond them one for each of `said` in shared parts."""
    parts = encoding.regions.parts
    labels = parts.copy()
    painted = hints.labels(*parts.shape)
    leaning = leanings(ballot, (said / 255).astype(np.float32))
    page = Page.of(encoding, hints)
    for part in shared.tolist():
        rivals = given.rivals(part)
        box, inside, index = share_part(
            part,
            parts,
            painted,
            rivals,
            leaning,
            ink=encoding.drawing.ink,
            page=page if encoding.at_border[part] else None,
            white=said[rivals].min(1) >= _WHITE,
        )
        if len(rivals) > 1 or (index[inside] != rivals[0]).any():
            labels[box][inside] = encoding.regions.count + 1 + index[inside]
    return labels


def _leave_empty(
    paper: NDArray[np.bool_], colors: NDArray[np.uint8], hints: Hints, labels: NDArray[np.int32]
) -> None:
    """Marks in `paper`, (n + 1,), the areas on which nothing but emptiness was painted last."""
    empty = Hints(
        tuple(dab for dab in hints.dabs if dab.empty),
        tuple(stroke for stroke in hints.strokes if stroke.empty),
    )
    if empty:
        areas = orders(empty, labels).part
        paper[areas] = colors[areas].min(1) == 255


def _full_shade(shade: NDArray[np.float32], encoding: Encoding) -> NDArray[np.uint8]:
    """The shade, uint8 (H, W); it stays inside the part whose cells it was seen in."""
    parts = encoding.regions.parts
    if shade.min() >= SHADE_FROM:
        return np.full(parts.shape, 255, np.uint8)
    darker = np.where(shade < SHADE_FROM, shade, 1).astype(np.float32)
    size = parts.shape[1], parts.shape[0]
    full = np.rint(cv2.resize(darker, size, interpolation=cv2.INTER_LINEAR) * 255).astype(np.uint8)
    nearest = cv2.resize(encoding.grid.parts, size, interpolation=cv2.INTER_NEAREST)
    full[nearest != parts] = 255
    return full
