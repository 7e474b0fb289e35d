"""Scores need only be far enough: what is clear already teaches nothing more.

    judge:    mean max(0, 1 - D(real)) + mean max(0, 1 + D(fake))
    painter:  -mean D(fake)

Sources: Lim, Ye, "Geometric GAN", 2017; Miyato et al., "Spectral Normalization", ICLR 2018.
"""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor

from irodori.network.losses.adversarial import Adversarial


def discriminator_loss(real: Tensor, fake: Tensor) -> Tensor:
    """What the judge minimizes, of scores."""
    return F.relu(1 - real).mean() + F.relu(1 + fake).mean()


def generator_loss(fake: Tensor) -> Tensor:
    """What the painter minimizes, of scores."""
    return -fake.mean()


hinge = Adversarial(discriminator_loss, generator_loss)
