"""The distance between the sets of real and painted pictures that moving earth would have to go.

    judge:    mean D(fake) - mean D(real) + 10 mean (|grad D(x)| - 1)^2,  x between real and fake
    painter:  -mean D(fake)

Source: Gulrajani et al., "Improved Training of Wasserstein GANs", NIPS 2017.
"""

from __future__ import annotations

import torch
from torch import Tensor

from irodori.network.losses.adversarial import Adversarial, Judge, slope_penalty


def discriminator_loss(real: Tensor, fake: Tensor) -> Tensor:
    """What the judge minimizes, of scores."""
    return fake.mean() - real.mean()


def generator_loss(fake: Tensor) -> Tensor:
    """What the painter minimizes, of scores."""
    return -fake.mean()


def penalty(judge: Judge, real: Tensor, fake: Tensor) -> Tensor:
    """Slope 1 at a random place on the way from each real picture to a painted one."""
    part = torch.rand(len(real), 1, 1, 1, device=real.device, dtype=real.dtype)
    return slope_penalty(judge, real + part * (fake - real))


wgan_gp = Adversarial(discriminator_loss, generator_loss, penalty)
