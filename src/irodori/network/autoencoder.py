"""The simplest painter: ink and hints squeezed to a code, the picture unfolded from the code.

Without skip connections: whatever the picture keeps of the lines has gone through the code, so it
is blurred (Hinton, Salakhutdinov, 2006). That is what the U-Net mends.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn

from irodori.network.parts import HINTS, PLAIN, Block, Style, padded, upsampled


class Autoencoder(nn.Module):
    """Ink, hints (and a palette that it does not look at) -> RGB (N, 3, H, W) in 0..1."""

    def __init__(
        self,
        widths: Sequence[int] = (32, 64, 96, 128, 160),
        style: Style = PLAIN,
    ) -> None:
        super().__init__()
        self.stem = Block(1 + HINTS, widths[0], style=style)
        self.down = nn.ModuleList(
            nn.Sequential(Block(above, below, 2, style=style), Block(below, below, style=style))
            for above, below in pairwise(widths)
        )
        self.code = Block(widths[-1], widths[-1], style=style, dropout=style.dropout)
        self.up = nn.ModuleList(
            Block(below, above, style=style)
            for above, below in zip(widths[-2::-1], widths[:0:-1], strict=True)
        )
        self.mix = nn.ModuleList(Block(above, above, style=style) for above in widths[-2::-1])
        self.to_rgb = nn.Conv2d(widths[0], 3, 3, 1, 1)
        nn.init.constant_(self.to_rgb.bias, 2.0)  # type: ignore[arg-type]  # near white paper

    def forward(self, ink: Tensor, hints: Tensor, palette: Tensor) -> Tensor:
        """See the class."""
        x, _ = self.encode(ink, hints)
        for up, mix in zip(self.up, self.mix, strict=True):
            x = mix(up(upsampled(x)))
        return torch.sigmoid(self.to_rgb(x))[:, :, : ink.shape[2], : ink.shape[3]]

    def encode(self, ink: Tensor, hints: Tensor) -> tuple[Tensor, list[Tensor]]:
        """The code (N, C, H / 16, W / 16), and what was seen on the way, finest first."""
        x = self.stem(torch.cat(padded(ink, hints), 1))
        seen = []
        for down in self.down:
            seen.append(x)
            x = down(x)
        return self.code(x), seen
