"""From what the page says (hints with names and pressure, swatches) to what the colorist takes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from irodori.color.errors import HintError
from irodori.color.hints import Hints, Stroke, parse_color
from irodori.color.palette import Palette
from irodori.studio.models import MOST_HINTS, MOST_POINTS, DabHint, StrokeHint, Swatch

PageHint = DabHint | StrokeHint
_TOLERANCE = 0.25  # pixels
_SAME_PRESSURE = 0.15  # radii that differ by less, as a share, are drawn as one


def to_hints(hints: Sequence[PageHint], size: tuple[int, int], scale: float = 1.0) -> Hints:
    """Hints in the order of painting, those outside the drawing left out.

    size: (width, height) of the drawing; scale: pixels of the result per pixel of the drawing. A
    dab becomes a stroke of one point, because strokes keep the order in which they are given.
    """
    return Hints(strokes=tuple(each for hint in hints for each in _strokes(hint, size, scale)))


def to_palette(swatches: Sequence[Swatch]) -> Palette:
    """The palette of some swatches."""
    return Palette(tuple((parse_color(each.color), each.weight) for each in swatches))


def to_swatches(palette: Palette) -> list[Swatch]:
    """A palette as the page has it, the heaviest first."""
    return [
        Swatch(color="#{:02X}{:02X}{:02X}".format(*color), weight=weight)
        for color, weight in palette.entries
    ]


def _strokes(hint: PageHint, size: tuple[int, int], scale: float) -> Iterator[Stroke]:
    color = (255, 255, 255) if hint.empty else parse_color(hint.color)
    path = [[hint.x, hint.y]] if isinstance(hint, DabHint) else hint.points
    for run, radius in _runs(path, hint.radius):
        xs, ys = zip(*run, strict=True)
        if max(xs) >= 0 and max(ys) >= 0 and min(xs) < size[0] and min(ys) < size[1]:
            points = np.array(run, np.float64) * scale
            yield Stroke(_without_needless(points), color, radius * scale, empty=hint.empty)


def _without_needless(points: NDArray[np.float64]) -> tuple[tuple[float, float], ...]:
    """A line (n, 2) with fewer points that is nowhere farther than `_TOLERANCE` from it.

    A pen says where it is far more often than its line bends, and each piece costs time.
    """
    if len(points) > 2:
        near = cv2.approxPolyDP(points.astype(np.float32), _TOLERANCE, closed=False)
        points = near.reshape(-1, 2).astype(np.float64)
    return tuple((float(x), float(y)) for x, y in points)


def _runs(
    points: Sequence[Sequence[float]], radius: float
) -> Iterator[tuple[list[tuple[float, float]], float]]:
    """Pieces of a line with nearly one radius each; pieces share their end points."""
    if all(len(point) == 2 for point in points):
        yield [(point[0], point[1]) for point in points], radius
        return
    radii = [max(point[2], 0.1) if len(point) == 3 else radius for point in points]
    run, pressed = [(points[0][0], points[0][1])], radii[0]
    for (before, after), there in zip(pairwise(points), radii[1:], strict=True):
        if abs(there - pressed) > _SAME_PRESSURE * pressed:
            yield run, pressed
            run, pressed = [(before[0], before[1])], there
        run.append((after[0], after[1]))
    yield run, pressed


def put(hints: list[PageHint], added: Sequence[PageHint]) -> list[PageHint]:
    """The list with each of `added` in the place of the hint with its id, or at the end."""
    place = {hint.id: index for index, hint in enumerate(hints)}
    result = list(hints)
    for hint in added:
        if hint.id in place:
            result[place[hint.id]] = hint
        else:
            place[hint.id] = len(result)
            result.append(hint)
    if len(result) > MOST_HINTS:
        raise HintError(f"{len(result)} hints are more than {MOST_HINTS}; take some away")
    return result


def extend(hints: list[PageHint], id: str, points: Sequence[list[float]]) -> list[PageHint]:
    """The list with one stroke grown by some points. Raises HintError if there is none."""
    for index, hint in enumerate(hints):
        if hint.id == id and isinstance(hint, StrokeHint):
            if len(hint.points) + len(points) > MOST_POINTS:
                raise HintError(f"a stroke of more than {MOST_POINTS} points; begin a new one")
            grown = hint.model_copy(update={"points": [*hint.points, *points]})
            return [*hints[:index], grown, *hints[index + 1 :]]
    raise HintError(f"there is no stroke {id!r} to extend; add it first")
