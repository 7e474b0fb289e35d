"""The few colors that a picture is mostly made of."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from irodori.color.marks import RGB
from irodori.color.space import to_lab

FINE = 64
"""So many colors are told apart at first; they are merged from there."""

LARGE = 0.25
"""White or black over more than this share of a picture is a color of it, not paper or ink."""

ALIKE = 8.0
"""Colors nearer than this, in CIE Lab, are one; 2 is just visible, 10 a different name."""


def dominant_colors(pixels: NDArray[np.uint8], n: int) -> list[tuple[RGB, float]]:
    """At most n colors of pixels (N, 3), N > 0, with their share of all (0..1), largest first.

    Each is a color of the quantized picture, not an average of different ones, which would be mud.
    The result depends on nothing but the pixels and n.
    """
    from PIL import Image

    picture = Image.fromarray(pixels.reshape(1, -1, 3))
    quantized = picture.quantize(FINE, Image.Quantize.MEDIANCUT, kmeans=1)
    table = np.array(quantized.getpalette("RGB"), np.uint8).reshape(-1, 3)
    counts = np.bincount(np.asarray(quantized).ravel(), minlength=len(table))[: len(table)]
    table, shares = table[counts > 0], counts[counts > 0] / len(pixels)
    lab = to_lab(table / 255.0)
    owner = _merge(lab, shares, n + 2)  # two more, since paper and ink may be left out
    groups = [np.flatnonzero(owner == group) for group in np.unique(owner)]
    merged = [(int(group[shares[group].argmax()]), float(shares[group].sum())) for group in groups]
    merged.sort(key=lambda entry: (-entry[1], tuple(table[entry[0]])))
    colored = [
        entry for entry in merged if entry[1] >= LARGE or not _is_paper_or_ink(lab[entry[0]])
    ]
    return [
        ((int(table[i][0]), int(table[i][1]), int(table[i][2])), share)
        for i, share in (colored or merged)[:n]
    ]


def _is_paper_or_ink(lab: NDArray[np.floating]) -> bool:
    return bool(np.hypot(lab[1], lab[2]) < 6 and (lab[0] > 94 or lab[0] < 15))


def _merge(lab: NDArray[np.floating], shares: NDArray[np.floating], n: int) -> NDArray[np.intp]:
    """For each color the number of its group.

    The two groups whose merging changes the picture least (Ward's rule) are joined until n are
    left, and then those that look alike.
    """
    center, weight = lab.copy(), shares.copy()
    owner = np.arange(len(lab))
    alive = np.ones(len(lab), bool)
    while alive.sum() > 1:
        live = np.flatnonzero(alive)
        apart = np.linalg.norm(center[live][:, None] - center[live][None], axis=2)
        np.fill_diagonal(apart, np.inf)
        many = len(live) > n
        w = weight[live]
        cost = apart**2 * (w[:, None] * w[None] / (w[:, None] + w[None])) if many else apart
        i, j = np.unravel_index(np.argmin(cost), cost.shape)
        if not many and apart[i, j] >= ALIKE:
            break
        a, b = live[i], live[j]
        center[a] = (center[a] * weight[a] + center[b] * weight[b]) / (weight[a] + weight[b])
        weight[a] += weight[b]
        owner[owner == b] = a
        alive[b] = False
    return owner
