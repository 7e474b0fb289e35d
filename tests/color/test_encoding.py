"""What is worked out once for a drawing: pooling over parts, and the smaller copy for a preview."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from irodori.color.colorist import Colorist
from irodori.color.drawing import Drawing
from irodori.color.encoding import Encoding
from irodori.color.hints import Dab, Hints, Stroke


@pytest.fixture(scope="module")
def colorist() -> Colorist:
    return Colorist.load(threads=1)


@pytest.fixture(scope="module")
def witch(colorist: Colorist, examples: Path) -> Encoding:
    return colorist.encode(Drawing.load(examples / "witch.png"))


def test_pooling_is_the_weighted_mean_over_the_cells_of_a_part(witch: Encoding) -> None:
    random = np.random.default_rng(1)
    cells = random.random((5, *witch.grid.parts.shape), np.float32)
    pooled = witch.pool(cells)
    assert pooled.shape == (witch.regions.count + 1, 5)
    assert not pooled[0].any()
    position, weight, owner = witch.cells
    for part in (1, witch.regions.count // 2, witch.regions.count):
        mine = owner == part
        values = cells.reshape(5, -1)[:, position[mine]]
        mean = (values * weight[mine]).sum(1) / weight[mine].sum()
        assert np.allclose(pooled[part], mean, atol=1e-5)


def test_a_shrunk_drawing_is_decided_like_the_large_one(
    colorist: Colorist, witch: Encoding
) -> None:
    """The same colors for the same parts; only what is painted is smaller."""
    small = witch.shrunk(200)
    assert max(small.drawing.size) == 200
    assert small.regions.parts.shape == small.drawing.ink.shape
    assert small.regions.count == witch.regions.count
    scale = small.drawing.width / witch.drawing.width
    for said in (
        Hints(),
        Hints().with_dab(110, 120, "#C03040", 8),
        Hints((Dab(60, 300, "#3060C0", 9),), (Stroke(((100, 100), (130, 240)), (9, 99, 9), 6),)),
    ):
        scaled = Hints(
            tuple(Dab(d.x * scale, d.y * scale, d.color, d.radius * scale) for d in said.dabs),
            tuple(
                Stroke(
                    tuple((x * scale, y * scale) for x, y in s.points), s.color, s.radius * scale
                )
                for s in said.strokes
            ),
        )
        large, preview = colorist.colorize(witch, said), colorist.colorize(small, scaled)
        shown = np.array([_nearest(large.flats, small.drawing.size)])[0]
        differ = (shown != preview.flats).any(2) & (small.drawing.ink < 0.2)
        assert differ.mean() < 0.03


def _nearest(picture: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    width, height = size
    rows = ((np.arange(height) + 0.5) * picture.shape[0] / height).astype(int)
    columns = ((np.arange(width) + 0.5) * picture.shape[1] / width).astype(int)
    return picture[rows][:, columns]


def test_a_small_drawing_is_not_shrunk(witch: Encoding) -> None:
    assert witch.shrunk(4000) is witch


def test_looking_again_keeps_the_regions(colorist: Colorist, witch: Encoding) -> None:
    again = colorist.look_again(witch, work_size=384)
    assert again.regions is witch.regions
    assert again.grid.parts.shape > witch.grid.parts.shape
    same = colorist.look_again(again, work_size=256)
    assert np.allclose(same.features[0], witch.features[0], atol=1e-4)
