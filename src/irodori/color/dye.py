"""White dabs dyed: how a white figure is told from white paper.

To the network's votes both are white. Asked about the same dabs in a color that nobody painted, it
votes for that color on the figures and for white on the paper.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from irodori.color.hints import RGB, Hints
from irodori.color.space import to_even

_DYES: tuple[RGB, ...] = (
    (60, 110, 220),
    (210, 60, 60),
    (70, 170, 90),
    (230, 150, 40),
    (150, 80, 180),
)


def dyed(hints: Hints, white: list[RGB]) -> tuple[Hints, RGB]:
    """The same hints, marks of these colors dyed, and the dye: what is farthest from the others."""
    others = [color for color in hints.colors() if color not in white]
    dye = max(_DYES, key=lambda each: _nearest(each, others))
    dabs = tuple(
        replace(dab, color=dye, empty=False) if dab.color in white else dab for dab in hints.dabs
    )
    strokes = tuple(
        replace(stroke, color=dye, empty=False) if stroke.color in white else stroke
        for stroke in hints.strokes
    )
    patches = tuple(
        replace(patch, color=dye) if patch.color in white else patch for patch in hints.patches
    )
    return Hints(dabs, strokes, patches), dye


def _nearest(color: RGB, others: list[RGB]) -> float:
    even = to_even(np.array([color, *others], np.float32) / 255)
    return float(np.linalg.norm(even[1:] - even[0], axis=1).min(initial=np.inf))
