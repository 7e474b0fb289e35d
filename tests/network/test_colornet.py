"""The network: shapes for any size, votes that sum to one, a palette without order."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from irodori.network.colornet import PALETTE_SLOTS, ColorNet
from irodori.network.losses.votes import distances, vote_loss

BINS = 12


@pytest.fixture(scope="module")
def network() -> ColorNet:
    torch.manual_seed(0)
    return ColorNet(torch.rand(BINS, 3)).eval()


def inputs(batch: int, height: int, width: int) -> tuple[Tensor, Tensor, Tensor]:
    grid = (-(-height // 4), -(-width // 4))
    hints, colors = torch.rand(batch, 8, *grid), palette(batch, 5)
    hints[:, :3, 1:4, 1:4], hints[:, 3, 1:4, 1:4] = colors[:, 0, :3, None, None], 1
    return torch.rand(batch, 1, height, width), hints, colors


def palette(batch: int, filled: int) -> Tensor:
    slots = torch.rand(batch, PALETTE_SLOTS, 4)
    slots[:, filled:] = 0
    return slots


@pytest.mark.parametrize("size", [(64, 96), (61, 37), (130, 47), (32, 200)])
@torch.no_grad()
def test_votes_sum_to_one_at_any_size(network: ColorNet, size: tuple[int, int]) -> None:
    ink, hints, colors = inputs(3, *size)
    log_votes, shade = network(ink, hints, colors)
    height, width = (-(-side // 32) * 8 for side in size)
    assert log_votes.shape == (3, BINS + PALETTE_SLOTS + 1, height, width)
    assert shade.shape == (3, 1, height, width)
    assert torch.allclose(log_votes.exp().sum(1), torch.ones(3, height, width), atol=1e-4)
    assert ((shade >= 0) & (shade <= 1)).all()


@torch.no_grad()
def test_a_palette_has_no_order(network: ColorNet) -> None:
    ink, hints, colors = inputs(2, 64, 96)
    order = torch.randperm(PALETTE_SLOTS)
    votes, _ = network(ink, hints, colors)
    shuffled, _ = network(ink, hints, colors[:, order])
    assert torch.allclose(votes[:, :BINS], shuffled[:, :BINS], atol=1e-4)
    assert torch.allclose(votes[:, BINS:-1][:, order], shuffled[:, BINS:-1], atol=1e-3)


@torch.no_grad()
def test_empty_slots_and_hints_that_never_flowed_get_no_vote(network: ColorNet) -> None:
    ink, hints, colors = inputs(2, 64, 96)
    votes = network(ink, torch.zeros_like(hints), colors)[0].exp()
    assert votes[:, BINS + 5 : -1].max() == 0
    assert votes[:, -1].max() == 0


@torch.no_grad()
def test_white_painted_differs_from_nothing_said(network: ColorNet) -> None:
    ink, hints, colors = inputs(1, 64, 96)
    white = torch.zeros_like(hints)
    white[:, :, 4:8, 4:8] = 1
    nothing = network(ink, torch.zeros_like(hints), colors)[0]
    assert (network(ink, white, colors)[0] - nothing).abs().max() > 1e-3


@torch.no_grad()
def test_a_slot_is_known_by_what_the_ink_shows_where_its_color_was_painted() -> None:
    torch.manual_seed(2)
    painter = ColorNet(torch.rand(BINS, 3)).painter
    torch.nn.init.normal_(painter.to_look.weight)
    fine, colors, hints = torch.rand(2, 64, 16, 24), palette(2, 3), torch.zeros(2, 8, 16, 24)
    colors[:, 0, :3], colors[:, 1, :3], colors[:, 2, :3] = 0.9, 0.2, 0.5
    hints[:, 3, 2:6, 3:9], hints[:, 3, 10:12, 20:] = 1, 0.5
    hints[:, :3, 2:6, 3:9], hints[:, :3, 10:12, 20:] = 0.9, 0.2 * 0.5
    looks, each = painter._looks(fine, hints, colors), painter.to_look(fine)
    assert torch.allclose(looks[:, 0], each[:, :, 2:6, 3:9].mean((2, 3)), atol=1e-3)
    assert torch.allclose(looks[:, 1], each[:, :, 10:12, 20:].mean((2, 3)), rtol=1e-3, atol=1e-3)
    assert looks[:, 2].abs().max() < 1e-3


@torch.no_grad()
def test_drawings_of_a_batch_do_not_touch(network: ColorNet) -> None:
    ink, hints, colors = inputs(3, 64, 96)
    together, _ = network(ink, hints, colors)
    alone, _ = network(ink[1:2], hints[1:2], colors[1:2])
    assert torch.allclose(together[1:2], alone, atol=1e-4)


def test_every_weight_learns() -> None:
    torch.manual_seed(1)
    network = ColorNet(torch.rand(BINS, 3))
    log_votes, shade = network(*inputs(2, 64, 96))
    (log_votes.exp().square().mean() + shade.mean()).backward()
    still = [name for name, weight in network.named_parameters() if weight.grad is None]
    assert still == []
    zero = [name for name, weight in network.named_parameters() if not weight.grad.any()]
    assert zero == []


def test_the_loss_has_the_gradient_of_its_formula() -> None:
    torch.manual_seed(2)
    votes = torch.randn(2, 4, 3, 5, dtype=torch.float64, requires_grad=True)
    apart = torch.rand(2, 4, 3, 5, dtype=torch.float64) * 20
    weight = torch.rand(2, 1, 3, 5, dtype=torch.float64)
    assert torch.autograd.gradcheck(
        lambda logits: vote_loss(logits.log_softmax(1), apart, weight), (votes,)
    )


def test_voting_for_the_truth_costs_least() -> None:
    apart = torch.full((1, 3, 2, 4), 30.0)
    apart[:, 1] = 0
    weight = torch.ones(1, 1, 2, 4)
    logits = torch.zeros(1, 3, 2, 4)
    undecided = vote_loss(logits.log_softmax(1), apart, weight)
    logits[:, 1] = 20
    right = vote_loss(logits.log_softmax(1), apart, weight)
    logits[:, 2] = 40
    wrong = vote_loss(logits.log_softmax(1), apart, weight)
    assert right < undecided < wrong
    assert right.item() == pytest.approx(0, abs=1e-4)
    assert wrong.item() == pytest.approx(6, abs=0.1)


def test_distances_are_euclidean() -> None:
    torch.manual_seed(3)
    target, flow = torch.randn(2, 3, 3, 5), torch.randn(2, 3, 3, 5)
    bins, colors = torch.randn(4, 3), torch.randn(2, PALETTE_SLOTS, 3)
    apart = distances(target, bins, colors, flow)
    assert apart.shape == (2, 4 + PALETTE_SLOTS + 1, 3, 5)
    assert apart[1, 2, 1, 3].item() == pytest.approx(
        (target[1, :, 1, 3] - bins[2]).norm().item(), abs=1e-3
    )
    assert apart[0, 4 + 7, 2, 0].item() == pytest.approx(
        (target[0, :, 2, 0] - colors[0, 7]).norm().item(), abs=1e-3
    )
    assert apart[1, -1, 0, 0].item() == pytest.approx(
        (target[1, :, 0, 0] - flow[1, :, 0, 0]).norm().item(), abs=1e-3
    )
