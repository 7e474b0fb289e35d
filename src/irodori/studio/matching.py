"""The same character on the next page: which of its regions are those of an earlier page.

A region is known by its size, shape, place, and what it borders on; each hint of the earlier page
looks for the one region of the new page that is most like its own. Nothing is learnt: it works
where the pages are much alike (the next frame of a scene, another drawing of one figure) and says
how sure it is, so that the page can ask.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from irodori.studio.models import DabHint, MatchedHint
from irodori.studio.sheet import PageHint
from irodori.studio.shelf import Prepared

LEAST = 0.35
"""Confidence below which no match is offered."""

_ROUNDS = 3  # of passing on to neighbours how alike their neighbours are
_SIZES = np.array([0.12, 0.12, 0.4, 0.4, 0.35, 0.35, 0.35], np.float32)
"""How much each feature of `_features` differs between regions that are hardly alike any more."""

_ALIGNED_PLACE = 0.03
"""The same for the first two, once it is known how the figure as a whole has moved."""

_LEAST_PAIRS = 4  # regions that have to agree on how the figure has moved


def match(earlier: Prepared, hints: Sequence[PageHint], page: Prepared) -> list[MatchedHint]:
    """Dabs for `page` from hints of an earlier one, the surest first."""
    old, new = _Map(earlier), _Map(page)
    likeness = _likeness(old.features, old, new, _SIZES)
    moved = _moved(old, new, likeness)
    if moved is not None:
        sizes = _SIZES.copy()
        sizes[:2] = _ALIGNED_PLACE
        likeness = _likeness(moved, old, new, sizes)
    found: dict[int, MatchedHint] = {}
    for number, hint in enumerate(hints):
        region = old.region_at(_middle(hint))
        if region is None:
            continue
        best = int(likeness[region].argmax())
        sure = float(likeness[region, best])
        # The other way round as well: two regions that choose each other.
        mutual = int(likeness[:, best].argmax()) == region
        sure *= 1.0 if mutual else 0.6
        x, y = new.inside(best)
        if sure < LEAST or (best in found and found[best].confidence >= sure):
            continue
        found[best] = MatchedHint(
            id=f"match-{number}",
            kind="dab",
            x=x,
            y=y,
            color=hint.color,
            radius=max(1.5, 0.003 * max(page.drawing.size)),
            empty=hint.empty,
            name=hint.name,
            confidence=round(sure, 3),
        )
    return sorted(found.values(), key=lambda hint: -hint.confidence)


def _middle(hint: PageHint) -> tuple[float, float]:
    """The place a hint speaks of: the point halfway along a stroke."""
    if isinstance(hint, DabHint):
        return hint.x, hint.y
    point = hint.points[len(hint.points) // 2]
    return point[0], point[1]


class _Map:
    """The regions of one drawing at the frame's size, with what they are known by."""

    def __init__(self, prepared: Prepared) -> None:
        self.scale = prepared.scale
        labels = prepared.frame.regions.labels()
        self.numbers, flat = np.unique(labels, return_inverse=True)
        self.labels: NDArray[np.intp] = flat.reshape(labels.shape)
        self.features = _features(self.labels, len(self.numbers))
        self.borders = _borders(self.labels, len(self.numbers))

    def region_at(self, place: tuple[float, float]) -> int | None:
        """The region at x, y in pixels of the drawing."""
        column, row = int(place[0] * self.scale), int(place[1] * self.scale)
        height, width = int(self.labels.shape[0]), int(self.labels.shape[1])
        return int(self.labels[row, column]) if 0 <= row < height and 0 <= column < width else None

    def inside(self, region: int) -> tuple[float, float]:
        """The place in a region that is farthest from its rim, in pixels of the drawing."""
        framed = np.pad((self.labels == region).astype(np.uint8), 1)
        away = cv2.distanceTransform(framed, cv2.DIST_L2, 3)[1:-1, 1:-1]
        row, column = divmod(int(away.argmax()), away.shape[1])
        return (column + 0.5) / self.scale, (row + 0.5) / self.scale


def _features(labels: NDArray[np.intp], count: int) -> NDArray[np.float32]:
    """(count, 7): center x and y, log area, log spread along and across, two of slant.

    Centers and lengths are shares of the drawing's long side.
    """
    height, width = int(labels.shape[0]), int(labels.shape[1])
    long = max(height, width)
    y, x = np.mgrid[:height, :width].astype(np.float64) / long
    flat = labels.ravel()
    area = np.maximum(np.bincount(flat, minlength=count), 1)

    def mean(values: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.bincount(flat, values.ravel(), count) / area

    cx, cy = mean(x), mean(y)
    xx, yy, xy = mean(x * x) - cx * cx, mean(y * y) - cy * cy, mean(x * y) - cx * cy
    half, gap = (xx + yy) / 2, np.hypot((xx - yy) / 2, xy)
    along, across = half + gap, np.maximum(half - gap, 0)
    least = 1 / long**2
    lengthy = gap / np.maximum(half, least)
    angle = np.arctan2(2 * xy, xx - yy)
    columns = (
        cx - width / long / 2,
        cy - height / long / 2,
        np.log(area / long**2) / 2,
        np.log(along + least) / 2,
        np.log(across + least) / 2,
        lengthy * np.cos(angle),
        lengthy * np.sin(angle),
    )
    return np.stack(columns, 1).astype(np.float32)


def _borders(labels: NDArray[np.intp], count: int) -> NDArray[np.float32]:
    """(count, count): which share of a region's border is with which other; rows sum to 1 or 0."""
    table = np.zeros((count, count), np.float32)
    for a, b in ((labels[:, :-1], labels[:, 1:]), (labels[:-1], labels[1:])):
        differ = a != b
        np.add.at(table, (a[differ], b[differ]), 1)
        np.add.at(table, (b[differ], a[differ]), 1)
    return np.asarray(table / np.maximum(table.sum(1, keepdims=True), 1), np.float32)


def _moved(old: _Map, new: _Map, likeness: NDArray[np.float32]) -> NDArray[np.float32] | None:
    """The old regions' features where the figure is now; None where too few regions agree.

    Regions that choose each other say where they went; one shift, turn and scale is fitted to the
    most of them.
    """
    best = likeness.argmax(1)
    mutual = np.flatnonzero(likeness[:, best].argmax(0) == np.arange(len(best)))
    if len(mutual) < _LEAST_PAIRS:
        return None
    before, after = old.features[mutual, :2], new.features[best[mutual], :2]
    fitted, agree = cv2.estimateAffinePartial2D(
        before, after, method=cv2.RANSAC, ransacReprojThreshold=0.03, maxIters=2000
    )
    if fitted is None or int(agree.sum()) < _LEAST_PAIRS:
        return None
    moved = old.features.copy()
    moved[:, :2] = old.features[:, :2] @ fitted[:, :2].T + fitted[:, 2]
    moved[:, 2:5] += np.log(np.hypot(fitted[0, 0], fitted[1, 0]))
    return np.asarray(moved, np.float32)


def _likeness(
    features: NDArray[np.float32], old: _Map, new: _Map, sizes: NDArray[np.float32]
) -> NDArray[np.float32]:
    """(regions of old, regions of new), 0..1: alike themselves, and in what they border on.

    features: of the old regions, perhaps moved.
    """
    apart = (features[:, None] - new.features[None]) / sizes
    own = np.exp(-0.5 * np.mean(apart**2, axis=2)).astype(np.float32)
    likeness: NDArray[np.float32] = own
    for _ in range(_ROUNDS):
        # Each neighbour of the old region is as well off as its best match among the new one's.
        around = np.zeros_like(own)
        for region in range(len(own)):
            neighbours = np.flatnonzero(old.borders[region])
            if len(neighbours):
                best = (likeness[neighbours][:, None, :] * (new.borders > 0)[None]).max(2)
                around[region] = old.borders[region, neighbours] @ best
        likeness = np.asarray(np.sqrt(own * (0.5 * own + 0.5 * around)), np.float32)
    return np.asarray(likeness, np.float32)
