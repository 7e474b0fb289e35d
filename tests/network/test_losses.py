"""Every loss: its gradient against numeric differences, its value where it is known, its limits."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn
from torch.autograd import gradcheck

from irodori.network.losses.adversarial import Adversarial
from irodori.network.losses.dragan import dragan
from irodori.network.losses.hinge import hinge
from irodori.network.losses.l1 import l1
from irodori.network.losses.least_squares import least_squares
from irodori.network.losses.mse import mse
from irodori.network.losses.obedience import obedience
from irodori.network.losses.palette_set import palette_set
from irodori.network.losses.perceptual import perceptual
from irodori.network.losses.total_variation import total_variation
from irodori.network.losses.vanilla import vanilla
from irodori.network.losses.votes import vote_loss
from irodori.network.losses.weight_size import weight_l1, weight_l2
from irodori.network.losses.wgan_gp import wgan_gp

ADVERSARIAL = {
    "vanilla": vanilla,
    "least-squares": least_squares,
    "hinge": hinge,
    "wgan-gp": wgan_gp,
    "dragan": dragan,
}


def random(*shape: int, seed: int = 0) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.rand(*shape, generator=generator, dtype=torch.float64)


def smooth_net(channels: int = 3) -> nn.Module:
    """A small network without kinks, so that numeric differences mean something."""
    torch.manual_seed(3)
    layers = nn.Sequential(nn.Conv2d(channels, 4, 3, 2, 1), nn.Tanh(), nn.Conv2d(4, 1, 3, 1, 1))
    return layers.double()


def hints_of(seed: int) -> Tensor:
    hints = random(2, 8, 2, 3, seed=seed)
    hints[:, 3] = (hints[:, 3] > 0.4).double()
    hints[:, :3] *= hints[:, 3:4]
    return hints


TARGET, WEIGHT = random(2, 3, 8, 12, seed=1), random(2, 1, 8, 12, seed=2)
SEE = smooth_net()
TRUTH = torch.cat([random(2, 16, 3, seed=6), (random(2, 16, 1, seed=7) - 0.5).clamp(min=0)], 2)

LOSSES: dict[str, tuple[Callable[[Tensor], Tensor], tuple[int, ...]]] = {
    "l1": (lambda x: l1(x, TARGET, WEIGHT), (2, 3, 8, 12)),
    "mse": (lambda x: mse(x, TARGET, WEIGHT), (2, 3, 8, 12)),
    "perceptual": (lambda x: perceptual(lambda p: [SEE(p), SEE[0](p)], x, TARGET), (2, 3, 8, 12)),
    "total variation": (total_variation, (2, 3, 8, 12)),
    "weights l1": (lambda x: weight_l1([x, x[0, 0, 0]]), (2, 3, 4, 5)),
    "weights l2": (lambda x: weight_l2([x, x[0, 0, 0]]), (2, 3, 4, 5)),
    "obedience": (lambda x: obedience(x, hints_of(4)), (2, 3, 8, 12)),
    "votes": (
        lambda x: vote_loss(
            x.log_softmax(1), 20 * random(2, 5, 3, 4, seed=5), WEIGHT[:, :, :3, :4]
        ),
        (2, 5, 3, 4),
    ),
    "palette set": (lambda x: palette_set(x, TRUTH), (2, 3, 16, 4)),
}
for name, loss in ADVERSARIAL.items():
    LOSSES[f"{name}, judge of real"] = (
        lambda x, loss=loss: loss.discriminator_loss(x, 4 * random(3, 1, 2, 3, seed=8) - 2),
        (3, 1, 2, 3),
    )
    LOSSES[f"{name}, judge of fake"] = (
        lambda x, loss=loss: loss.discriminator_loss(4 * random(3, 1, 2, 3, seed=8) - 2, x),
        (3, 1, 2, 3),
    )
    LOSSES[f"{name}, painter"] = (lambda x, loss=loss: loss.generator_loss(x), (3, 1, 2, 3))


@pytest.mark.parametrize("name", LOSSES)
def test_the_gradient_is_that_of_numeric_differences(name: str) -> None:
    loss, shape = LOSSES[name]
    at = (random(*shape, seed=11) * 1.6 - 0.3).requires_grad_()
    if name == "palette set":
        at = random(*shape, seed=11).requires_grad_()
    assert gradcheck(loss, (at,), eps=1e-6, atol=1e-6)


@pytest.mark.parametrize("name", ["wgan-gp", "dragan"])
def test_the_penaltys_gradient_is_that_of_numeric_differences(name: str) -> None:
    """It goes to the judge's weights, through the gradient of its scores."""
    judge, real, fake = smooth_net(), random(2, 3, 8, 12, seed=1), random(2, 3, 8, 12, seed=2)

    def penalty(weight: Tensor) -> Tensor:
        torch.manual_seed(0)
        weights = dict(judge.named_parameters()) | {"0.weight": weight}
        return ADVERSARIAL[name].penalty(
            lambda picture: torch.func.functional_call(judge, weights, picture), real, fake
        )

    at = judge[0].weight.detach().clone().requires_grad_()
    assert gradcheck(penalty, (at,), eps=1e-6, atol=1e-5)


def test_a_wrong_gradient_does_not_pass() -> None:
    """The broken twin of the tests above."""

    class Wrong(torch.autograd.Function):
        @staticmethod
        def forward(ctx: object, x: Tensor) -> Tensor:
            return (x**2).sum()

        @staticmethod
        def backward(ctx: object, slope: Tensor) -> Tensor:
            return slope * torch.ones(2, 3, dtype=torch.float64)

    at = random(2, 3).requires_grad_()
    assert not gradcheck(Wrong.apply, (at,), raise_exception=False)


@pytest.mark.parametrize("loss", [l1, mse])
def test_only_what_has_weight_counts(loss: Callable[..., Tensor]) -> None:
    answer, weight = TARGET.clone(), torch.zeros(2, 1, 8, 12)
    answer[:, :, :4] += 0.5
    weight[:, :, 4:] = 1
    assert loss(answer, TARGET, weight) == 0
    assert loss(answer, TARGET, 1 - weight).item() == pytest.approx(0.5 if loss is l1 else 0.25)


def test_obedience_is_0_for_who_obeys_and_without_hints() -> None:
    hints = torch.zeros(2, 8, 2, 3, dtype=torch.float64)
    picture = random(2, 3, 8, 12)
    assert obedience(picture, hints) == 0
    hints[0, :4, 1, 2] = torch.tensor([0.2, 0.6, 0.9, 1.0])
    assert obedience(picture, hints) > 0.01
    picture[0, :, 4:, 8:] = torch.tensor([0.2, 0.6, 0.9])[:, None, None]
    assert obedience(picture, hints).item() == pytest.approx(0, abs=1e-6)


def test_an_even_picture_has_no_variation() -> None:
    assert total_variation(torch.full((2, 3, 5, 7), 0.3)) == 0
    stripes = (torch.arange(7) % 2).float().expand(2, 3, 5, 7)
    assert total_variation(stripes) == 1


def test_the_order_of_a_palette_does_not_matter_and_the_right_one_is_best() -> None:
    proposed = TRUTH[:, None].clone()
    turned = proposed[:, :, torch.randperm(16, generator=torch.Generator().manual_seed(1))]
    best = palette_set(proposed, TRUTH)
    assert palette_set(turned, TRUTH).item() == pytest.approx(best.item())
    other = proposed.clone()
    other[..., :3] = 1 - other[..., :3]
    assert palette_set(other, TRUTH) > best + 0.1


@pytest.mark.parametrize("name", ADVERSARIAL)
def test_a_judge_that_is_right_has_less_to_learn(name: str) -> None:
    loss: Adversarial = ADVERSARIAL[name]
    real, fake = torch.full((2, 1, 3, 4), 1.0), torch.full((2, 1, 3, 4), -0.5)
    assert loss.discriminator_loss(real, fake) < loss.discriminator_loss(fake, real)
    assert loss.generator_loss(real) < loss.generator_loss(fake)


def test_a_judge_of_slope_1_is_not_punished() -> None:
    """Mean score = <direction, x> with a direction of length 1 / sqrt(values)."""
    real, fake = random(2, 3, 8, 12, seed=1), random(2, 3, 8, 12, seed=2)
    for slope in (1.0, 3.0):
        found = wgan_gp.penalty(
            lambda x, slope=slope: slope * x.mean(1, keepdim=True) * 1, real, fake
        )
        assert found.item() == pytest.approx(10 * (slope - 1) ** 2)
