"""Attention: places without an order, a fresh one that changes nothing, far places that matter."""

from __future__ import annotations

import pytest
import torch

from irodori.network.attention import Attention
from irodori.network.colornet import without_normalization


@pytest.fixture
def attention() -> Attention:
    """As after some training."""
    torch.manual_seed(0)
    attention = Attention(16, heads=2)
    for last in (attention.answer, attention.conclude):
        torch.nn.init.normal_(last.weight)
    attention(torch.randn(3, 16, 5, 7))
    return attention.eval()


def test_a_fresh_one_changes_nothing() -> None:
    x = torch.randn(2, 16, 3, 5)
    assert torch.equal(Attention(16)(x), x)


@torch.no_grad()
def test_places_have_no_order(attention: Attention) -> None:
    x, order = torch.randn(2, 16, 4, 6), torch.randperm(24)
    shuffled = attention(x.flatten(2)[..., order].reshape(x.shape))
    expected = attention(x).flatten(2)[..., order].reshape(x.shape)
    assert torch.allclose(shuffled, expected, atol=1e-4)


@torch.no_grad()
def test_every_place_asks_every_other_of_its_own_drawing(attention: Attention) -> None:
    x = torch.randn(2, 16, 4, 6)
    other = x.clone()
    other[0, :, 3, 5] += 1
    changed = (attention(x) - attention(other)).abs().amax(1)
    assert (changed[0] > 1e-4).all()
    assert changed[1].max() < 1e-6


@torch.no_grad()
def test_it_is_the_attention_of_the_paper(attention: Attention) -> None:
    x = torch.randn(1, 16, 2, 3)
    query, key, value = attention.ask(x).reshape(3, 2, 8, 6)
    weights = torch.einsum("hci,hcj->hij", query, key).div(8**0.5).softmax(2)
    found = torch.einsum("hij,hcj->hci", weights, value).reshape(1, 16, 2, 3)
    asked = x + attention.answer(found)
    expected = asked + attention.conclude(attention.think(asked))
    assert torch.allclose(attention(x), expected, atol=1e-4)


def test_its_normalisation_can_be_taken_out() -> None:
    plain = Attention(16)
    without_normalization(plain)
    assert not any(isinstance(module, torch.nn.BatchNorm2d) for module in plain.modules())
    assert plain.ask[0].bias is not None
    assert plain.think[0].bias is not None
