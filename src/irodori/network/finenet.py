"""The network of `fine`: a `ColorNet` whose painter lets the parts of the drawing confer."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from irodori.network.colornet import STRIDE, ColorNet, Painter
from irodori.network.council import Council


class FinePainter(Painter):
    """A `Painter` that is told the parts, too, and answers with votes that they agreed on.

    parts: (N, 3, h, w), as `council.seats` has them. Weights of a `Painter` fit.
    """

    def __init__(self, bins: int, fine: int = 64, coarse: int = 160) -> None:
        super().__init__(bins, fine, coarse)
        self.council = Council(bins, fine + coarse + fine)

    def forward(  # type: ignore[override]
        self, fine: Tensor, coarse: Tensor, hints: Tensor, palette: Tensor, parts: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Log-votes and shade, as a `Painter` has them."""
        look = self.look(fine, coarse, hints, palette)
        rows, columns = fine.shape[2] - parts.shape[2], fine.shape[3] - parts.shape[3]
        features = torch.cat(
            [fine, F.interpolate(coarse, scale_factor=STRIDE, mode="nearest"), look.places], 1
        )
        votes = self.council(
            features,
            self.votes(look),
            torch.cat([look.slots, palette[:, :, 3:].to(look.slots.dtype)], 2),
            look.hints,
            F.pad(parts, (0, columns, 0, rows)),
        )
        return votes, self.shade(look)


class FineNet(ColorNet):
    """Encoder and fine painter together."""

    given = ("ink", "hints", "palette", "parts")

    painter: FinePainter

    def __init__(self, bins: Tensor) -> None:
        super().__init__(bins)
        self.painter = FinePainter(len(bins))

    def forward(  # type: ignore[override]
        self, ink: Tensor, hints: Tensor, palette: Tensor, parts: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Ink (N, 1, H, W), the rest as the painter has it -> log-votes and shade."""
        fine, coarse = self.encoder(ink)
        log_votes, shade = self.painter(fine, coarse, hints, palette, parts)
        return log_votes, shade
