"""One part of a drawing divided between the hints that were painted on it, and the paper.

Where marks of several colors share a part, each pixel takes one that is near, whose flood comes
first and that the network leans to there. On the page's own paper a pixel may stay paper, too: who
dabs a figure whose outline is open does not mean the page behind it, and what is painted on the
page is meant for all of it, near or far.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from irodori.color.flood import Relief
from irodori.color.grids import interpolated
from irodori.color.page import Page, is_clear
from irodori.color.propagation import parts_on_grid
from irodori.color.regions import box_of
from irodori.color.seams import drawn_into_the_ink, without_islands

# Over this share of the long side a hint loses as much as by being leaned to e times less.
_REACH = 0.3

_POURED = 2.0  # e-foldings that a hint loses where the flood of another arrives first

PAPER_TOLD = 1.4
"""How many e-foldings the leaning to the page must exceed what speaks for a hint on a figure, where
somebody said what color the page has."""

PAPER_UNTOLD = 1.0
"""How many it must exceed the leaning to any hint where it was not."""

_OUTSIDE = 0.4
"""How much more of the edge paper that nobody asked for must see than any hint: who dabs the page
itself wants it colored."""

_SCORED = 640  # pixels: longest side of the grid on which a box is scored

_DOUBT = 0.05  # leaning that the network is never denied


def share_part(
    part: int,
    parts: NDArray[np.int32],
    painted: NDArray[np.int32],
    rivals: NDArray[np.int32],
    leaning: NDArray[np.float32],
    *,
    ink: NDArray[np.float32],
    page: Page | None,
    on_page: NDArray[np.bool_] | None,
) -> tuple[tuple[slice, slice], NDArray[np.bool_], NDArray[np.int32]]:
    """Divides one part between the hints whose middles lie in it.

    parts, painted: int32 (H, W), part numbers, and 1 + the index of the colour painted; rivals:
    indices of the colours that meet; leaning: float32 (colours + 1, h, w) in 0..1 on the painter's
    grid, the last to white; ink: float32 (H, W), 0..1. page: for a part that is open to its edge,
    where a pixel may stay paper, which is that last index; None for a part that is not. on_page:
    what `page.painted_on` says of the rivals.

    Returns the box around the part, where in the box the part lies (bool), and the index of the
    colour of each pixel of the box (int32).
    """
    at, inside = box_of(parts, part)
    box = _Box(at, inside, np.where(inside, painted[at], 0) - 1, ink[at], parts.shape)
    if on_page is not None:
        index, figures = _divided_from_page(rivals, on_page, leaning, box)
    elif page is not None:
        index, figures = _divided_from_paper(part, rivals, leaning, box, page)
    else:
        index, figures = _strongest(rivals, leaning, box, _flooded(rivals, box))[0], rivals[:0]
    for rival in rivals.tolist():  # what was painted stands, whatever is near
        np.copyto(index, np.int32(rival), where=box.painted == rival)
    cell = max(1, round(max(parts.shape) / max(leaning.shape[1:])))
    index = drawn_into_the_ink(index, inside, box.painted, box.ink, cell)
    return at, inside, without_islands(index, inside, box.painted, figures)


@dataclass(frozen=True, eq=False)
class _Box:
    """The box around a part, h x w pixels `at` its place in a drawing of `shape` (H, W).

    `inside`: bool (h, w); `painted`: int32 (h, w), the index of the colour painted, -1 for none;
    `ink`: float32 (h, w).
    """

    at: tuple[slice, slice]
    inside: NDArray[np.bool_]
    painted: NDArray[np.int32]
    ink: NDArray[np.float32]
    shape: tuple[int, ...]


def _strongest(
    rivals: NDArray[np.int32],
    leaning: NDArray[np.float32],
    box: _Box,
    flooded: NDArray[np.int32],
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Which of these rivals each pixel goes with best, int32 (h, w), and how well."""
    best = np.full(box.inside.shape, -np.inf, np.float32)
    index = np.zeros(box.inside.shape, np.int32)
    for rival in rivals.tolist():
        score = _score(leaning[rival], box, box.painted == rival)
        score -= np.float32(_POURED) * (flooded != rival)
        better = score > best
        np.copyto(best, score, where=better)
        np.copyto(index, np.int32(rival), where=better)
    return index, best


def _divided_from_page(
    rivals: NDArray[np.int32],
    on_page: NDArray[np.bool_],
    leaning: NDArray[np.float32],
    box: _Box,
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Which rival each pixel takes where some are meant for the page; the others, on figures.

    The leaning to the page, to one of its colors or to paper, never fades.
    """
    figures, flooded = rivals[~on_page], _flooded(rivals, box)
    index, best = _strongest(figures, leaning, box, flooded)
    page, _ = _strongest(rivals[on_page], leaning, box, flooded)
    to_page = _score(leaning[[*rivals[on_page], -1]].max(0), box)
    return np.where(to_page > best + np.float32(PAPER_TOLD), page, index), figures


def _divided_from_paper(
    part: int,
    rivals: NDArray[np.int32],
    leaning: NDArray[np.float32],
    box: _Box,
    page: Page,
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """The same where nobody said what color the page has: it may stay paper, if it is there."""
    index = np.full(box.inside.shape, rivals[0], np.int32)
    if len(rivals) > 1:
        index, _ = _strongest(rivals, leaning, box, _flooded(rivals, box))
    seen_by_hints = page.seen_by(part, rivals)
    if seen_by_hints + _OUTSIDE >= 1:
        return index, rivals[:0]
    to_any = np.max([_score(leaning[rival], box) for rival in rivals.tolist()], axis=0)
    lead = _score(leaning[-1], box) - to_any
    if not is_clear(lead[box.inside]):
        return index, rivals[:0]
    stays = (lead > PAPER_UNTOLD) & box.inside & (box.painted < 0)
    if page.seen_from(stays, box.at) <= seen_by_hints + _OUTSIDE:
        return index, rivals[:0]
    index[stays] = len(leaning) - 1
    return index, rivals


def _flooded(rivals: NDArray[np.int32], box: _Box) -> NDArray[np.int32]:
    """The rival whose color, poured where it was painted, comes first: int32 (h, w)."""
    relief = Relief(np.where(box.inside, box.ink, 1).astype(np.float32))
    small, large = relief.ink.shape, box.inside.shape
    rows, columns = np.nonzero(np.isin(box.painted, rivals))
    down, across = small[0] / large[0], small[1] / large[1]
    marks = np.zeros(small, np.int32)
    marks[(rows * down).astype(np.intp), (columns * across).astype(np.intp)] = (
        box.painted[rows, columns] + 1
    )
    return parts_on_grid(relief.flood(marks), *large) - 1


def _score(
    leaning: NDArray[np.float32], box: _Box, here: NDArray[np.bool_] | None = None
) -> NDArray[np.float32]:
    """How well each pixel of a box goes with one color, float32 (h, w), in e-foldings.

    here: where it was painted, from where on it loses; None for a color that loses nowhere. Over a
    large box the score, which changes slowly, is worked out on a coarser grid and interpolated.
    """
    height, width = box.inside.shape
    step = -(-max(height, width) // _SCORED)
    size = -(-width // step), -(-height // step)
    leans = interpolated(leaning, box.at, box.shape, size) + np.float32(_DOUBT)
    score = np.asarray(cv2.log(leans), np.float32)
    if here is not None:
        painted = here.view(np.uint8)
        if step > 1:  # any painted pixel counts, however few
            shrunk = cv2.resize(painted * np.uint8(255), size, interpolation=cv2.INTER_AREA)
            painted = np.asarray(shrunk, np.uint8)
        away = cv2.distanceTransform((painted == 0).view(np.uint8), cv2.DIST_L2, 5)
        score = np.asarray(cv2.scaleAdd(away, -step / (_REACH * max(box.shape)), score), np.float32)
    if step > 1:
        score = np.asarray(cv2.resize(score, (width, height)), np.float32)
    return score
