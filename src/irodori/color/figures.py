"""Figures told from the page where an outline is open.

A pen that leaves gaps leaves no border between a face and the paper behind it: both are one part.
Where the page stays paper and the network mostly is sure what is paper, its votes say where the
figure ends, and each figure becomes a part of its own.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from irodori.color.choice import Ballot, leanings
from irodori.color.encoding import Encoding
from irodori.color.grids import interpolated
from irodori.color.hints import RGB, Hints
from irodori.color.page import Page, is_clear
from irodori.color.regions import box_of
from irodori.color.seams import drawn_into_the_ink

_LARGE = 0.02  # a smaller part, as a share of the drawing, is left whole
_FIGURE = 0.0015  # share of the grid's cells that is no figure yet
_LONGEST = 2048  # pixels: longest side of the box on which a border is looked for
_SOLID = 0.5  # a cell with so much ink shows no color
_PAGE_AROUND = 1.0  # by so many e-foldings the cells around a figure must lean to the page
_WHOLE = 0.98  # a part of which so much is figure has no page
_SEES_PAGE = 0.5  # who sees more of the page's edge was painted on the page
_DOUBT = 0.05  # leaning that the network is never denied


def apart_from_page(encoding: Encoding, ballot: Ballot, hints: Hints) -> Encoding:
    """The same drawing, figures cut out of the parts that are open to the page's edge."""
    pixels = np.zeros(encoding.regions.parts.shape, np.int32)
    cells = np.zeros(encoding.grid.parts.shape, np.int32)
    cut_from: list[int] = []
    page = Page.of(encoding, hints)
    to_paper = leanings(ballot, np.ones((1, 3), np.float32))[0].clip(0, 1)
    lead = np.log(to_paper + _DOUBT) - np.log(1 - to_paper + _DOUBT)
    for part in _open_parts(encoding):
        here = encoding.grid.parts == part
        if not (here.any() and is_clear(lead[here]) and _stays_paper(part, page)):
            continue
        figures = _figures(here, lead, encoding.grid.ink)
        count = int(figures.max())
        if count and (figures[here] > 0).mean() < _WHOLE:
            _cut_out(pixels, part, lead, figures, len(cut_from), encoding)
            cells += np.where(figures > 0, figures + len(cut_from), 0)
            cut_from += [part] * count
    return encoding.with_parts(pixels, cells, np.array(cut_from, np.intp)) if cut_from else encoding


def colors_of_page(encoding: Encoding, hints: Hints) -> set[RGB]:
    """The colors but white that were painted where one sees most of the page's edge."""
    page, colors = Page.of(encoding, hints), hints.colors()
    return {
        colors[index]
        for part in _open_parts(encoding)
        for index in _painted(part, page)
        if not page.white[index] and page.seen_by(part, index) > _SEES_PAGE
    }


def _open_parts(encoding: Encoding) -> list[int]:
    """Numbers of the large parts that are open to the edge of the drawing."""
    large = encoding.area >= _LARGE * encoding.area.sum()
    return list(map(int, np.flatnonzero(encoding.at_border & large)))


def _stays_paper(part: int, page: Page) -> bool:
    """Whether of the hints on one part only white ones lie on the page, and only they.

    Else what leans to white may be a figure, or what leans to a color the page.
    """
    return all(
        page.white[index] == (page.seen_by(part, index) > _SEES_PAGE)
        for index in _painted(part, page)
    )


def _painted(part: int, page: Page) -> NDArray[np.int32]:
    """Indices of the colors that were painted on one part."""
    return np.flatnonzero(np.bincount(page.colors[page.parts == part])).astype(np.int32)


def _figures(
    here: NDArray[np.bool_], lead: NDArray[np.float32], ink: NDArray[np.float32]
) -> NDArray[np.int32]:
    """Numbers, 1 …, the figures among the cells of a part: large, with page right around.

    Solid ink leans away from paper, too, and is no figure.
    """
    away = here & (lead < 0)
    found, area = cv2.connectedComponents(away.view(np.uint8), connectivity=4)
    figures = np.zeros(here.shape, np.int32)
    for number in range(1, found):
        figure = area == number
        around = cv2.dilate(figure.view(np.uint8), np.ones((3, 3), np.uint8)).view(np.bool_)
        beyond = lead[around & here & ~away]
        large = (figure & (ink < _SOLID)).sum() >= max(2, _FIGURE * here.size)
        if large and (not len(beyond) or beyond.mean() > _PAGE_AROUND):
            figures[figure] = figures.max() + 1
    return figures


def _cut_out(
    pixels: NDArray[np.int32],
    part: int,
    lead: NDArray[np.float32],
    figures: NDArray[np.int32],
    offset: int,
    encoding: Encoding,
) -> None:
    """Writes the figures of one part, numbered from `offset` + 1 on, into `pixels` (H, W)."""
    parts, ink = encoding.regions.parts, encoding.drawing.ink
    at, inside = box_of(parts, part)
    # Specks count as page; a figure may reach half a cell beyond its own.
    lead = np.where((figures == 0) & (lead < 0), 1, lead).astype(np.float32)
    wide = cv2.dilate(figures.astype(np.float32), np.ones((3, 3), np.uint8))
    owner = np.where(figures > 0, figures, wide).astype(np.float32)
    step = -(-max(inside.shape) // _LONGEST)
    size = -(-inside.shape[1] // step), -(-inside.shape[0] // step)
    ahead = interpolated(lead, at, parts.shape, size)
    nearest = interpolated(owner, at, parts.shape, size, flags=cv2.INTER_NEAREST)
    within = cv2.resize(inside.view(np.uint8), size, interpolation=cv2.INTER_NEAREST) > 0
    index = np.where((ahead < 0) & within, nearest, 0).astype(np.int32)
    index = drawn_into_the_ink(
        index,
        within,
        np.full(index.shape, -1, np.int32),
        np.asarray(cv2.resize(ink[at], size, interpolation=cv2.INTER_AREA), np.float32),
        reach=max(1, round(max(parts.shape) / max(lead.shape) / step)),
    )
    whole = cv2.resize(
        index.astype(np.float32), inside.shape[::-1], interpolation=cv2.INTER_NEAREST
    ).astype(np.int32)
    np.copyto(pixels[at], whole + offset, where=inside & (whole > 0))
