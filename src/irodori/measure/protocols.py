"""Where hints are placed when nobody is there to place them.

    "5"     5 dabs at random off the lines, the hints of "2" among them
    "r10"   one dab in each of the 10 largest true regions

and beside these the Hint-AUC protocol, `hint_auc_cases`.

The same picture, seed and protocol always give the same hints, whoever colours.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from irodori.color.errors import HintError
from irodori.color.hints import DEFAULT_RADIUS, RGB, Dab, Hints
from irodori.measure.truth import FLAT_STEP, INK, Truth

AUC = "auc"
"""What the Hint-AUC protocol is called among the others, in tables."""

DEFAULT_HINTS = ("0", "1", "2", "5", "10", "20", "50", "r10")

AUC_RATIOS = (0.0, 0.01, 0.03, 0.05, 0.10, 0.25, 0.50, 1.0)
"""Shares of the segments that are hinted, from the published protocol."""

_PROTOCOL = re.compile(r"r?\d{1,4}")


def check_protocol(name: str) -> str:
    """`name` without spaces; raises HintError if it is no protocol."""
    name = name.strip()
    if not _PROTOCOL.fullmatch(name):
        raise HintError(f"{name!r} is no way to place hints; write a count such as 5, or r10")
    return name


def place_hints(name: str, truth: Truth, picture: str, seed: int = 0) -> Hints:
    """The hints of protocol `name`, a count or "r" and a count, for a picture of that id.

    Raises HintError for any other name.
    """
    name = check_protocol(name)
    if name.startswith("r"):
        return region_hints(truth, int(name[1:]))
    return random_hints(truth, int(name), picture_seed(picture, seed))


def picture_seed(picture: str, seed: int) -> np.random.Generator:
    """Random numbers that depend on the picture's id and the seed alone, on any machine."""
    return np.random.default_rng([seed, zlib.crc32(picture.encode())])


def random_hints(truth: Truth, count: int, rng: np.random.Generator) -> Hints:
    """`count` dabs at pixels drawn uniformly from those off the lines, without repetition.

    Fewer if there are fewer pixels. Of two calls with the same random numbers the larger count
    begins with the dabs of the smaller.
    """
    places = np.flatnonzero(truth.off_lines)
    places = rng.permutation(places)[:count]
    rows, columns = np.divmod(places, truth.ink.shape[1])
    room = _room(truth)
    return Hints(
        tuple(_dab(truth, int(y), int(x), room) for y, x in zip(rows, columns, strict=True))
    )


def region_hints(truth: Truth, count: int) -> Hints:
    """A dab in each of the `count` largest true regions, farthest from the region's edge.

    Fewer if the truth has fewer regions.
    """
    room = _room(truth)
    dabs = []
    for label in range(1, min(count, len(truth.areas) - 1) + 1):
        y, x = _innermost(truth.regions == label)
        dabs.append(_dab(truth, y, x, room))
    return Hints(tuple(dabs))


def hint_auc_cases(truth: Truth, ratios: Sequence[float] = AUC_RATIOS) -> list[Hints]:
    """Hints at each ratio of the Hint-AUC protocol: dabs in the largest floor(ratio x n) segments.

    Madono, Mingcheng and Simo-Serra 2026 (Hint-AUC, IEEE TVCG, doi 10.1109/TVCG.2026.3738401):
    the truth is cut by Felzenszwalb's method (scale 100, sigma 0.5, least 100 pixels), segments
    that fall apart are split, each gets a hint of its mean colour, the largest first. Of their two
    hint shapes this is the dot. Ours lies at the segment's innermost point at full resolution and
    has the default radius, as wide as a cell of their 64 x 64 hint grid on a 512 px picture; theirs
    lies at the middle of its longest skeleton path. As published, segments on lines are hinted too.
    """
    labels = _segments(truth.color)
    areas = np.bincount(labels.ravel())
    order = np.argsort(-areas[1:], kind="stable") + 1
    dabs = [_segment_dab(truth, labels == label) for label in order]
    return [Hints(tuple(dabs[: int(len(dabs) * ratio)])) for ratio in ratios]


def area_under_curve(ratios: Sequence[float], values: Sequence[float]) -> float:
    """The integral of values over ratios by the trapezoidal rule, over the ratios' range.

    So it has the values' unit: a constant curve has its constant as area.
    """
    return float(np.trapezoid(values, ratios) / (ratios[-1] - ratios[0]))


def _segments(color: NDArray[np.uint8]) -> NDArray[np.int32]:
    """The 4-connected parts of Felzenszwalb's segments: int32 (H, W) from 1 on."""
    from irodori.measure.extras import need

    felzenszwalb = need("skimage.segmentation").felzenszwalb
    segments = felzenszwalb(color, scale=100, sigma=0.5, min_size=100)
    return np.asarray(
        need("skimage.measure").label(segments, background=-1, connectivity=1), np.int32
    )


def _segment_dab(truth: Truth, mask: NDArray[np.bool_]) -> Dab:
    y, x = _innermost(mask)
    red, green, blue = np.rint(truth.color[mask].mean(0)).astype(int).tolist()
    return Dab(x + 0.5, y + 0.5, (red, green, blue), DEFAULT_RADIUS)


def _room(truth: Truth) -> NDArray[np.float32]:
    """float32 (H, W): pixels from each pixel to the nearest line; large without lines."""
    paper = (truth.ink < INK).astype(np.uint8)
    return np.asarray(cv2.distanceTransform(paper, cv2.DIST_L2, 5), np.float32)


def _dab(truth: Truth, y: int, x: int, room: NDArray[np.float32]) -> Dab:
    """A dab at a pixel in its true colour, small enough not to reach over a line."""
    radius = min(DEFAULT_RADIUS, max(1.0, float(room[y, x]) - 0.5))
    return Dab(x + 0.5, y + 0.5, _color_at(truth, y, x), radius)


def _color_at(truth: Truth, y: int, x: int) -> RGB:
    """The median colour of those of the 5 x 5 pixels around a pixel that are like it.

    Only of these, since the median of two colours may be a third.
    """
    window = truth.color[max(0, y - 2) : y + 3, max(0, x - 2) : x + 3].reshape(-1, 3)
    gap = np.abs(window.astype(int) - truth.color[y, x]).max(1)
    red, green, blue = np.median(window[gap <= FLAT_STEP], axis=0).astype(int).tolist()
    return red, green, blue


def _innermost(mask: NDArray[np.bool_]) -> tuple[int, int]:
    """Row and column of the pixel in `mask` that is farthest from all outside it."""
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    top, left = rows[0], columns[0]
    part = np.pad(mask[top : rows[-1] + 1, left : columns[-1] + 1], 1).astype(np.uint8)
    distance = cv2.distanceTransform(part, cv2.DIST_L2, 5)
    y, x = np.unravel_index(int(distance.argmax()), distance.shape)
    return int(top + y - 1), int(left + x - 1)
