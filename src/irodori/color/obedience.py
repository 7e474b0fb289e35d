"""Hints obeyed to the pixel: which parts of a drawing are decided by what the artist painted.

A mark decides the parts that its middle touches, not those that its rim laps over, since a dab is
often a little larger than the sleeve it is meant for. Where marks of several colours share a
part, each pixel takes the nearest.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from irodori.color.hints import RGB, Hints


@dataclass(frozen=True, eq=False)
class Orders:
    """What hints settle.

    `part`: int32 (k,), the hinted parts; `color`: int32 (k,), for each an index into `colors`, or
    -1 where several colours share the part; `pairs`: int32 (m, 2), every part with every index of a
    colour whose middle lies in it.
    """

    part: NDArray[np.int32]
    color: NDArray[np.int32]
    colors: list[RGB]
    pairs: NDArray[np.int32]

    def rivals(self, part: int) -> NDArray[np.int32]:
        """Indices into `colors` of those that meet in one part."""
        return np.asarray(self.pairs[self.pairs[:, 0] == part, 1], np.int32)


def orders(hints: Hints, parts: NDArray[np.int32]) -> Orders:
    """The parts, numbered in `parts` int32 (H, W), that `hints` settle."""
    colors = hints.colors()
    labels = hints.middles().labels(*parts.shape)
    rows, columns = np.nonzero(labels)
    said = parts[rows, columns].astype(np.int64) * len(colors) + labels[rows, columns] - 1
    # Counting them, too, spares the import of masked arrays, a fiftieth of a whole coloring.
    met, _ = np.unique(said, return_counts=True)
    pairs = np.stack(divmod(met, max(1, len(colors))), 1)
    part, first, times = np.unique(pairs[:, 0], return_index=True, return_counts=True)
    color = np.where(times == 1, pairs[first, 1], -1)
    return Orders(part.astype(np.int32), color.astype(np.int32), colors, pairs.astype(np.int32))
