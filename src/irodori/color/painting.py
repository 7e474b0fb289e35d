"""The chosen colours laid on the drawing's own pixels, the hints over them."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from irodori.color.choice import Ballot, Choice, leanings
from irodori.color.coloring import Coloring
from irodori.color.encoding import Encoding
from irodori.color.hints import Hints
from irodori.color.obedience import Orders, orders, share_part
from irodori.color.palette import Palette
from irodori.color.space import to_even

_CLEARLY = 15.0  # even-colour units between colours that nobody takes for one

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
    paper = encoding.at_border & (colors.min(1) >= 250)
    if hints:
        given = orders(hints, parts)
        said = np.array([*given.colors, (255, 255, 255)], np.uint8)
        single = given.color >= 0
        settled, color = _spread(given.part[single], given.color[single], given, encoding)
        colors[settled] = said[color]
        certainty[settled] = 1
        paper[settled] = False
        if not single.all():
            parts = _shared(encoding, ballot, hints, given, said)
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


def _shared(
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
    for part in given.part[given.color < 0].tolist():
        rivals = given.rivals(part)
        # Hints that differ in a part of the page's own paper: an outline is open, and paper may be
        # paper. Hints that agree mean that all of it is coloured.
        open_outline = bool(encoding.at_border[part]) and _differ(said[rivals])
        box, inside, index = share_part(
            part,
            parts,
            painted,
            rivals,
            leaning,
            ink=encoding.drawing.ink,
            paper_may_stay=open_outline,
        )
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


def _differ(colors: NDArray[np.uint8]) -> bool:
    """Whether some of the colours, (k, 3) sRGB, are clearly not the same one."""
    even = to_even(colors / 255)
    return bool(np.linalg.norm(even[:, None] - even[None], axis=2).max() > _CLEARLY)


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
