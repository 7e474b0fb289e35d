"""The chosen colours laid on the drawing's own pixels, the hints over them."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

from irodori.color.choice import Ballot, Choice, leanings
from irodori.color.coloring import Coloring
from irodori.color.dye import dyed
from irodori.color.encoding import Encoding
from irodori.color.hints import Hints
from irodori.color.obedience import Orders, orders
from irodori.color.page import WHITE, Page
from irodori.color.palette import Palette
from irodori.color.sharing import share_part

SHADE_FROM = 0.94
"""Shade lighter than this is taken for none, so that flats stay flat."""


def paint(
    encoding: Encoding,
    ballot: Ballot,
    choice: Choice,
    shade: NDArray[np.float32],
    hints: Hints,
    palette: Palette,
    *,
    ask: Callable[[Hints], Ballot],
) -> Coloring:
    """Puts the hints over the choice, and both over the drawing.

    shade: float32 (h, w), 0..1. ask: what the colorist votes for other hints on the same drawing;
    it is asked only where a white figure has to be told from paper.
    """
    parts = encoding.regions.parts
    colors, certainty = choice.colors.copy(), choice.certainty.copy()
    paper = encoding.at_border & (colors.min(1) >= WHITE)
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
            parts = _shared(shared, encoding, ballot, hints, given, said, ask)
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
    on_page = encoding.at_border[given.part] & (said[given.color].min(1) < WHITE)
    return np.asarray(given.part[(given.color < 0) | on_page], np.int32)


def _shared(
    shared: NDArray[np.int32],
    encoding: Encoding,
    ballot: Ballot,
    hints: Hints,
    given: Orders,
    said: NDArray[np.uint8],
    ask: Callable[[Hints], Ballot],
) -> NDArray[np.int32]:
    """Labels, int32 (H, W): part numbers, beyond them one for each of `said` in shared parts."""
    parts = encoding.regions.parts
    labels = parts.copy()
    painted = hints.labels(*parts.shape)
    leaning, of_dyed = _leaning(ballot, said), None
    on_drawing = Page.of(encoding, hints)
    for part in shared.tolist():
        rivals = given.rivals(part)
        page = on_drawing if encoding.at_border[part] else None
        on_page = page.painted_on(part, rivals) if page else None
        white_figure = on_page is not None and (on_drawing.white[rivals] & ~on_page).any()
        if white_figure and of_dyed is None:
            of_dyed = _leaning_of_dyed(hints, said, on_drawing.white, ask)
        box, inside, index = share_part(
            part,
            parts,
            painted,
            rivals,
            of_dyed if white_figure and of_dyed is not None else leaning,
            ink=encoding.drawing.ink,
            page=page,
            on_page=on_page,
        )
        if len(rivals) > 1 or (index[inside] != rivals[0]).any():
            labels[box][inside] = encoding.regions.count + 1 + index[inside]
    return labels


def _leaning(ballot: Ballot, said: NDArray[np.uint8]) -> NDArray[np.float32]:
    return leanings(ballot, (said / 255).astype(np.float32))


def _leaning_of_dyed(
    hints: Hints,
    said: NDArray[np.uint8],
    white: NDArray[np.bool_],
    ask: Callable[[Hints], Ballot],
) -> NDArray[np.float32]:
    """The leaning to each of `said` and to paper had white figures another color than paper."""
    colors = said.copy()
    other, colors[:-1][white] = dyed(hints, [tuple(color) for color in said[:-1][white].tolist()])
    return _leaning(ask(other), colors)


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
