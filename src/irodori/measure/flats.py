"""How well a picture is filled: hints obeyed, flat places even, lines not crossed.

All three look at the flats, the colour without shade and ink, since shade is a layer of its own
and ink hides what lies under it. They can be asked of a network and of a fill tool alike.
"""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from irodori.color.hints import Dab, Hints
from irodori.measure.errors import Picture, ciede2000, to_lab
from irodori.measure.truth import DIFFERENT, INK, Truth

CHROMATIC = 10.0
"""A hint of at least this CIE chroma has a hue that can be seen."""

UNEVEN = 3.0
"""A flat place is uneven from this standard deviation on, in units of L*a*b*."""

SMALLEST_FLAT = 0.001
"""Share of the picture's pixels; smaller flat places are not judged."""


class Obedience(NamedTuple):
    """What became of the chromatic hints; one entry for each, all float32 (n,)."""

    error: NDArray[np.float32]
    """CIEDE2000 between the flats at the dab's center and the hint's colour."""
    dab_error: NDArray[np.float32]
    """The same as a median over the dab, as far as no line parts it from the center."""
    chroma: NDArray[np.float32]
    """Chroma of the flats at the center over the hint's chroma, at most 1."""


def obedience(flats: Picture, hints: Hints, ink: NDArray[np.float32]) -> Obedience:
    """How exactly chromatic dabs are followed. flats: uint8 (H, W, 3); ink: float32 (H, W).

    Left out are hints of a chroma under `CHROMATIC`, since white paper obeys a white hint, and
    dabs that a later hint painted over.
    """
    height, width = ink.shape
    said, colors = hints.labels(height, width), hints.colors()
    found: list[tuple[float, float, float]] = []
    for dab in hints.dabs:
        wanted = to_lab(np.array(dab.color, np.uint8))
        row, column = int(dab.y), int(dab.x)
        chroma = float(np.hypot(wanted[1], wanted[2]))
        if chroma < CHROMATIC or said[row, column] != colors.index(dab.color) + 1:
            continue
        center = to_lab(flats[row, column])
        inside = flats[_dab_pixels(dab, said, ink)]
        found.append(
            (
                float(ciede2000(center, wanted)),
                float(np.median(ciede2000(to_lab(inside), wanted))),
                min(1.0, float(np.hypot(center[1], center[2])) / chroma),
            )
        )
    return Obedience(*np.array(found, np.float32).reshape(-1, 3).T)


def _dab_pixels(
    dab: Dab, said: NDArray[np.int32], ink: NDArray[np.float32]
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Rows and columns that a dab painted and that no line parts from its center."""
    row, column, reach = int(dab.y), int(dab.x), int(dab.radius) + 1
    top, left = max(0, row - reach), max(0, column - reach)
    window = np.s_[top : row + reach + 1, left : column + reach + 1]
    painted = (said[window] == said[row, column]) & (ink[window] < INK)
    painted[row - top, column - left] = True
    _, parts = cv2.connectedComponents(painted.astype(np.uint8), connectivity=4)
    rows, columns = np.nonzero(parts == parts[row - top, column - left])
    return rows + top, columns + left


def uneven_flats(flats: Picture, truth: Truth) -> float:
    """The share of true flat regions that the flats (uint8 (H, W, 3)) do not fill evenly, 0..1.

    Judged are the regions of `Truth.regions` with at least `SMALLEST_FLAT` of the pixels in which
    the truth itself is even to 2/3 of `UNEVEN`; uneven is one in which the standard deviation
    sqrt(var L + var a + var b) of the flats exceeds `UNEVEN`. Whether the colour is right does not
    matter here. NaN if the truth has no such region.
    """
    judged = truth.areas >= SMALLEST_FLAT * truth.regions.size
    judged[0] = False
    judged &= region_spread(truth.color, truth) <= UNEVEN * 2 / 3
    if not judged.any():
        return float("nan")
    return float(np.mean(region_spread(flats, truth)[judged] > UNEVEN))


def region_spread(picture: Picture, truth: Truth) -> NDArray[np.float64]:
    """The standard deviation of a picture's L*a*b* in each true region: float64 (R + 1,)."""
    lab = to_lab(picture).reshape(-1, 3)
    labels, areas = truth.regions.ravel(), np.maximum(truth.areas, 1)
    variance = np.zeros(len(areas))
    for channel in range(3):
        values = lab[:, channel]
        mean = np.bincount(labels, values, len(areas)) / areas
        variance += np.bincount(labels, (values - mean[labels]) ** 2, len(areas)) / areas
    return np.sqrt(variance)


def bleed(flats: Picture, truth: Truth) -> float:
    """The share of pixels beside lines that took the colour from across the line, 0..1.

    Looked at are the pixels of true regions within 4 px of the margin of a line that parts two
    true regions of different colours (CIEDE2000 >= `DIFFERENT`), where the flats (uint8 (H, W, 3))
    too give the two regions different colours (their medians differ as much). Such a pixel has
    bled if it is nearer to the other region's median than to its own region's. So a region that is
    evenly in a wrong colour has not bled, a colour that leaks through a gap or fades over a line
    has. NaN where the flats never differ across a line, as on white paper.
    """
    border = truth.border
    if not len(border.pixel):
        return float("nan")
    lab = to_lab(flats)
    used, place = np.unique(np.stack([border.own, border.other]), return_inverse=True)
    own, other = place.reshape(2, -1)
    median = truth.median_lab(lab, used)
    differs = ciede2000(median[own], median[other]) >= DIFFERENT
    if not differs.any():
        return float("nan")
    here = lab.reshape(-1, 3)[border.pixel[differs]]
    crossed = ciede2000(here, median[other[differs]]) < ciede2000(here, median[own[differs]])
    return float(crossed.mean())
