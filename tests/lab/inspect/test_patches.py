"""The nine patches and their reconstructions show just what a known channel looks for."""

from __future__ import annotations

import warnings
from itertools import pairwise

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from irodori.lab.inspect.calling import output_of
from irodori.lab.inspect.patches import gallery, reconstruct, top_patches


@pytest.mark.parametrize("layer", ["look", "pool"])
def test_the_nine_patches_are_the_red_discs(
    red_circles: nn.Module, discs: list[Tensor], layer: str
) -> None:
    patches = top_patches(red_circles, layer, discs, channels=[0])[0]
    # Every third picture is red, and later ones are brighter.
    assert [patch.sample for patch in patches] == list(range(27, -1, -3))[:9]
    assert all(a.value >= b.value for a, b in pairwise(patches))
    for patch in patches:
        red, green, blue = patch.patch.mean((1, 2))
        assert red > 5 * green
        assert red > 5 * blue
        size = 9 if layer == "look" else 10
        assert patch.patch.shape == patch.reconstruction.shape == (3, size, size)


def test_the_reconstruction_is_a_red_disc(red_circles: nn.Module, discs: list[Tensor]) -> None:
    best = top_patches(red_circles, "look", discs, channels=[0])[0][0]
    red = best.reconstruction[0]
    bright = best.patch[0] > 0.5
    assert red[bright].min() > 0
    assert red[~bright].max() < 0
    assert best.reconstruction[1:].max() <= 0


def test_each_box_holds_its_samples_own_pixels(red_circles: nn.Module, discs: list[Tensor]) -> None:
    whole = torch.cat(discs)
    patches = top_patches(red_circles, "look", discs, channels=[1], count=12)[1]
    for patch in patches:
        box = patch.box
        inside = whole[patch.sample, :, box.top : box.bottom, box.left : box.right]
        assert torch.equal(inside, patch.patch)
    assert len({patch.sample for patch in patches}) == 12


class Chain(nn.Module):
    """The same weights, its ReLU called in one of the ways people call it."""

    def __init__(self, way: str) -> None:
        super().__init__()
        torch.manual_seed(3)
        self.first = nn.Conv2d(3, 6, 3, padding=1)
        self.second = nn.Conv2d(6, 6, 3, padding=1)
        self.third = nn.Conv2d(6, 4, 3)
        self.pool = nn.MaxPool2d(2)
        self.relu = nn.ReLU(inplace=way == "inplace")
        self.other = nn.ReLU()
        self.way = way

    def activate(self, x: Tensor, again: bool = False) -> Tensor:
        if self.way == "function":
            return F.relu(x)
        if self.way == "method":
            return x.relu_()
        return self.other(x) if again and self.way == "plain" else self.relu(x)

    def forward(self, x: Tensor) -> Tensor:
        x = self.pool(self.activate(self.first(x)))
        return self.third(self.activate(self.second(x), again=True))


WAYS = ["plain", "inplace", "reused", "function", "method"]


@pytest.mark.parametrize("way", WAYS)
def test_every_way_of_writing_relu_gives_what_captum_gives(way: str) -> None:
    captum = pytest.importorskip("captum.attr")
    picture = torch.rand(1, 3, 20, 26, generator=torch.Generator().manual_seed(1)) - 0.5
    model = Chain(way).eval()
    got = reconstruct(model, "third", picture, 2, (4, 5))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Captum remarks that it sets hooks
        oracle = captum.Deconvolution(Chain("plain").eval())
        expected = oracle.attribute(picture.clone(), target=(2, 4, 5))[0]
    assert torch.allclose(got, expected, atol=1e-6)
    assert float(got.abs().max()) > 0


def test_nothing_of_the_model_is_changed(red_circles: nn.Module, discs: list[Tensor]) -> None:
    red_circles.train()
    before = {name: value.clone() for name, value in red_circles.state_dict().items()}
    gallery(red_circles, "look", discs)
    assert red_circles.training
    assert all(torch.equal(before[name], value) for name, value in red_circles.state_dict().items())
    assert all(parameter.grad is None for parameter in red_circles.parameters())
    assert not any(module._forward_hooks for module in red_circles.modules())


def test_labelled_and_dict_batches(red_circles: nn.Module, discs: list[Tensor]) -> None:
    plain = top_patches(red_circles, "look", discs)
    labelled = [(batch, torch.arange(len(batch))) for batch in discs]
    as_dicts = [{"x": batch} for batch in discs]
    for loader in (labelled, as_dicts):
        again = top_patches(red_circles, "look", loader)
        assert [p.sample for p in again[0]] == [p.sample for p in plain[0]]


def test_the_gallery_is_red(red_circles: nn.Module, discs: list[Tensor]) -> None:
    picture = np.asarray(gallery(red_circles, "look", discs, channels=[0]), np.int16)
    red = (picture[..., 0] > 200) & (picture[..., 1] < 60) & (picture[..., 2] < 60)
    assert red.mean() > 0.02


def test_in_place_activations_do_not_reach_what_was_heard() -> None:
    model = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(inplace=True))
    with output_of(model[0]) as heard:
        model(torch.randn(2, 3, 9, 11))
    assert heard[0].min() < 0
