"""A painter over a pre-trained seer: what it learnt from photographs is a start for drawings.

The seer sees the ink as a picture, black on white. Hints join on every level of the way up.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from irodori.network.encoders import Seer
from irodori.network.parts import HINTS, Activation, Block, Norm, padded


class Transfer(nn.Module):
    """Ink, hints (and a palette that it does not look at) -> RGB (N, 3, H, W) in 0..1."""

    def __init__(
        self, seer: Seer, width: int = 48, *, norm: Norm = "batch", act: Activation = "relu"
    ) -> None:
        super().__init__()
        self.seer = seer
        how = {"norm": norm, "act": act}
        coarse_first = seer.widths[::-1]
        self.skip = nn.ModuleList(nn.Conv2d(wide, width, 1) for wide in coarse_first)
        self.hint = nn.ModuleList(nn.Conv2d(HINTS, width, 1) for _ in coarse_first)
        self.mix = nn.ModuleList(Block(width, width, **how) for _ in coarse_first)
        self.finish = Block(width + 1 + HINTS, width, **how)
        self.to_rgb = nn.Conv2d(width, 3, 3, 1, 1)

    def forward(self, ink: Tensor, hints: Tensor, palette: Tensor) -> Tensor:
        """See the class."""
        height, width = ink.shape[2], ink.shape[3]
        ink, hints = padded(ink, hints)
        seen = self.seer((1 - ink).expand(-1, 3, -1, -1))[::-1]
        x = torch.zeros_like(self.skip[0](seen[0]))
        for features, skip, hint, mix in zip(seen, self.skip, self.hint, self.mix, strict=True):
            size = features.shape[2:]
            near = hint(F.adaptive_avg_pool2d(hints, size) if _is_fixed(hints) else _pool(hints, x))
            x = mix(F.interpolate(x, size=size, mode="nearest") + skip(features) + near)
        x = F.interpolate(x, size=ink.shape[2:], mode="nearest")
        x = self.finish(torch.cat([x, ink, hints], 1))
        return torch.sigmoid(self.to_rgb(x))[:, :, :height, :width]
