"""What the five adversarial losses share: their form, and the penalty on the judge's slope.

Scores are what a discriminator says of a picture, any shape, higher for pictures that look real.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

Judge = Callable[[Tensor], Tensor]
"""Pictures (N, 3, H, W) -> scores."""


def no_penalty(judge: Judge, real: Tensor, fake: Tensor) -> Tensor:
    """0: the loss asks nothing of the judge's slope."""
    return real.new_zeros(())


@dataclass(frozen=True)
class Adversarial:
    """One way to set a painter and a judge against each other.

    discriminator_loss: scores of real and of painted pictures -> what the judge minimizes.
    generator_loss: scores of painted pictures -> what the painter minimizes. penalty: judge, real
    and painted pictures -> what is added for the judge.
    """

    discriminator_loss: Callable[[Tensor, Tensor], Tensor]
    generator_loss: Callable[[Tensor], Tensor]
    penalty: Callable[[Judge, Tensor, Tensor], Tensor] = no_penalty


def slope_penalty(judge: Judge, places: Tensor, *, weight: float = 10.0) -> Tensor:
    """weight * mean over pictures of (|gradient of the mean score there| - 1)^2.

    The scores of a patch judge are averaged, and the gradient is taken per picture, scaled by the
    number of its values so that its size does not depend on the picture's.
    """
    places = places.detach().requires_grad_()
    scores = judge(places).flatten(1).mean(1)
    (gradient,) = torch.autograd.grad(scores.sum(), places, create_graph=True)
    norm = gradient.flatten(1).norm(dim=1) * gradient[0].numel() ** 0.5
    penalty: Tensor = weight * ((norm - 1) ** 2).mean()
    return penalty
