"""Receptive fields equal the analytic ones, whatever the network is made of."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from irodori.lab.errors import LabError
from irodori.lab.inspect.receptive import receptive_field

LAYER = st.tuples(
    st.sampled_from([1, 2, 3, 5]),
    st.sampled_from([1, 1, 2]),
    st.sampled_from([1, 1, 2]),
    st.booleans(),
)


@settings(max_examples=25)
@given(layers=st.lists(LAYER, min_size=1, max_size=4))
def test_a_chain_equals_the_formula(layers: list[tuple[int, int, int, bool]]) -> None:
    """r grows by (k - 1) d j, j by the stride (Araujo, Norris, Sim, Distill, 2019)."""
    field, jump, chain = 1, 1, []
    for kernel, stride, dilation, pool in layers:
        if pool:
            chain.append(nn.MaxPool2d(kernel, stride, dilation=dilation))
        else:
            chain += [nn.Conv2d(2, 2, kernel, stride, dilation=dilation), nn.ReLU(inplace=True)]
        field += (kernel - 1) * dilation * jump
        jump *= stride
    model = nn.Sequential(*chain)
    found = receptive_field(model, str(len(chain) - 1), torch.zeros(1, 2, 181, 203))
    assert (found.height, found.width) == (field, field)
    assert not found.cut


def test_a_kernel_that_is_not_square() -> None:
    model = nn.Sequential(nn.Conv2d(3, 4, (1, 7)), nn.ReLU(), nn.Conv2d(4, 4, (3, 1), (2, 1)))
    found = receptive_field(model, "2", torch.zeros(1, 3, 40, 60))
    assert (found.height, found.width, found.stride) == (3, 7, (2.0, 1.0))


class Residual(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.long = nn.Sequential(nn.Conv2d(3, 3, 3, padding=1), nn.BatchNorm2d(3))
        self.again = nn.Conv2d(3, 3, 3, padding=1)
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x: Tensor) -> Tensor:
        x = self.relu(x + self.long(x))
        x = F.relu(self.again(F.max_pool2d(x, 2)))
        return self.relu(self.again(x))  # the same layers a second time


def test_skips_shared_layers_and_functions() -> None:
    found = receptive_field(Residual(), "again", torch.zeros(2, 3, 60, 44))
    assert (found.height, found.width) == (3 + 1 + 4, 8)
    assert found.stride == (2.0, 2.0)


class Everywhere(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.mix = nn.Conv2d(3, 3, 1)

    def forward(self, x: Tensor) -> Tensor:
        return self.mix(x + x.mean((2, 3), keepdim=True))


def test_a_layer_that_sees_everything_says_so() -> None:
    found = receptive_field(Everywhere(), "mix", torch.zeros(1, 3, 30, 50))
    assert (found.height, found.width, found.cut) == (30, 50, True)
    assert str(found) == "30 x 50 or more"


def test_weights_of_zero_do_not_blind_it() -> None:
    model = nn.Sequential(nn.Conv2d(3, 4, 5), nn.ReLU())
    nn.init.zeros_(model[0].weight)
    before = model[0].weight.clone()
    assert receptive_field(model, "1", torch.zeros(1, 3, 20, 30)).width == 5
    assert torch.equal(model[0].weight, before)
    assert model.training


def test_a_layer_without_places() -> None:
    model = nn.Sequential(nn.Conv2d(3, 4, 5), nn.Flatten(), nn.LazyLinear(3))
    model(torch.zeros(1, 3, 8, 8))
    with pytest.raises(LabError, match="not with a map"):
        receptive_field(model, "2", torch.zeros(1, 3, 8, 8))
    with pytest.raises(LabError, match="no layer 'nine'"):
        receptive_field(model, "nine", torch.zeros(1, 3, 8, 8))
