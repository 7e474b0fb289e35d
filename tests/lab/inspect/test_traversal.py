"""A latent that is size makes the disc grow along the strip, and nothing else does."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from irodori.lab.errors import LabError
from irodori.lab.inspect.influence import occlusion, saliency
from irodori.lab.inspect.traversal import answers_over, traverse, unit


class Discs(nn.Module):
    """(N, 3) -> (N, 1, 30, 44): latents for the radius, for the column, and for nothing."""

    def forward(self, z: Tensor) -> Tensor:
        y, x = torch.meshgrid(torch.arange(30.0), torch.arange(44.0), indexing="ij")
        away = ((x - 22 - 10 * z[:, 1, None, None]) ** 2 + (y - 15) ** 2).sqrt()
        return torch.sigmoid(4 * (3 + 2 * z[:, 0, None, None] - away))[:, None]


VALUES = [-1.0, 0.0, 1.0, 2.0, 3.0]


def test_a_latent_that_is_size() -> None:
    areas = [float(a.sum()) for a in answers_over(Discs(), torch.zeros(1, 3), unit(0), VALUES)]
    expected = [np.pi * (3 + 2 * value) ** 2 for value in VALUES]
    assert areas == pytest.approx(expected, rel=0.25, abs=6)


def test_a_latent_that_is_place_and_one_that_is_nothing() -> None:
    start = torch.zeros(1, 3)
    moved = answers_over(Discs(), start, unit(1), [-1.0, 0.0, 1.0])
    centres = [float((a[0].sum(0) * torch.arange(44.0)).sum() / a.sum()) for a in moved]
    assert centres == pytest.approx([12, 22, 32], abs=0.2)
    first, second = answers_over(Discs(), start, unit(2), [-3.0, 3.0])
    assert torch.equal(first, second)
    assert torch.equal(start, torch.zeros(1, 3))


def test_the_strip_shows_it() -> None:
    strip = np.asarray(traverse(Discs(), torch.zeros(1, 3), unit(0), VALUES, title="size"))
    bright = (strip.min(2) == 255).reshape(strip.shape[0], -1)
    white = [int(part.sum()) for part in np.split(bright[:, 6:], range(102, 510, 102), axis=1)]
    assert strip.shape[1] > 5 * 96
    assert white[0] < white[2] < white[4]


def test_nothing_to_vary() -> None:
    with pytest.raises(LabError, match="at least one value"):
        traverse(Discs(), torch.zeros(1, 3), unit(0), [])
    with pytest.raises(LabError, match=r"unit\(0, 1\)"):
        traverse(Discs(), torch.zeros(1, 3), unit(0, 1), [1.0])


def test_the_hint_that_moved_a_region_comes_first() -> None:
    """Each answer copies its input blurred, so the nearer mark moves a region more."""
    model = nn.Conv2d(1, 1, 5, padding=2, bias=False)
    nn.init.constant_(model.weight, 1 / 25)
    whole = torch.zeros(1, 1, 20, 30)
    marks = {"left": (10, 5), "middle": (10, 14), "right": (10, 27)}
    for row, column in marks.values():
        whole[0, 0, row, column] = 1
    without = {}
    for name, (row, column) in marks.items():
        without[name] = whole.clone()
        without[name][0, 0, row, column] = 0
    found = occlusion(model, whole, without, region=lambda out: out[..., 8:12, 12:16])
    assert found[0].part == "middle"
    assert [each.change for each in found[1:]] == [0, 0]
    seen = saliency(model, whole, region=lambda out: out[..., 10:11, 14:15])[0]
    assert seen.shape == (20, 30)
    assert torch.equal(seen > 0, _box(8, 12, 20, 30))


def _box(top: int, left: int, height: int, width: int) -> Tensor:
    inside = torch.zeros(height, width, dtype=torch.bool)
    inside[top : top + 5, left : left + 5] = True
    return inside
