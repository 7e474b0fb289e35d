"""Votes of cells gathered over the parts of a drawing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from irodori.color.choice import Ballot
from irodori.color.encoding import Encoding
from irodori.color.hints import Hints


def ballot_for(
    flow: NDArray[np.float32],
    pooled: NDArray[np.float32],
    slots: NDArray[np.float32],
    encoding: Encoding,
) -> Ballot:
    """A ballot on which every part votes for its own mean color in a picture.

    flow: float32 (4, h, w), the picture's RGB 0..1 and 1; pooled: its means over the n parts, (n +
    1, 4); slots: float32 (16, 4).
    """
    votes = np.zeros((len(pooled), len(slots) + 1), np.float32)
    votes[1:, -1] = 1
    cells = np.zeros((len(slots) + 1, *flow.shape[1:]), np.float32)
    cells[-1] = 1
    return Ballot(
        votes=votes,
        cells=cells,
        fixed=slots[:, :3],
        bins=0,
        said=len(slots),
        flow=flow,
        flowing=pooled[:, :3],
        area=encoding.area.astype(np.float64),
        region_of=encoding.regions.region_of,
    )


def pooled_again(ballot: Ballot, hints: Hints, encoding: Encoding) -> Ballot:
    """The same votes, pooled over other parts of the same drawing."""
    return replace(
        ballot,
        votes=encoding.pool(ballot.cells),
        flowing=flowing(ballot.flow, hints, encoding),
        area=encoding.area.astype(np.float64),
        region_of=encoding.regions.region_of,
    )


def flowing(flow: NDArray[np.float32], hints: Hints, encoding: Encoding) -> NDArray[np.float32]:
    """Of the colors that flow into a part, the one that has most of it: (n + 1, 3), RGB 0..1.

    Their mean would be a color that nobody asked for.
    """
    if not hints:
        return np.zeros((encoding.regions.count + 1, 3), np.float32)
    colors = np.array(hints.colors(), np.float32) / np.float32(255)
    cells = (flow[:3] / np.maximum(flow[3:], 1e-6)).reshape(3, -1).T
    nearest = np.square(cells[:, None] - colors).sum(2).argmin(1)
    follows = nearest == np.arange(len(colors))[:, None]
    shares = encoding.pool(follows.reshape(-1, *flow.shape[1:]).astype(np.float32))
    return np.asarray(colors[shares.argmax(1)], np.float32)
