"""A painter over a pre-trained seer: what it learnt from photographs is a start for drawings.

The seer sees the ink as a picture, black on white. Hints join on every level of the way up.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from irodori.network.encoders import Seer
from irodori.network.parts import HINTS, PLAIN, Block, Style, padded, upsampled


class Transfer(nn.Module):
    """Ink, hints (and a palette that it does not look at) -> RGB (N, 3, H, W) in 0..1."""

    def __init__(self, seer: Seer, width: int = 48, style: Style = PLAIN) -> None:
        super().__init__()
        self.seer = seer
        coarse_first = seer.widths[::-1]
        self.skip = nn.ModuleList(nn.Conv2d(wide, width, 1) for wide in coarse_first)
        self.hint = nn.ModuleList(nn.Conv2d(HINTS, width, 1) for _ in coarse_first)
        self.mix = nn.ModuleList(Block(width, width, style=style) for _ in coarse_first)
        self.finish = Block(width + 1 + HINTS, width, style=style)
        self.to_rgb = nn.Conv2d(width, 3, 3, 1, 1)
        nn.init.constant_(self.to_rgb.bias, 2.0)  # type: ignore[arg-type]  # near white paper

    def forward(self, ink: Tensor, hints: Tensor, palette: Tensor) -> Tensor:
        """See the class."""
        height, width = ink.shape[2], ink.shape[3]
        ink, hints = padded(ink, hints)
        seen = self.seer(torch.cat([1 - ink] * 3, 1))
        coarse_first = zip(seen[::-1], self.seer.strides[::-1], strict=True)
        levels = [
            skip(features) + hint(F.avg_pool2d(hints, stride))
            for (features, stride), skip, hint in zip(
                coarse_first, self.skip, self.hint, strict=True
            )
        ]
        x = self.mix[0](levels[0])
        for level, mix in zip(levels[1:], self.mix[1:], strict=True):
            x = mix(upsampled(x) + level)
        if self.seer.strides[0] == 2:
            x = upsampled(x)
        x = self.finish(torch.cat([x, ink, hints], 1))
        return torch.sigmoid(self.to_rgb(x))[:, :, :height, :width]
