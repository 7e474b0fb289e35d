"""The network that colours: an encoder sees the ink once, a light painter follows the hints.

The painter does not answer with one colour per place, since many colourings are right and their
average is mud. It votes: for a fixed set of common colours (`bins`), for each colour of the
palette (a pointer, so that any colour can be named exactly), and for the hint that flows here
from the nearest hinted region. Whoever uses the votes decides: the colour with the least expected
error, or another proposal.

Axes: N drawings, C channels, H x W the ink, h x w = H/4 x W/4 the grid on which colours are
decided.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor, nn

STRIDE = 4
"""Ink pixels per cell of the grid, in each direction."""

COARSEST = 32
"""The ink is padded with paper to a multiple of this."""

PALETTE_SLOTS = 16

_OWN = 2000.0
"""Sharpness with which a painted cell is told to be of a slot's color: e-fold at 0.022 of RGB."""


class ConvBlock(nn.Sequential):
    """3 x 3 convolution, batch normalisation, ReLU."""

    def __init__(self, inputs: int, outputs: int, stride: int = 1) -> None:
        super().__init__(
            nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False),
            nn.BatchNorm2d(outputs),
            nn.ReLU(inplace=True),
        )


def without_normalization(network: nn.Module) -> None:
    """Takes batch normalisation out of `network`; the convolutions before it get a bias.

    Such is a network whose normalisation was folded into its weights when it was exported.
    """
    for module in network.modules():
        if not isinstance(module, nn.Sequential):
            continue
        for first, second in pairwise(range(len(module))):
            convolution = module[first]
            if isinstance(convolution, nn.Conv2d) and isinstance(module[second], nn.BatchNorm2d):
                convolution.bias = nn.Parameter(torch.zeros(convolution.out_channels))
                module[second] = nn.Identity()


class Residual(nn.Module):
    """Two 3 x 3 convolutions around a skip connection (He et al., 2016)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.first = ConvBlock(channels, channels)
        self.second = nn.Sequential(
            nn.Conv2d(channels, channels, 3, 1, 1, bias=False), nn.BatchNorm2d(channels)
        )

    def forward(self, x: Tensor) -> Tensor:
        """(N, channels, h, w) -> the same."""
        return F.relu(x + self.second(self.first(x)))


class Context(nn.Module):
    """Adds to every place what the whole drawing says (global average, two linear layers)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.mix = nn.Sequential(
            nn.Linear(channels, channels), nn.ReLU(), nn.Linear(channels, channels)
        )

    def forward(self, x: Tensor) -> Tensor:
        """(N, channels, h, w) -> the same."""
        mixed: Tensor = self.mix(x.mean((2, 3)))
        return x + mixed[:, :, None, None]


def _upsample(x: Tensor, like: Tensor) -> Tensor:
    return F.interpolate(x, size=like.shape[2:], mode="nearest")


def _shares(scores: Tensor) -> Tensor:
    """Softmax over axis 1 of (N, C, h, w), as rows of a matrix (C, N * h * w).

    Over an axis in the middle it takes onnxruntime five times as long.
    """
    rows = scores.transpose(0, 1).flatten(1)
    powers = (rows - rows.amax(0)).exp()
    shares = powers / powers.sum(0)
    return shares.reshape(-1, len(scores), *scores.shape[2:]).transpose(0, 1)


class Encoder(nn.Module):
    """Ink (N, 1, H, W) in 0..1 -> fine (N, 64, h, w) and coarse (N, 160, h/4, w/4) features.

    Any H and W: the ink is padded to the right and below with paper, to a multiple of 32; the
    features cover the padded ink.
    """

    def __init__(self, widths: Sequence[int] = (64, 128, 192, 256), coarse: int = 160) -> None:
        super().__init__()
        w4, w8, w16, w32 = widths
        self.stem = nn.Sequential(ConvBlock(1, 24, 2), ConvBlock(24, w4, 2))
        self.at4 = Residual(w4)
        self.at8 = nn.Sequential(ConvBlock(w4, w8, 2), Residual(w8), Residual(w8))
        self.at16 = nn.Sequential(ConvBlock(w8, w16, 2), Residual(w16), Residual(w16))
        self.at32 = nn.Sequential(
            ConvBlock(w16, w32, 2), Residual(w32), Residual(w32), Context(w32)
        )
        self.from32, self.skip16 = nn.Conv2d(w32, coarse, 1), nn.Conv2d(w16, coarse, 1)
        self.up16 = Residual(coarse)
        self.from16, self.skip8 = nn.Conv2d(coarse, 96, 1), nn.Conv2d(w8, 96, 1)
        self.up8 = Residual(96)
        self.from8, self.skip4 = nn.Conv2d(96, w4, 1), nn.Conv2d(w4, w4, 1)

    def forward(self, ink: Tensor) -> tuple[Tensor, Tensor]:
        """See the class."""
        height, width = ink.shape[2], ink.shape[3]
        ink = F.pad(ink, (0, -width % COARSEST, 0, -height % COARSEST))
        x4 = self.at4(self.stem(ink))
        x8 = self.at8(x4)
        x16 = self.at16(x8)
        x32 = self.at32(x16)
        coarse = self.up16(F.relu(_upsample(self.from32(x32), x16) + self.skip16(x16)))
        x8 = self.up8(F.relu(_upsample(self.from16(coarse), x8) + self.skip8(x8)))
        fine = F.relu(_upsample(self.from8(x8), x4) + self.skip4(x4))
        return fine, coarse


class Painter(nn.Module):
    """Features, hints and a palette -> votes and shade on the grid.

    hints: (N, 8, h, w). 0-3: painted hints, RGB in 0..1 premultiplied, then their mask. 4-7: the
    hint colour that flows here over the regions, premultiplied by how near it is (0 far or none …
    1 here), then that nearness. palette: (N, 16, 4), RGB in 0..1 and weight; a slot of weight 0
    is empty. Order does not matter. A slot whose color was painted somewhere is known by what the
    ink shows there, too: what looks alike may want the same color.

    Returns log-votes (N, bins + 16 + 1, h, w), which sum to 1 after exp: the bins, the palette's
    slots, the flowing hint; and shade (N, 1, h, w) in 0..1, the factor that darkens the flat
    colour.
    """

    def __init__(
        self, bins: int, fine: int = 64, coarse: int = 160, query: int = 32, look: int = 48
    ) -> None:
        super().__init__()
        self.hints4 = ConvBlock(8, 32)
        self.hints8 = ConvBlock(32, 48, 2)
        self.hints16 = ConvBlock(48, coarse, 2)
        self.slot = nn.Sequential(nn.Linear(4, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU())
        self.set_to_coarse = nn.Linear(64, coarse)
        self.at16 = nn.Sequential(Residual(coarse), Context(coarse), Residual(coarse))
        self.from16, self.skip8 = nn.Conv2d(coarse, 64, 1), nn.Conv2d(48, 64, 1)
        self.at8 = Residual(64)
        self.from8, self.join4 = nn.Conv2d(64, fine, 1), nn.Conv2d(fine + 32, fine, 1)
        self.at4 = Residual(fine)
        self.to_bins = nn.Conv2d(fine, bins, 1)
        self.to_flow = nn.Conv2d(fine, 1, 1)
        self.to_shade = nn.Conv2d(fine, 1, 1)
        self.to_query, self.to_key = nn.Conv2d(fine, query, 1), nn.Linear(64, query)
        self.to_likeness, self.to_look = nn.Conv2d(fine, look, 1), nn.Conv2d(fine, look, 1)
        # So little that a painter whose weights are older than this paints as it did.
        for weight in self.to_look.parameters():
            nn.init.normal_(weight, std=1e-4)

    def forward(
        self, fine: Tensor, coarse: Tensor, hints: Tensor, palette: Tensor
    ) -> tuple[Tensor, Tensor]:
        """See the class."""
        scores, shade = self._scores(fine, coarse, hints, palette)
        return scores.log_softmax(1), shade

    def votes(
        self, fine: Tensor, coarse: Tensor, hints: Tensor, palette: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Votes, which sum to 1, instead of their logarithms; and shade. For use, not training."""
        scores, shade = self._scores(fine, coarse, hints, palette)
        return _shares(scores), shade

    def _scores(
        self, fine: Tensor, coarse: Tensor, hints: Tensor, palette: Tensor
    ) -> tuple[Tensor, Tensor]:
        rows, columns = fine.shape[2] - hints.shape[2], fine.shape[3] - hints.shape[3]
        hints = F.pad(hints, (0, columns, 0, rows))
        slots = self.slot(palette)  # (N, 16, 64)
        filled = (palette[:, :, 3:] > 0).to(slots.dtype)
        palette_set = (slots * filled).sum(1) / filled.sum(1).clamp(min=1)  # (N, 64)
        h4 = self.hints4(hints)
        h8 = self.hints8(h4)
        x16 = coarse + self.hints16(h8) + self.set_to_coarse(palette_set)[:, :, None, None]
        x16 = self.at16(x16)
        x8 = self.at8(F.relu(_upsample(self.from16(x16), h8) + self.skip8(h8)))
        x4 = F.relu(_upsample(self.from8(x8), h4) + self.join4(torch.cat([fine, h4], 1)))
        x4 = self.at4(x4)
        # As products of matrices: an einsum takes the runtime ten times as long.
        pointer = self.to_key(slots) @ self.to_query(x4).flatten(2)  # (N, slots, hw)
        looks = self._looks(fine, hints, palette)
        pointer = pointer + looks.to(pointer.dtype) @ self.to_likeness(x4).flatten(2)
        pointer = (pointer.float() + (filled.float() - 1) * 1e4).unflatten(2, x4.shape[2:])
        flow = self.to_flow(x4).float() + ((hints[:, 7:8] > 0).float() - 1) * 1e4
        scores = torch.cat([self.to_bins(x4).float(), pointer, flow], 1)
        return scores, torch.sigmoid(self.to_shade(x4) + 3)

    def _looks(self, fine: Tensor, hints: Tensor, palette: Tensor) -> Tensor:
        """What the ink shows where each slot's color was painted, (N, slots, look); else 0."""
        mask = hints[:, 3:4]
        painted = hints[:, :3] / mask.clamp(min=1e-6)
        apart = (painted[:, None] - palette[:, :, :3, None, None]).square().sum(2)
        own = mask * torch.exp(-_OWN * apart)  # (N, slots, h, w)
        seen = torch.einsum("nqhw,nshw->nsq", self.to_look(fine), own.to(fine.dtype))
        return seen / (own.sum((2, 3))[:, :, None] + 1e-3)


class ColorNet(nn.Module):
    """Encoder and painter together, with the RGB of the bins, (bins, 3) in 0..1, as a buffer."""

    bins: Tensor

    def __init__(self, bins: Tensor) -> None:
        super().__init__()
        self.register_buffer("bins", bins)
        self.encoder = Encoder()
        self.painter = Painter(len(bins))

    def forward(self, ink: Tensor, hints: Tensor, palette: Tensor) -> tuple[Tensor, Tensor]:
        """Ink (N, 1, H, W), hints and palette as the painter has them -> log-votes and shade."""
        fine, coarse = self.encoder(ink)
        log_votes, shade = self.painter(fine, coarse, hints, palette)
        return log_votes, shade
