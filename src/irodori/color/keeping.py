"""A coloring that keeps to exact colors: what an artist means by locking a palette."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from irodori.color.coloring import Coloring
from irodori.color.palette import Palette
from irodori.color.space import to_even

_WHITE = 250  # areas whose channels are all at least this are bare paper to the eye


def keep_to(coloring: Coloring, palette: Palette) -> Coloring:
    """The coloring with each area in the nearest color of the palette or of its own hints.

    Paper and white stay as they are. A palette without colors changes nothing.
    """
    if not len(palette):
        return coloring
    exact = np.array([*palette.colors(), *coloring.hints.colors()], np.uint8)
    own, allowed = to_even(coloring.colors / 255.0), to_even(exact / 255.0)
    distance = np.square(own[:, None] - allowed[None]).sum(2)  # (areas, colors)
    colors = exact[distance.argmin(1)]
    white = coloring.paper | (coloring.colors.min(1) >= _WHITE)
    colors[white] = coloring.colors[white]
    return replace(coloring, colors=colors)
