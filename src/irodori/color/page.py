"""The page behind the figures, and whether it is to stay paper.

Where an outline is open, ink does not say what is figure and what is page. Who looks around does:
from the margin one sees the page's edge in most directions, from inside a figure in few, whatever
gap its outline has. So the hint that sees most of the edge says what color the page has.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import cv2
import numpy as np
from numpy.typing import NDArray

from irodori.color.encoding import Encoding
from irodori.color.hints import Hints
from irodori.color.propagation import parts_on_grid

WHITE = 250
"""From this level of all channels on a color is that of paper."""

_CLEAR = 2.0
_MOSTLY = 0.5
"""On so much of a part the network must lean to page or figure by so many e-foldings, else their
border would run through the middle of nowhere."""

_BESIDE = 0.15  # so much less of the edge than the best may see what is meant for the page, too
_HIDDEN = 0.2  # and so much less must see what is meant for a figure
_DIRECTIONS = 32
_PLACES = 16  # of more, so many are asked
_LINE = 0.2  # from this much ink on, nothing is seen through a pixel


@dataclass(frozen=True, eq=False)
class Page:
    """A drawing with n marks of hints on it, on a grid of h x w pixels.

    `ink`: float32 (h, w), 0..1; `places`: int (n, 2), row and column of each mark; `colors`: int32
    (n,), the index of its color; `white`: bool (colors,), which of these are that of paper;
    `parts`: int32 (n,), the part each mark lies on; `scale`: pixels of the grid per pixel of the
    drawing.
    """

    ink: NDArray[np.float32]
    places: NDArray[np.intp]
    colors: NDArray[np.int32]
    white: NDArray[np.bool_]
    parts: NDArray[np.int32]
    scale: float

    @classmethod
    def of(cls, encoding: Encoding, hints: Hints) -> Self:
        """On the grid on which colors flow."""
        ink, grid = encoding.grid.relief.ink, encoding.grid
        marks = hints.middles().labels(*ink.shape, drawing=grid.drawing_size)
        at = np.nonzero(marks)
        parts = parts_on_grid(encoding.regions.parts, *ink.shape)[at]
        white = np.array(hints.colors(), np.uint8).reshape(-1, 3).min(1) >= WHITE
        scale = ink.shape[0] / encoding.drawing.height
        return cls(ink, np.stack(at, 1), marks[at] - 1, white, parts, scale)

    def painted_on(self, part: int, rivals: NDArray[np.int32]) -> NDArray[np.bool_] | None:
        """Which colors on one part were meant for the page behind the figures: bool (k,).

        rivals: int32 (k,), indices of the colors. White is, wherever it sees as much of the edge as
        any other; another color only if the rest sees less. None where none of that holds.
        """
        white = self.white[rivals]
        if white.any() and self.seen_by(part, rivals[white]) >= self.seen_by(part, rivals[~white]):
            return np.asarray(white)
        seen = np.array([self.seen_by(part, rivals[[at]]) for at in range(len(rivals))])
        on_page = np.asarray(~white & (seen >= seen.max() - _BESIDE))
        figures = seen[~on_page]
        if len(figures) and on_page.any() and figures.max() <= seen.max() - _HIDDEN:
            return on_page
        return None

    def seen_by(self, part: int, colors: NDArray[np.int32]) -> float:
        """The best `outlook` of where some colors, indices (k,), were painted on one part."""
        asked = (self.parts == part) & np.isin(self.colors, colors)
        return outlook(self.ink, self.places[asked])

    def seen_from(self, area: NDArray[np.bool_], box: tuple[slice, slice]) -> float:
        """That of an area, bool, in a box of the drawing's own pixels."""
        rows, columns = np.divmod(_some(np.flatnonzero(area)), area.shape[1])
        places = np.stack([rows + box[0].start, columns + box[1].start], 1) * self.scale
        return outlook(self.ink, places)


def is_clear(lead: NDArray[np.floating]) -> bool:
    """Whether the network knows page from figure on most of an area.

    lead: (n,), by how many e-foldings each place leans to the page; below 0, to the figure.
    """
    return bool((np.abs(lead) > _CLEAR).mean() > _MOSTLY)


def outlook(ink: NDArray[np.float32], places: NDArray[Any]) -> float:
    """The share of directions in which no line hides the edge, 0..1, from the best of some places.

    ink: float32 (h, w), 0..1; places: (n, 2), rows and columns. 0 for no place at all.
    """
    if not len(places):
        return 0.0
    longest = int(np.hypot(*ink.shape)) + 1
    seen = []
    for row, column in _some(places).tolist():
        # One row for each direction; beyond the edge there is no ink.
        around = cv2.warpPolar(
            ink, (longest, _DIRECTIONS), (column, row), longest, cv2.WARP_FILL_OUTLIERS
        )
        seen.append(np.mean(around.max(1) < _LINE))
    return float(max(seen))


def _some(values: NDArray[Any]) -> NDArray[Any]:
    """`_PLACES` of them, evenly taken, or all."""
    return values[np.linspace(0, len(values) - 1, min(_PLACES, len(values))).astype(np.intp)]
