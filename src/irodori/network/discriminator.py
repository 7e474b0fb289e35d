"""A judge of pictures, patch by patch (PatchGAN: Isola, Zhu, Zhou, Efros, CVPR 2017)."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from irodori.network.parts import HINTS, Norm, normalization, padded


class PatchDiscriminator(nn.Module):
    """A picture -> a map of scores (N, 1, h, w), higher where it looks like an artist's.

    conditional: it also sees ink and hints, so that it judges whether the colors fit them.
    Normalization over a batch would tie the scores of different pictures together, which the
    gradient penalties of WGAN-GP and DRAGAN forbid; hence instance.
    """

    def __init__(
        self,
        *,
        conditional: bool = True,
        width: int = 32,
        layers: int = 3,
        norm: Norm = "instance",
    ) -> None:
        super().__init__()
        self.conditional = conditional
        stages: list[nn.Module] = [
            nn.Conv2d(3 + (1 + HINTS) * conditional, width, 4, 2, 1),
            nn.LeakyReLU(0.2),
        ]
        for number in range(1, layers):
            wide = width * 2**number
            stages += [
                nn.Conv2d(wide // 2, wide, 4, 2, 1, bias=norm == "none"),
                normalization(norm, wide),
                nn.LeakyReLU(0.2),
            ]
        stages.append(nn.Conv2d(width * 2 ** (layers - 1), 1, 3, 1, 1))
        self.stages = nn.Sequential(*stages)

    def forward(self, picture: Tensor, ink: Tensor, hints: Tensor) -> Tensor:
        """picture: (N, 3, H, W) in 0..1, H and W multiples of 4; ink, hints as generators have."""
        if self.conditional:
            ink, hints = padded(ink, hints, 4)
            picture = torch.cat([picture, ink.to(picture.dtype), hints.to(picture.dtype)], 1)
        scores: Tensor = self.stages(picture * 2 - 1)
        return scores
