"""Colorings made by hand, for tests of what is done with a coloring."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from irodori.color.drawing import Drawing
from irodori.color.hints import Dab, Hints, Stroke


class SampleColoring(NamedTuple):
    """The fields of a coloring that writing looks at."""

    drawing: Drawing
    flats: NDArray[np.uint8]
    shade: NDArray[np.uint8]
    hints: Hints

    def alpha(self) -> NDArray[np.uint8] | None:
        return self.drawing.alpha


def sample_coloring(
    width: int = 97,
    height: int = 61,
    *,
    transparent: bool = False,
    hints: bool = True,
    icc_profile: bytes | None = None,
    dpi: tuple[float, float] | None = None,
) -> SampleColoring:
    """Patches of strong color, shade from none to full, grey soft lines crossing all of it."""
    y, x = np.mgrid[:height, :width].astype(np.float32)
    random = np.random.default_rng(3)
    colors = random.integers(0, 256, (4, 5, 3), dtype=np.uint8)
    flats = colors[(y * 4 // height).astype(int), (x * 5 // width).astype(int)]
    shade = np.where(y > height / 3, 255 - 200 * x / width, 255).astype(np.uint8)
    apart = np.abs((x + 2 * y) % 24 - 12)  # slanting lines with soft edges
    ink = np.clip(1.5 - apart / 2, 0, 1).astype(np.float32)
    away = np.hypot(x - width / 2, y - height / 2)
    alpha = np.clip((min(width, height) * 0.45 - away) * 40 + 128, 0, 255).astype(np.uint8)
    said = Hints(
        (Dab(width * 0.6, height * 0.4, (255, 0, 128), 5),),
        (Stroke(((3, 3), (width * 0.5, height * 0.8)), (0, 255, 0), 2),),
    )
    return SampleColoring(
        Drawing(ink, alpha if transparent else None, icc_profile=icc_profile, dpi=dpi),
        flats,
        shade,
        said if hints else Hints(),
    )
