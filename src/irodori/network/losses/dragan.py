"""The vanilla loss, and a judge that is smooth around real pictures.

    judge:    vanilla + 10 mean (|grad D(x)| - 1)^2,  x = real + 0.5 std(real) u,  u in 0..1
    painter:  vanilla

Source: Kodali, Abernethy, Hays, Kira, "On Convergence and Stability of GANs", 2017.
"""

from __future__ import annotations

import torch
from torch import Tensor

from irodori.network.losses import vanilla
from irodori.network.losses.adversarial import Adversarial, Judge, slope_penalty


def penalty(judge: Judge, real: Tensor, fake: Tensor) -> Tensor:
    """Slope 1 at a random place near each real picture."""
    return slope_penalty(judge, real + 0.5 * real.std() * torch.rand_like(real))


dragan = Adversarial(vanilla.discriminator_loss, vanilla.generator_loss, penalty)
