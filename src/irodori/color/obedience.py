"""Hints obeyed to the pixel: which parts of a drawing are decided by what the artist painted.

A mark decides the parts that its middle touches, not those that its rim laps over, since a dab is
often a little larger than the sleeve it is meant for. Where marks of several colours share a
part, each pixel takes the nearest.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from irodori.color.hints import RGB, Hints

_THIN = 0.1  # pixels
_REACH = (
    0.1  # of the long side: over this distance a hint loses as much as leaning e times less to it
)
PAPER_MARGIN = 1.5
"""How many e-foldings the leaning to paper must exceed that to a hint on paper's own part."""

_DOUBT = 0.05  # leaning that the network is never denied


@dataclass(frozen=True, eq=False)
class Orders:
    """What hints settle.

    `part`: int32 (k,), the hinted parts; `color`: int32 (k,), for each an index into `colors`, or
    -1 where several colours share the part; `middles`: int32 (H, W), 1 + the index into `colors` of
    the mark whose middle lies there, 0 elsewhere.
    """

    part: NDArray[np.int32]
    color: NDArray[np.int32]
    colors: list[RGB]
    middles: NDArray[np.int32]


def orders(hints: Hints, parts: NDArray[np.int32], count: int) -> Orders:
    """The parts (numbers 1 … count in `parts`, int32 (H, W)) that `hints` settle."""
    colors = hints.colors()
    labels = _middles(hints).labels(*parts.shape)
    rows, columns = np.nonzero(labels)
    pairs = np.unique(np.stack([parts[rows, columns], labels[rows, columns] - 1], 1), axis=0)
    part, first, times = np.unique(pairs[:, 0], return_index=True, return_counts=True)
    color = np.where(times == 1, pairs[first, 1], -1)
    return Orders(part.astype(np.int32), color.astype(np.int32), colors, labels)


def _middles(hints: Hints) -> Hints:
    """The same marks as thin as they can be."""
    return replace(
        hints,
        dabs=tuple(replace(dab, radius=_THIN) for dab in hints.dabs),
        strokes=tuple(replace(stroke, radius=_THIN) for stroke in hints.strokes),
    )


def share_part(
    part: int,
    parts: NDArray[np.int32],
    painted: NDArray[np.int32],
    middles: NDArray[np.int32],
    leaning: NDArray[np.float32],
    *,
    paper_may_stay: bool,
) -> tuple[tuple[slice, slice], NDArray[np.bool_], NDArray[np.int32]]:
    """Divides one part between the hints whose middles lie in it.

    A pixel takes a hint that is near and that the network leans to there. parts, painted, middles:
    int32 (H, W), part numbers, hint labels as painted and of their middles; leaning: float32
    (colours + 1, h, w) in 0..1 on the painter's grid, the last to white. paper_may_stay: pixels
    may take that last one too, where the network leans to it by far.

    Returns the box around the part, where in the box the part lies (bool), and the label of each
    pixel of the box (int32, 1 … colours + 1).
    """
    rows = np.flatnonzero((parts == part).any(1))
    columns = np.flatnonzero((parts[rows[0] : rows[-1] + 1] == part).any(0))
    box = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
    inside = parts[box] == part
    rivals = np.unique(middles[box][inside & (middles[box] > 0)])
    seeds = np.where(inside, painted[box], 0)
    best = np.full(inside.shape, -np.inf, np.float32)
    label = np.zeros(inside.shape, np.int32)
    for rival in [*rivals, *([len(leaning)] if paper_may_stay else [])]:
        lean = _in_box(leaning[rival - 1], box, parts.shape)
        score = np.log(lean + _DOUBT)
        if rival in rivals:
            away = cv2.distanceTransform((seeds != rival).astype(np.uint8), cv2.DIST_L2, 5)
            score -= away / (_REACH * max(parts.shape))
            score[seeds == rival] = np.inf
        else:
            score -= PAPER_MARGIN
        better = score > best
        best[better] = score[better]
        label[better] = rival
    return box, inside, label


def _in_box(
    grid: NDArray[np.float32], box: tuple[slice, slice], shape: tuple[int, ...]
) -> NDArray[np.float32]:
    """A grid over the whole drawing, interpolated at the pixels of a box."""
    scale_y, scale_x = grid.shape[0] / shape[0], grid.shape[1] / shape[1]
    to_grid = np.array(
        [
            [scale_x, 0, (box[1].start + 0.5) * scale_x - 0.5],
            [0, scale_y, (box[0].start + 0.5) * scale_y - 0.5],
        ]
    )
    size = box[1].stop - box[1].start, box[0].stop - box[0].start
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    found = cv2.warpAffine(grid, to_grid, size, flags=flags, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(found, np.float32)
