"""What the networks are made of: normalization, activation, initialization, blocks of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import torch.nn.functional as F
from torch import Tensor, nn

Norm = Literal["batch", "layer", "instance", "group", "none"]
Activation = Literal["relu", "leaky", "prelu", "silu"]
Start = Literal["orthogonal", "he", "xavier"]

STRIDE = 4
"""Ink pixels per cell of the hints' grid, in each direction."""

HINTS = 8
"""Channels of the hints: painted RGB and mask, flowing RGB and nearness."""

SLOTS = 16
"""Colors that a palette holds at most."""


def normalization(kind: Norm, channels: int) -> nn.Module:
    """(N, channels, H, W) -> the same, of mean 0 and variance 1 before scale and shift.

    batch: per channel over the batch (Ioffe, Szegedy, 2015). layer: per drawing over all channels
    and places (Ba et al., 2016). instance: per drawing and channel (Ulyanov et al., 2016). group:
    per drawing and group of channels (Wu, He, 2018). All with a trained scale and shift.
    """
    match kind:
        case "batch":
            return nn.BatchNorm2d(channels)
        case "layer":
            return nn.GroupNorm(1, channels)
        case "instance":
            return nn.InstanceNorm2d(channels, affine=True)
        case "group":
            return nn.GroupNorm(next(g for g in (8, 4, 2, 1) if channels % g == 0), channels)
        case "none":
            return nn.Identity()


def activation(kind: Activation, channels: int) -> nn.Module:
    """relu; leaky, slope 0.2; prelu, a trained slope per channel (He et al., 2015); silu."""
    match kind:
        case "relu":
            return nn.ReLU()
        case "leaky":
            return nn.LeakyReLU(0.2)
        case "prelu":
            return nn.PReLU(channels)
        case "silu":
            return nn.SiLU()


def initialize(network: nn.Module, start: Start) -> None:
    """Draws all convolutions and linear layers anew; biases become 0.

    orthogonal: Saxe et al., 2014. he: normal, variance 2 / fan-in (He et al., 2015). xavier:
    uniform, variance 2 / (fan-in + fan-out) (Glorot, Bengio, 2010).
    """
    for module in network.modules():
        if not isinstance(module, nn.Conv2d | nn.Linear):
            continue
        if start == "orthogonal":
            nn.init.orthogonal_(module.weight)
        elif start == "he":
            nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
        else:
            nn.init.xavier_uniform_(module.weight)
        if module.bias is not None:
            nn.init.zeros_(module.bias)


@dataclass(frozen=True)
class Style:
    """What the blocks of a network are made of. dropout: share of the code's channels."""

    norm: Norm = "batch"
    act: Activation = "relu"
    dropout: float = 0.0


PLAIN = Style()


class Block(nn.Sequential):
    """3 x 3 convolution, normalization, activation, dropout of whole channels."""

    def __init__(
        self,
        inputs: int,
        outputs: int,
        stride: int = 1,
        style: Style = PLAIN,
        *,
        dropout: float = 0.0,
    ) -> None:
        super().__init__(
            nn.Conv2d(inputs, outputs, 3, stride, 1, bias=style.norm == "none"),
            normalization(style.norm, outputs),
            activation(style.act, outputs),
            nn.Dropout2d(dropout) if dropout else nn.Identity(),
        )


class PaletteSet(nn.Module):
    """A palette (N, 16, 4) -> slots (N, 16, channels), each on its own, and filled (N, 16, 1)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.slot = nn.Sequential(
            nn.Linear(4, channels), nn.ReLU(), nn.Linear(channels, channels), nn.ReLU()
        )

    def forward(self, palette: Tensor) -> tuple[Tensor, Tensor]:
        """See the class."""
        slots: Tensor = self.slot(palette)
        return slots, (palette[:, :, 3:] > 0).to(slots.dtype)


def padded(ink: Tensor, hints: Tensor, multiple: int = 32) -> tuple[Tensor, Tensor]:
    """Ink and hints (N, 8, H, W) at the ink's size, both padded to a multiple with nothing.

    Padding lies to the right and below. The hints keep their cells of 4 x 4 pixels.
    """
    height, width = ink.shape[2], ink.shape[3]
    ink = F.pad(ink, (0, -width % multiple, 0, -height % multiple))
    rows = ink.shape[2] // STRIDE - hints.shape[2]
    columns = ink.shape[3] // STRIDE - hints.shape[3]
    hints = F.pad(hints, (0, columns, 0, rows))
    return ink, F.interpolate(hints, scale_factor=STRIDE, mode="nearest")


def upsampled(x: Tensor) -> Tensor:
    """(N, C, H, W) -> (N, C, 2H, 2W), every value four times."""
    return F.interpolate(x, scale_factor=2, mode="nearest")
