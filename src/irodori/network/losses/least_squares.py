"""Scores as a regression on 1 for real and 0 for painted.

    judge:    (mean (D(real) - 1)^2 + mean D(fake)^2) / 2
    painter:  mean (D(fake) - 1)^2 / 2

Source: Mao et al., "Least Squares Generative Adversarial Networks", ICCV 2017.
"""

from __future__ import annotations

from torch import Tensor

from irodori.network.losses.adversarial import Adversarial


def discriminator_loss(real: Tensor, fake: Tensor) -> Tensor:
    """What the judge minimizes, of scores."""
    return (((real - 1) ** 2).mean() + (fake**2).mean()) / 2


def generator_loss(fake: Tensor) -> Tensor:
    """What the painter minimizes, of scores."""
    return ((fake - 1) ** 2).mean() / 2


least_squares = Adversarial(discriminator_loss, generator_loss)
