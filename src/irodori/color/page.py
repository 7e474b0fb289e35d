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

_DIRECTIONS = 32
_PLACES = 16  # of more, so many are asked
_LINE = 0.2  # from this much ink on, nothing is seen through a pixel


@dataclass(frozen=True, eq=False)
class Page:
    """A drawing with n marks of hints on it, on a grid of h x w pixels.

    `ink`: float32 (h, w), 0..1; `places`: int (n, 2), row and column of each mark; `colors`: int32
    (n,), the index of its color; `parts`: int32 (n,), the part it lies on; `scale`: pixels of the
    grid per pixel of the drawing.
    """

    ink: NDArray[np.float32]
    places: NDArray[np.intp]
    colors: NDArray[np.int32]
    parts: NDArray[np.int32]
    scale: float

    @classmethod
    def of(cls, encoding: Encoding, hints: Hints) -> Self:
        """On the grid on which colors flow."""
        ink, grid = encoding.grid.relief.ink, encoding.grid
        marks = hints.middles().labels(*ink.shape, drawing=grid.drawing_size)
        at = np.nonzero(marks)
        parts = parts_on_grid(encoding.regions.parts, *ink.shape)[at]
        return cls(
            ink, np.stack(at, 1), marks[at] - 1, parts, ink.shape[0] / encoding.drawing.height
        )

    def seen_by(self, part: int, colors: NDArray[np.int32]) -> float:
        """The best `outlook` of where some colors, indices (k,), were painted on one part."""
        asked = (self.parts == part) & np.isin(self.colors, colors)
        return outlook(self.ink, self.places[asked])

    def seen_from(self, area: NDArray[np.bool_], box: tuple[slice, slice]) -> float:
        """That of an area, bool, in a box of the drawing's own pixels."""
        rows, columns = np.divmod(_some(np.flatnonzero(area)), area.shape[1])
        places = np.stack([rows + box[0].start, columns + box[1].start], 1) * self.scale
        return outlook(self.ink, places)


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
