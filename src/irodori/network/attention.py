"""Every place of a drawing looks at every other and takes over what it finds there."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn


class Attention(nn.Module):
    """Self-attention over the places of a grid, then two layers at each (Vaswani et al., 2017).

    Batch normalisation stands in for layer normalisation, as in LeViT (Graham et al., 2021): it
    can be folded away. A fresh one changes nothing, so that a trained network may be given one.
    """

    def __init__(self, channels: int, heads: int = 4) -> None:
        super().__init__()
        self.heads = heads
        self.ask = _normalised(channels, 3 * channels)
        self.answer = nn.Conv2d(channels, channels, 1)
        self.think = nn.Sequential(*_normalised(channels, 2 * channels), nn.ReLU())
        self.conclude = nn.Conv2d(2 * channels, channels, 1)
        for last in (self.answer, self.conclude):
            nn.init.zeros_(last.weight)
            nn.init.zeros_(last.bias)  # type: ignore[arg-type]

    def forward(self, x: Tensor) -> Tensor:
        """(N, channels, h, w) -> the same. channels: a multiple of `heads`."""
        drawings, channels, rows, columns = x.shape
        places = self.ask(x).reshape(drawings, 3, self.heads, channels // self.heads, -1)
        query, key, value = places.transpose(3, 4).unbind(1)  # (N, heads, places, width)
        found = F.scaled_dot_product_attention(query, key, value).transpose(2, 3)
        x = x + self.answer(found.reshape(drawings, channels, rows, columns))
        concluded: Tensor = self.conclude(self.think(x))
        return x + concluded


def _normalised(inputs: int, outputs: int) -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(inputs, outputs, 1, bias=False), nn.BatchNorm2d(outputs))
