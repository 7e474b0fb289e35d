"""The first adversarial loss, with the painter's side non-saturating.

    judge:    mean softplus(-D(real)) + mean softplus(D(fake))
    painter:  mean softplus(-D(fake))

that is -log s(D(real)) - log(1 - s(D(fake))) and -log s(D(fake)) with s the sigmoid. Source:
Goodfellow et al., "Generative Adversarial Nets", NIPS 2014.
"""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor

from irodori.network.losses.adversarial import Adversarial


def discriminator_loss(real: Tensor, fake: Tensor) -> Tensor:
    """What the judge minimizes, of scores."""
    return F.softplus(-real).mean() + F.softplus(fake).mean()


def generator_loss(fake: Tensor) -> Tensor:
    """What the painter minimizes, of scores."""
    return F.softplus(-fake).mean()


vanilla = Adversarial(discriminator_loss, generator_loss)
