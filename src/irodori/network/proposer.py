"""Palettes for a drawing that nobody said anything about, and a painter that follows them.

Many colorings of a drawing are right, and their average is mud. So a small network proposes sets of
colors, another one for other noise, and a painter that knows how to follow a palette paints each.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from irodori.network.palette_unet import PaletteUNet
from irodori.network.parts import PLAIN, SLOTS, Block, Style

NOISE = 8
"""Numbers drawn from the standard normal that tell one proposal from another."""


class Proposer(nn.Module):
    """Ink (N, 1, H, W) and noise (N, 8) -> a palette (N, 16, 4); the last slots stay empty."""

    def __init__(
        self,
        colors: int = 8,
        width: int = 24,
        style: Style = PLAIN,
    ) -> None:
        super().__init__()
        self.see = nn.Sequential(
            Block(1, width, 2, style=style),
            Block(width, width * 2, 2, style=style),
            Block(width * 2, width * 3, 2, style=style),
            Block(width * 3, width * 4, 2, style=style),
        )
        self.propose = nn.Sequential(
            nn.Linear(width * 4 + NOISE, 128), nn.ReLU(), nn.Linear(128, colors * 4)
        )
        self.empty = SLOTS - colors

    def forward(self, ink: Tensor, noise: Tensor) -> Tensor:
        """See the class."""
        seen = self.see(ink).mean((2, 3))  # (N, C)
        palette = torch.sigmoid(self.propose(torch.cat([seen, noise.to(seen.dtype)], 1)).float())
        palette = palette.reshape(len(ink), -1, 4)
        return torch.cat([palette, palette.new_zeros(len(ink), self.empty, 4)], 1)


class Blind(nn.Module):
    """Colors a drawing from nothing: a proposed palette, then the painter.

    While it learns, several palettes are proposed for each drawing, so that the loss can reward
    the best of them; the painter paints the first.
    """

    def __init__(self, proposer: Proposer, painter: PaletteUNet, proposals: int = 4) -> None:
        super().__init__()
        self.proposer, self.painter, self.proposals = proposer, painter, proposals

    def forward(self, ink: Tensor, hints: Tensor, palette: Tensor) -> tuple[Tensor, Tensor]:
        """Ink -> RGB (N, 3, H, W), palettes (N, proposals, 16, 4). Hints and palette are ignored.

        While training the noise is drawn at random; in evaluation the first proposal's is 0, the
        likeliest, and the others are the same for every drawing.
        """
        palettes = torch.stack([self.proposer(ink, noise) for noise in self._noise(ink)], 1)
        return self.painter(ink, torch.zeros_like(hints), palettes[:, 0]), palettes

    def _noise(self, ink: Tensor) -> Tensor:
        shape = (self.proposals, len(ink), NOISE)
        if self.training:
            return torch.randn(shape, device=ink.device)
        steps = torch.arange(self.proposals * NOISE, device=ink.device, dtype=torch.float32)
        fixed = torch.sin(steps * 2.4).view(self.proposals, 1, NOISE) * 1.4
        fixed[0] = 0
        return fixed.expand(shape)
